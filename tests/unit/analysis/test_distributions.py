"""Sections that are drawn: cost by day, and how long requests took."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import pairwise

from tests.unit.analysis import made

from tokenaudit.analysis.by_day import by_day_section
from tokenaudit.analysis.histogram import histogram_section
from tokenaudit.model.timings import EDGES_MS, BinCell


def test_cost_and_tokens_of_each_day_and_side() -> None:
    cells = [
        made.cell({"input": 1_000_000}, day=date(2026, 10, 2)),
        made.cell({"input": 500_000}, day=date(2026, 10, 1), group=("other",)),
        made.cell({"input": 250_000}, day=date(2026, 10, 1)),
        made.cell({"input": 7}, side="right", model="acme/unpriced", day=date(2026, 10, 1)),
        made.cell(side="right", day=date(2026, 10, 3)),
    ]
    section = by_day_section(("right", "left"), cells, made.pricing(made.rates({"input": "2"})))
    told = [(row["day"], row["side"], row["list_cost_usd"], row["tokens"]) for row in section.rows]
    assert told == [
        (date(2026, 10, 1), "right", None, 7),
        (date(2026, 10, 1), "left", Decimal("1.5"), 750_000),
        (date(2026, 10, 2), "left", Decimal(2), 1_000_000),
        (date(2026, 10, 3), "right", None, None),
    ]
    assert [column.name for column in section.columns] == ["day", "side", "list_cost_usd", "tokens"]


def test_bins_reach_from_the_first_with_a_request_to_the_last() -> None:
    place = EDGES_MS.index(1000.0) + 1
    cells = [BinCell("aws", place, 5), BinCell("aws", place + 2, 1), BinCell("azure", place + 1, 3)]
    rows = histogram_section(("aws", "azure"), cells).rows
    assert [(row["side"], row["lower_ms"], row["upper_ms"], row["n"]) for row in rows] == [
        ("aws", 1000, 1500, 5),
        ("azure", 1000, 1500, 0),
        ("aws", 1500, 2000, 0),
        ("azure", 1500, 2000, 3),
        ("aws", 2000, 3000, 1),
        ("azure", 2000, 3000, 0),
    ]


def test_the_first_and_the_last_bin_of_all() -> None:
    rows = histogram_section(("aws", "azure"), [BinCell("aws", 0, 1), BinCell("aws", len(EDGES_MS), 2)]).rows
    assert [(row["lower_ms"], row["upper_ms"]) for row in (rows[0], rows[-1])] == [(0, 1), (7_000_000, None)]
    assert {row["side"] for row in rows} == {"aws"}
    assert len(rows) == len(EDGES_MS) + 1
    assert histogram_section(("aws", "azure"), []).rows == ()


def test_edges_are_round_and_in_order() -> None:
    assert list(EDGES_MS) == sorted(EDGES_MS)
    assert EDGES_MS[:8] == (1, 1.5, 2, 3, 5, 7, 10, 15)
    assert all(1.2 < above / below < 1.7 for below, above in pairwise(EDGES_MS))
