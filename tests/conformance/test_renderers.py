"""Every renderer: shows every caveat and where the figures come from, and is safe to print whatever the logs hold."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from tokenaudit.errors import UsageError
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value
from tokenaudit.render import FORMATS, Terminal, caveat_lines, format_of, render

HOSTILE = (
    "\x1b[31mred\x1b[0m\x07",
    "\x1b]8;;http://evil.example\x07link\x1b]8;;\x07",
    "\x9b2J",
    "right\u202eto left\u2066",
    "zero\u200bwidth\ufeff",
    "[bold red]markup[/bold red]",
    "two\r\nlines\u2028three",
    "a|b`c``d",
    "<script>alert(1)</script>",
    "=HYPERLINK(1)",
    "@SUM(A1)",
    "lone \udcff surrogate",
    "\u65e5\u672c\u8a9e" * 20,
    "x" * 300,
)
ACTS = {*map(chr, range(32)), *map(chr, range(0x7F, 0xA0)), *"\u200b\u2028\u202e\u2066\ufeff\udcff"} - {"\n"}
CAVEATS = (
    Caveat("unpriced", "no price for openai/gpt-4.1-nano", 1),
    Caveat("rejects", "17 records could not be read", 17),
    Caveat("mixed_vantages", "latency is measured in two places"),
)


def compare_report(*models: str | None, caveats: tuple[Caveat, ...] = CAVEATS) -> Report:
    """A comparison with a row a model and side; only what a test looks at is filled."""
    units = {"requests": "requests", "output_tokens": "tokens", "list_cost_usd": "USD", "latency_p50_ms": "ms"}
    fields = (
        Field("model"),
        Field("tag:\x1bteam"),
        Field("side"),
        *(Field(name, unit) for name, unit in units.items()),
    )
    rows: tuple[dict[str, Value], ...] = tuple(
        {
            "model": model,
            "tag:\x1bteam": model,
            "side": side,
            "requests": 10,
            "output_tokens": 1_000,
            "list_cost_usd": Decimal("1.25"),
            "latency_p50_ms": 812.0,
        }
        for model in models
        for side in ("bedrock", "azure")
    )
    texts = Section("texts", "Texts \x1b[2J", (Field("text"),), tuple({"text": model} for model in models))
    return Report(
        "compare",
        (Section("compare", "Bedrock | Azure\x1b[2J", fields, rows), texts),
        Provenance("9.8.7", "2026-10-05", "0123456789abcdef" * 4, 4711),
        caveats,
        since=datetime(2026, 10, 1, tzinfo=UTC),
    )


@pytest.fixture(params=sorted(FORMATS))
def fmt(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_every_caveat_is_shown(fmt: str) -> None:
    report = compare_report("m/one")
    text = render(report, fmt)
    if fmt == "csv":  # data alone: the caller prints these to stderr
        text = "\n".join(caveat_lines(report))
    for caveat in CAVEATS:
        assert caveat.text in text
        assert caveat.code in text


def test_where_the_figures_come_from_is_shown(fmt: str) -> None:
    text = render(compare_report("m/one"), fmt)
    for fact in ("9.8.7", "2026-10-05", "0123456789ab", "4711", "2026-10-01"):
        assert (fact in text) == (fmt != "csv")


@pytest.mark.parametrize("width", [None, 80])
def test_hostile_text_is_inert(fmt: str, width: int | None) -> None:
    caveats = tuple(Caveat(text, text, 1) for text in HOSTILE)
    text = render(compare_report(*HOSTILE, caveats=caveats), fmt, terminal=Terminal(width))
    text.encode()
    assert set(text) & (ACTS - set("\r" if fmt == "csv" else "")) == set()


@pytest.mark.parametrize("hostile", HOSTILE)
def test_hostile_text_adds_no_line(fmt: str, hostile: str) -> None:
    shown, harmless = (render(compare_report(name), fmt, terminal=Terminal()) for name in (hostile, "m/one"))
    if fmt == "csv":
        assert len(list(csv.reader(io.StringIO(shown, newline="")))) == 3
    else:
        assert shown.count("\n") == harmless.count("\n")


@pytest.mark.parametrize("hostile", HOSTILE)
def test_json_keeps_it_all(hostile: str) -> None:
    report = compare_report(hostile)
    assert json.loads(render(report, "json"))["sections"][0]["rows"][0]["model"] == hostile
    assert json.loads(render(report, "jsonl").splitlines()[0])["model"] == hostile


@pytest.mark.parametrize(
    ("kind", "whole"),
    [("table", False), ("markdown", False), ("html", False), ("json", True), ("jsonl", True), ("csv", True)],
)
def test_what_nobody_reads_to_its_end_is_whole_for_machines_alone(kind: str, *, whole: bool) -> None:
    """A tag may be as long as a request: 40,000 characters of it bury the table, and half a page of them does not."""
    name = "m/" + "y" * 39_998
    text = render(compare_report(name), kind, terminal=Terminal())
    assert (name in text, "characters)" in text) == (whole, not whole)
    assert name[:1_000] in text


@pytest.mark.parametrize(
    ("kind", "whole"),
    [("table", False), ("markdown", False), ("html", False), ("github", False), ("json", True), ("jsonl", True)],
)
def test_a_caveat_that_holds_such_a_name_keeps_what_it_says_of_it(kind: str, *, whole: bool) -> None:
    name = "m/" + "y" * 39_998
    said = (Caveat("unpriced", f"{name}: 12 tokens without a price", 12), Caveat("other", "z" * 2_000))
    text = render(compare_report("m/one", caveats=said), kind, terminal=Terminal())
    assert (name in text, "(40,027 characters)" in text) == (whole, not whole)
    assert ": 12 tokens without a price" in text
    assert "z" * 2_000 in text, "long, and no name's length"


def test_two_models_are_never_shown_as_one() -> None:
    text = render(compare_report("a/model", "b/model", None), "table", terminal=Terminal(80))
    assert "a/model" in text
    assert "b/model" in text
    assert "(model not known)" in text


def test_a_comparison_of_nothing(fmt: str) -> None:
    text = render(compare_report(), fmt)
    assert ("no requests in this window" in text) == (fmt in ("table", "markdown", "html", "github"))


def test_a_format_that_is_none() -> None:
    with pytest.raises(UsageError, match="no format is called 'xml'") as error:
        render(compare_report(), "xml")
    assert "markdown" in error.value.hint


def test_a_file_says_its_format() -> None:
    known = {name for name, (_, endings) in FORMATS.items() if endings}
    assert {format_of(f"out/audit.{end}") for end in ("json", "jsonl", "csv", "MD", "txt", "html", "xml")} == known
    assert format_of("audit.xlsx") is None


def test_asking_for_the_room_loads_nothing_heavy() -> None:
    heavy = "{'rich', 'pandas', 'pyarrow', 'tokenaudit.render.terminal'}"
    code = f"import sys, tokenaudit.render; print(sorted({heavy} & sys.modules.keys()))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout == "[]\n"
