"""An invented audit with every section that a page draws, in the shapes that their commands build."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING

from tokenaudit.model.report import Caveat, Field, Report, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Value]

FIRST = date(2026, 10, 1)
MONEY = Field("usd", "USD")
EFFECTS: tuple[tuple[str, str], ...] = (
    ("volume", "4.10"),
    ("mix", "-1.25"),
    ("prompt_tokens", "2.40"),
    ("cache_hit", "-3.05"),
    ("output_tokens", "0.60"),
    ("price", "-0.35"),
)


def section(section_id: str, title: str, columns: Iterable[str | Field], *rows: tuple[Value, ...]) -> Section:
    """A section whose rows are given as tuples."""
    fields = tuple(Field(each) if isinstance(each, str) else each for each in columns)
    names = [field.name for field in fields]
    return Section(section_id, title, fields, tuple(dict(zip(names, row, strict=True)) for row in rows))


def days(number: int = 7, first: str = "bedrock", second: str = "azure") -> Section:
    """Costs of so many days; the second side's third day is not known, its fifth is not there."""
    rows: list[tuple[Value, ...]] = []
    for place in range(number):
        day = FIRST + timedelta(days=place)
        rows.append((day, first, Decimal(place % 5 + 1) * 3, 1_000_000 * (place + 1)))
        if place != 4:
            rows.append((day, second, None if place == 2 else Decimal(place % 4 + 2), 700_000))
    columns = ("day", "side", Field("list_cost_usd", "USD"), Field("tokens", "tokens"))
    return section("cost_by_day", "Cost by day", columns, *rows)


def histogram(first: str = "bedrock", second: str = "azure") -> Section:
    """Requests by latency, in steps of a third of a doubling; both ends open."""
    edges: list[float | None] = [None, *(100 * 2 ** (step / 2) for step in range(17)), None]
    rows: list[tuple[Value, ...]] = []
    for side, middle, total in ((first, 9, 4_000), (second, 6, 900)):
        for place, (lower, upper) in enumerate(pairwise(edges)):
            rows.append((side, lower, upper, max(0, total // 8 - abs(place - middle) ** 2 * total // 120)))
    columns = ("side", Field("lower_ms", "ms"), Field("upper_ms", "ms"), Field("n", "requests"))
    return section("latency_histogram", "How long requests took", columns, *rows)


def effects() -> Section:
    """What moved the cost: 2.45 in all."""
    columns = ("effect", MONEY, Field("of_before_ratio", "ratio"), Field("lmdi_usd", "USD"))
    rows = ((name, Decimal(usd), float(usd) / 250, Decimal(usd)) for name, usd in EFFECTS)
    return section("effects", "What moved the cost", columns, *rows)


def mix(first: str = "bedrock", second: str = "azure") -> Section:
    """Kinds of tokens; the second side does not tell what it wrote into its cache."""
    columns = ("side", "token_kind", Field("tokens", "tokens"), Field("share_ratio", "ratio"))
    rows: tuple[tuple[Value, ...], ...] = (
        (first, "input", 500, 0.5),
        (first, "cache_read", 300, 0.3),
        (first, "cache_write", 50, 0.05),
        (first, "output", 150, 0.15),
        (second, "input", 80, 0.8),
        (second, "cache_read", 0, 0.0),
        (second, "cache_write", None, None),
        (second, "output", 20, 0.2),
    )
    return section("token_mix", "Token mix", columns, *rows)


def heat(number: int = 7, model: str = "openai/gpt-4.1") -> Section:
    """Two models over so many days: all that a field can be."""
    columns: tuple[str | Field, ...] = (
        *("provider", "model", "day", "status", "agrees"),
        *(Field(f"{name}_tokens", "tokens") for name in ("usage", "bill", "gap")),
        Field("gap_ratio", "ratio"),
        "cells",
    )
    kinds: tuple[tuple[Value, ...], ...] = (
        ("ok", True, 1_000, 1_000, 0, 0.0),
        ("unlogged_excess", False, 980, 1_000, 20, 0.02),
        ("kind_shift", False, 900, 1_000, 100, 0.1),
        ("unlogged", False, 0, 1_000, 1_000, 1.0),
        ("late", None, None, None, None, None),
        ("discount", True, 1_000, 1_000, 0, 0.0),
        ("overlogged", False, 10, 0, 10, None),
    )
    rows = [
        ("azure.ai.openai", name, FIRST + timedelta(days=day), *kinds[(day + shift) % len(kinds)], 4)
        for shift, name in enumerate((model, "openai/gpt-4.1-mini"))
        for day in range(number)
    ]
    return section("reconcile_days", "Usage against the bill, by day", columns, *rows)


def audit_of(comparison: Report, *sections: Section, caveats: tuple[Caveat, ...] = ()) -> Report:
    """The report of a comparison as that of a whole audit."""
    return replace(
        comparison,
        command="report",
        sections=(*comparison.sections, *sections),
        caveats=(*comparison.caveats, *caveats),
    )
