"""Like for like, intervals, service levels, and what is drawn: on terminals of every width, in ASCII, and as text."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from rich.cells import cell_len

from tokenaudit.analysis.by_day import by_day_section
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.histogram import histogram_section
from tokenaudit.analysis.percentiles import percentiles_section
from tokenaudit.model.report import Field, Provenance, Report, Section
from tokenaudit.model.timings import TIMED, BinCell, QuantileCell
from tokenaudit.render import Terminal, render
from tokenaudit.render.charts import bar, sparkline

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.model.report import Value

WIDTHS = (40, 60, 80, 100, 160)
BARS = re.compile("[\u2581-\u258f]")


def shown(*sections: Section, width: int | None = None, fmt: str = "table", **terminal: Any) -> str:
    return render(Report("compare", sections, Provenance("0.0.0")), fmt, terminal=Terminal(width, **terminal))


def alike(*rows: dict[str, Any], title: str = "Latency like for like") -> Section:
    names = ("model", "side", "basis", "vantage", "n", "mean_ms", "standardised_mean_ms", "lower_ms", "upper_ms")
    units = {"n": "requests", "covered_ratio": "ratio"}
    columns = [Field(name, units.get(name, "ms" if name.endswith("_ms") else "")) for name in (*names, "covered_ratio")]
    usual = dict.fromkeys(names) | {"basis": "requests", "vantage": "provider", "model": "m/one", "n": 100}
    return Section(
        "latency_standardised", title, tuple(columns), tuple({**usual, "covered_ratio": None, **row} for row in rows)
    )


PAIR = (
    {
        "side": "aws",
        "mean_ms": 7300.0,
        "standardised_mean_ms": 4500.0,
        "lower_ms": 4400.0,
        "upper_ms": 4600.0,
        "covered_ratio": 1.0,
    },
    {
        "side": "azure",
        "mean_ms": 1980.0,
        "standardised_mean_ms": 5100.0,
        "lower_ms": 5000.0,
        "upper_ms": 5200.0,
        "covered_ratio": 0.9,
    },
)


def by_day(days: int) -> Section:
    rows: tuple[dict[str, Value], ...] = tuple(
        {
            "day": date(2026, 10, 1) + timedelta(days=day),
            "side": side,
            "list_cost_usd": Decimal(day) * (2 if side == "aws" else 1),
        }
        for day in range(days)
        for side in ("aws", "azure")
        if not (day == 3 and side == "azure")
    )
    return Section(
        "cost_by_day", "List cost by day", (Field("day"), Field("side"), Field("list_cost_usd", "USD")), rows
    )


def test_crude_and_standardised_stand_side_by_side_with_the_difference() -> None:
    lines = [" ".join(line.split()) for line in shown(alike(*PAIR)).splitlines()]
    assert "aws 100 7,300 4,500 4,400 to 4,600 100.0% provider" in lines
    assert "azure vs aws -72.9% +13.3%" in lines


def test_slower_like_for_like_is_red_whatever_the_crude_mean_says() -> None:
    text = shown(alike(*PAIR), color=True)
    assert re.search(r"\x1b\[31m +\+13\.3%", text)
    assert not re.search(r"\x1b\[3[12]m +-72\.9%", text)


def test_what_is_not_comparable_says_so_and_a_cloud_s_mean_says_whose_it_is() -> None:
    text = shown(
        alike(
            {"side": "aws", "mean_ms": 10.0, "covered_ratio": 0.2},
            {"side": "azure", "mean_ms": 10.0, "covered_ratio": 0.1},
            {"model": "m/two", "side": "aws", "mean_ms": 10.0, "basis": "metrics"},
            {"model": "m/two", "side": "azure", "mean_ms": 20.0},
        )
    )
    assert text.count("not comparable") == 2
    assert text.count("provider (its own mean)") == 1


def test_a_pair_of_models_is_called_by_its_label() -> None:
    section = alike(*({**row, "model": f"m/{row['side']}", "match": "x = y"} for row in PAIR))
    columns = (section.columns[0], Field("match"), *section.columns[1:])
    text = shown(Section(section.id, section.title, columns, section.rows))
    assert "x = y\n  aws" in text
    assert "m/aws" not in text


def test_percentiles_stand_beside_their_intervals_in_a_unit_of_their_own() -> None:
    cells = [
        QuantileCell(side, ("m/one",), timed, quantile, 500, scale * quantile, low, high)
        for side in ("aws", "azure")
        for timed, scale in ((TIMED[0], 20_000.0), (TIMED[2], 20.0))
        for quantile, low, high in ((0.5, scale * 0.4, scale * 0.6), (0.99, None, None))
    ]
    section = percentiles_section(("aws", "azure"), ("model",), cells)
    assert all(set(row) == {column.name for column in section.columns} for row in section.rows)
    lines = [" ".join(line.split()) for line in shown(section).splitlines()]
    assert "aws latency, s 500 10.00 8.00 to 12.00 19.80 -" in lines
    assert "azure TPOT, ms 500 10.0 8.0 to 12.0 19.8 -" in lines


def test_the_cheapest_that_meets_a_service_level_is_marked() -> None:
    names = (
        *("side", "attempts", "ok", "applicable", "good", "attainment_ratio", "lower_ratio", "upper_ratio"),
        *("goodput_per_s", "usd_per_good_request", "meets", "cheapest"),
    )
    rows = tuple(
        {**dict.fromkeys(names), "side": side, "attempts": 10, "goodput_per_s": 0.5, "meets": meets, "cheapest": best}
        for side, meets, best in (("a", True, True), ("b", True, False), ("c", False, False), ("d", None, False))
    )
    text = shown(Section("slo", "Service level e2e=5s", tuple(map(Field, names)), rows))
    assert re.findall(r"yes, cheapest|yes|no$|not known$", text, re.MULTILINE)[:4] == [
        "yes, cheapest",
        "yes",
        "no",
        "not known",
    ]
    assert "1,800.0" in text


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("ascii_only", [False, True])
@pytest.mark.parametrize("days", [1, 7, 60, 400])
def test_drawings_fit_and_lose_no_column_to_bars(width: int, ascii_only: bool, days: int) -> None:  # noqa: FBT001
    text = shown(by_day(days), width=width, ascii_only=ascii_only)
    assert max(map(cell_len, text.splitlines())) <= width
    assert [line for line in text.splitlines() if line != line.rstrip()] == []
    assert "no room" not in text
    assert not ascii_only or text.isascii()
    assert "aws" in text


def test_bars_are_in_proportion_and_a_gap_is_no_bar() -> None:
    lines = shown(by_day(5), width=100).splitlines()
    drawn = {line.split()[0]: BARS.findall(line) for line in lines if line.startswith("2026")}
    assert drawn["2026-10-01"] == []
    assert [len(drawn[f"2026-10-0{day}"]) for day in (2, 3, 5)] == [8 + 4, 16 + 8, 32 + 16]
    assert "2026-10-04 6.00 -" in [" ".join(BARS.sub("", line).split()) for line in lines]
    assert len(drawn["2026-10-04"]) == 24


def test_many_days_become_one_line_for_each_side() -> None:
    text = shown(by_day(60), width=100)
    assert "2026-10-01 to 2026-11-29" in text
    assert text.count("2026-") == 2
    lines = [line for line in text.splitlines() if BARS.search(line)]
    assert [line.split()[0] for line in lines] == ["aws", "azure"]
    assert len(BARS.findall(lines[0])) == 60
    assert "#" in shown(by_day(60), width=100, ascii_only=True)


def test_other_formats_have_the_figures_and_no_drawing() -> None:
    section = by_day(60)
    markdown = shown(section, fmt="markdown")
    assert not BARS.search(markdown)
    assert "| 2026-11-29 | 118.00 | 59.00 |" in markdown
    assert len(json.loads(shown(section, fmt="json"))["sections"][0]["rows"]) == len(section.rows)


def test_sides_of_different_size_are_laid_side_by_side_by_share() -> None:
    section = histogram_section(
        ("aws", "azure"), [BinCell("aws", 19, 750), BinCell("aws", 20, 250), BinCell("azure", 19, 1)]
    )
    text = shown(section, width=100)
    lines = [" ".join(BARS.sub("", line).split()) for line in text.splitlines()]
    assert "1 s to 1.5 s 75.0% 100.0%" in lines
    assert "1.5 s to 2 s 25.0% 0.0%" in lines
    assert "of 1,000 of 1" in lines


def test_sections_without_a_row_say_so() -> None:
    nothing = (by_day_section(("a", "b"), [], _NO_PRICES), histogram_section(("a", "b"), []))
    for fmt in ("table", "markdown"):
        assert shown(*nothing, fmt=fmt).count("none") == 2


def test_hostile_names_are_inert_beside_bars() -> None:
    rows: tuple[dict[str, Value], ...] = tuple(
        {"day": date(2026, 10, 1), "side": side, "list_cost_usd": Decimal(1)} for side in ("\x1b[31mred", "two\nlines")
    )
    text = shown(
        Section("cost_by_day", "x", (Field("day"), Field("side"), Field("list_cost_usd", "USD")), rows), width=100
    )
    assert "\x1b" not in text
    assert len([line for line in text.splitlines() if line.startswith("2026")]) == 1


@pytest.mark.parametrize(
    ("share", "blocks", "plain"),
    [
        (0.0, "", ""),
        (0.001, "\u258f", "."),
        (0.5, "\u2588" * 4, "####"),
        (1.0, "\u2588" * 8, "#" * 8),
        (0.55, "\u2588" * 4 + "\u258d", "####"),
    ],
)
def test_a_bar(share: float, blocks: str, plain: str) -> None:
    assert (bar(share, 8, ascii_only=False), bar(share, 8, ascii_only=True)) == (blocks, plain)


@pytest.mark.parametrize(
    ("shares", "width", "line"),
    [
        ([0.0, 0.5, 1.0], 10, "\u2581\u2585\u2588"),
        ([0.0, 1.0, None, None], 2, "\u2585 "),
        ([None, 1.0], 2, " \u2588"),
        ([], 5, ""),
    ],
)
def test_a_sparkline(shares: Sequence[float | None], width: int, line: str) -> None:
    assert sparkline(shares, width, ascii_only=False) == line


def _unpriced(*_: object) -> Any:
    raise AssertionError


_NO_PRICES = Pricing(_unpriced, _unpriced)
