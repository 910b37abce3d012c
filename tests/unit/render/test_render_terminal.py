from __future__ import annotations

import os
import re
from decimal import Decimal
from pathlib import Path

import pytest
from rich.cells import cell_len

from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value
from tokenaudit.render import Terminal, render

SNAPSHOTS = Path(__file__).parent / "snapshots"
WIDTHS = (80, 100, 160)
STYLED = re.compile(r"\x1b\[[0-9;]*m")


def table(report: Report, width: int | None, *, color: bool = False, ascii_only: bool = False) -> str:
    return render(report, "table", terminal=Terminal(width, color=color, ascii_only=ascii_only))


@pytest.fixture(params=["demo", "by_team", "rejects"])
def named(request: pytest.FixtureRequest) -> tuple[str, Report]:
    return request.param, request.getfixturevalue(request.param)


@pytest.mark.parametrize("width", WIDTHS)
def test_looks_as_somebody_found_good(named: tuple[str, Report], width: int) -> None:
    """TOKENAUDIT_SNAPSHOTS=write renews the files; a person reads the difference."""
    name, report = named
    snapshot = SNAPSHOTS / f"{name}_{width}.txt"
    text = table(report, width)
    if os.environ.get("TOKENAUDIT_SNAPSHOTS") == "write":
        snapshot.write_text(text, encoding="utf-8")
    assert text == snapshot.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [40, 60, 72, 80, 81, 99, 100, 120, 160, 240])
def test_no_line_is_wider_than_the_terminal(named: tuple[str, Report], width: int) -> None:
    lines = table(named[1], width).splitlines()
    assert max(map(cell_len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []


@pytest.mark.parametrize("width", [40, 80, 100, 160])
def test_columns_without_room_are_named_and_all_are_there_when_piped(demo: Report, width: int) -> None:
    whole = table(demo, None)
    assert "no room" not in whole
    assert "$/request" in whole.split("Latency", maxsplit=1)[0]
    narrow = " ".join(table(demo, width).split())
    assert ("no room at this width for:" in narrow) == (width < 160)
    assert ("TPOT ms/token" in narrow) == (width < 100)


def test_figures_are_never_cut_and_nothing_ends_in_an_ellipsis(demo: Report) -> None:
    whole = table(demo, None)
    for width in WIDTHS:
        shown = table(demo, width)
        assert "\u2026" not in shown
        assert set(re.findall(r"\d[\d,.]*\d%?", shown)) <= set(re.findall(r"\d[\d,.]*\d%?", whole))


def test_colour_only_repeats_what_the_text_says(named: tuple[str, Report]) -> None:
    plain, colored = table(named[1], 100), table(named[1], 100, color=True)
    assert "\x1b" not in plain
    assert "\x1b" in colored
    assert STYLED.sub("", colored) == plain


def test_dearer_is_red_and_faster_is_green(demo: Report) -> None:
    colored = table(demo, 100, color=True)
    assert "\x1b[31m   +31.1%\x1b[0m" in colored
    assert re.search(r"\x1b\[32m +-28\.2%\x1b\[0m", colored)
    assert "\x1b[31m    -14.3%" not in colored


def test_no_environment_variable_is_heeded_here(demo: Report, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = table(demo, 80, color=True), table(demo, 80)
    monkeypatch.setenv("NO_COLOR", "1")
    assert table(demo, 80, color=True) == expected[0]
    monkeypatch.delenv("NO_COLOR")
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert table(demo, 80) == expected[1]


def test_ascii_only(demo: Report) -> None:
    assert table(demo, 80, ascii_only=True).isascii()


def test_a_single_line_too_wide_is_turned_on_its_side(rejects: Report) -> None:
    assert "location     /data/audit/.tokenaudit/ledger\n" in table(rejects, 80)
    assert "location     /data" not in table(rejects, 160)


def test_a_long_path_is_folded_and_loses_nothing(rejects: Report) -> None:
    uri = str(rejects.section("rejects").rows[0]["uri"])
    lines = table(rejects, 80).split("Rejects", maxsplit=1)[1].split("b.json.gz", maxsplit=1)[0].splitlines()
    assert "".join(line.split("  ")[0] for line in lines[3:]) == uri


def test_a_mark_stands_before_a_word_that_is_longer_than_the_line() -> None:
    arn = f"arn:aws:bedrock:us-east-1:111122223333:{'application-inference-profile/' * 3}"
    lines = table(Report("compare", (), Provenance("1"), (Caveat("unpriced", f"{arn}: no price"),)), 80).splitlines()
    assert [line for line in lines if line.startswith("!")] == [
        "! arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/"
    ]


def test_a_table_of_prices_shows_prices_in_a_narrow_window() -> None:
    names = ("provider", "model", "model_version", "scope", "region", "tier", "token_kind")
    row: dict[str, Value] = dict.fromkeys(names, "latency_optimized") | {"usd_per_mtok": Decimal("1.25")}
    row |= {"provider": "azure.ai.openai", "model": "openai/gpt-4.1-mini", "model_version": None}
    section = Section("prices", "Prices", (*map(Field, names), Field("usd_per_mtok", "USD/1M tokens")), (row,))
    text = table(Report("prices list", (section,), Provenance("1")), 80)
    assert "azure.ai.openai openai/gpt-4.1-mini\n" in text
    assert " 1.25\n" in text
