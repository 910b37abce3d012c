"""Costs by the piece for people, with what failures and caches make of them: a group for each model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.report import Value
from tokenaudit.render.figures import amounts, compact, counts, number, percent, prices, tenths
from tokenaudit.render.generic import write
from tokenaudit.render.sidebyside import key_title
from tokenaudit.render.tables import Cell, Column, Group, Table
from tokenaudit.render.written import Declared, cell, lines_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.model.report import Section

Row = dict[str, Value]

_PER = {"usd_per_request": "request", "usd_per_success": "success", "usd_per_mtok": "1M tokens"}
_OF = "usd_per_mtok_"

_FAILURES: tuple[Declared, ...] = (
    (Column("attempts", "", 1), counts, "attempts"),
    (Column("succeeded", "", 2), counts, "succeeded"),
    (Column("failed", "cost $", 1), amounts, "failed_cost_usd"),
    (Column("failed", "of cost", 3), percent, "failed_cost_ratio"),
    (Column("cost", "$/attempt", 2), prices, "usd_per_attempt"),
    (Column("cost", "$/success", 1), prices, "usd_per_success"),
)
_CACHING: tuple[Declared, ...] = (
    (Column("cached", "tokens", 3), compact, "cache_read_tokens"),
    (Column("written", "tokens", 4), compact, "written_tokens"),
    (Column("cache", "hit", 2), percent, "cache_hit_ratio"),
    (Column("reads", "saved $", 2), amounts, "read_saving_usd"),
    (Column("writes", "cost more $", 2), amounts, "write_premium_usd"),
    (Column("net saving", "$", 1), amounts, "net_saving_usd"),
    (Column("reads", "per write", 5), tenths, "reads_per_write"),
    (Column("pays from", "per write", 6), tenths, "break_even_reads_per_write"),
)


def failures_table(section: Section) -> Table:
    """A line for each side."""
    return _by_side(section, _FAILURES)


def caching_table(section: Section) -> Table:
    """A line for each side."""
    return _by_side(section, _CACHING)


def unit_costs_table(section: Section) -> Table:
    """Each line's figures have decimals of their own: a request and a million tokens are far apart."""
    names = [field.name for field in section.columns]
    keys = names[: names.index("metric")]
    columns = (
        Column("cost of a", numeric=False),
        Column("side", numeric=False),
        Column("", "$"),
        Column("95 % interval", "from", 1),
        Column("", "to", 1),
        Column("requests", "", 2),
        Column("clusters", "", 3),
    )
    return _grouped(section, keys, columns, [_line(row) for row in section.rows])


def _by_side(section: Section, figures: Sequence[Declared]) -> Table:
    names = [field.name for field in section.columns]
    lines = [
        (Cell(write(row["side"])), *line)
        for row, line in zip(section.rows, lines_of(section.rows, figures), strict=True)
    ]
    columns = (Column("side", numeric=False), *(column for column, _, _ in figures))
    return _grouped(section, names[: names.index("side")], columns, lines)


def _grouped(
    section: Section, keys: Sequence[str], columns: tuple[Column, ...], lines: Sequence[tuple[Cell, ...]]
) -> Table:
    """The lines under titles of their group keys; without a key they stand for themselves."""
    groups: dict[str | None, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, lines, strict=True):
        groups.setdefault(", ".join(key_title(key, row[key]) for key in keys) if keys else None, []).append(line)
    made = tuple(Group(tuple(found), title) for title, found in groups.items())
    return Table(section.title, columns, made, key=", ".join(keys))


def _line(row: Row) -> tuple[Cell, ...]:
    metric = str(row["metric"])
    name = _PER.get(metric) or f"1M {metric.removeprefix(_OF).replace('_', ' ')}"
    figures = prices([number(row[column]) for column in ("usd", "lower_usd", "upper_usd")])
    written = [*figures, *counts([number(row["n"]), number(row["clusters"])])]
    return Cell(name), Cell(write(row["side"])), *map(cell, written)
