"""Sections that are better drawn: cost by day, and how long requests took, one line a day or bin, a column a side."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.figures import amounts, number, percent
from tokenaudit.render.generic import write
from tokenaudit.render.tables import Cell, Chart, Column, Group
from tokenaudit.render.written import cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from tokenaudit.model.report import Section
    from tokenaudit.render.figures import Formatter

_SECOND_MS = 1000


def by_day_chart(section: Section) -> Chart:
    """List cost by day and side. A day of which a side has no request says so."""
    sides = list(dict.fromkeys(str(row["side"]) for row in section.rows))
    found = {(write(row["day"]), str(row["side"])): _float(row["list_cost_usd"]) for row in section.rows}
    days = list(dict.fromkeys(day for day, _ in found))
    columns = [Column(side, "$", place + 1) for place, side in enumerate(sides)]
    return _chart(section.title, Column("day", numeric=False), days, columns, found, amounts)


def histogram_chart(section: Section) -> Chart:
    """The share of a side's requests in each bin, so that sides of different size can be laid beside each other."""
    sides = list(dict.fromkeys(str(row["side"]) for row in section.rows))
    totals = {side: sum(_float(row["n"]) or 0 for row in section.rows if row["side"] == side) for side in sides}
    found = {
        (_bin(_float(row["lower_ms"]) or 0, _float(row["upper_ms"])), str(row["side"])): (
            (_float(row["n"]) or 0) / totals[str(row["side"])] if totals[str(row["side"])] else None
        )
        for row in section.rows
    }
    bins = list(dict.fromkeys(name for name, _ in found))
    columns = [Column(side, f"of {totals[side]:,.0f}", place + 1) for place, side in enumerate(sides)]
    return _chart(section.title, Column("latency", numeric=False), bins, columns, found, percent)


def _chart(
    title: str,
    first: Column,
    names: Sequence[str],
    columns: Sequence[Column],
    found: Mapping[tuple[str, str], float | None],
    formatter: Formatter,
) -> Chart:
    figures = {column.name: [found.get((name, column.name)) for name in names] for column in columns}
    together = iter(formatter([value for values in figures.values() for value in values]))
    written = {side: [next(together) for _ in values] for side, values in figures.items()}
    most = max((value for values in figures.values() for value in values if value is not None), default=0.0)
    lines = tuple(
        (Cell(name), *(cell(written[column.name][place]) for column in columns)) for place, name in enumerate(names)
    )
    shares = tuple(
        tuple(_share(figures[column.name][place], most) for column in columns) for place in range(len(names))
    )
    return Chart(title, (first, *columns), (Group(lines),), shares=shares)


def _share(value: float | None, most: float) -> float | None:
    return None if value is None else max(0.0, value) / most if most > 0 else 0.0


def _bin(lower: float, upper: float | None) -> str:
    if upper is None:
        return f"{_duration(lower)} and more"
    return f"{_duration(lower)} to {_duration(upper)}"


def _duration(ms: float) -> str:
    return f"{ms:,g} ms" if ms < _SECOND_MS else f"{ms / _SECOND_MS:,g} s"


def _float(value: object) -> float | None:
    known = number(value)  # type: ignore[arg-type]  # a cell's value
    return None if known is None else float(known)
