"""Any section as a table, by the units that its columns declare."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from tokenaudit.render.figures import (
    UNKNOWN,
    Formatter,
    amounts,
    anything,
    counts,
    durations,
    number,
    percent,
    prices,
    tenths,
)
from tokenaudit.render.notes import instant
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone
from tokenaudit.render.written import cell

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokenaudit.model.report import Field, Section, Value

_BY_UNIT: dict[str, Formatter] = {
    "requests": counts,
    "ratio": percent,
    "tokens": counts,
    "tokens/s": tenths,
    "ms/token": tenths,
}
_MONEY = {"USD": "$", "currency": ""}
"""How a unit of money is written; of `currency` the row says which it is."""
_IN_WORDS = ("token_kind", "status", "metric")
"""Columns whose values are words of ours: shown as words, as in the tables that have a form of their own."""
_SUFFIX = {"USD": "_usd", "ms": "_ms", "ratio": "_ratio"}


def table_of(section: Section) -> Table:
    """Every row of a section, and every column that says something. A column of numbers is one without a text in it."""
    columns, written = [], []
    for place, field in enumerate(section.columns):
        values = [row[field.name] for row in section.rows]
        if place and all(value is None for value in values):
            continue
        unit, cells = _written(field, values)
        name = _words(field, unit)
        columns.append(Column(name, "" if unit == name else unit, place, numeric=cells is not None))
        texts = [write(value) for value in values]
        written.append(cells or ([text.replace("_", " ") for text in texts] if field.name in _IN_WORDS else texts))
    lines = (tuple(cell(text) for text in line) for line in zip(*written, strict=True))
    return Table(section.title, tuple(columns), (Group(tuple(lines)),))


def card_of(table: Table) -> Table:
    """A table of one line as name and value, line by line."""
    (group,) = table.groups
    (line,) = group.lines
    pairs = tuple((Cell(column.label, Tone.MUTED), cell) for column, cell in zip(table.columns, line, strict=True))
    return Table(table.title, (Column("", numeric=False), Column("", numeric=False)), (Group(pairs),))


def write(value: Value) -> str:
    """One value without a unit, as text."""
    for kind, written in _BY_KIND.items():
        if isinstance(value, kind):
            return written(value)
    return anything([number(value)])[0]


_BY_KIND: dict[type, Callable[..., str]] = {
    type(None): lambda _: UNKNOWN,
    str: str,
    bool: lambda value: "yes" if value else "no",
    datetime: lambda value: instant(value).replace("T", " "),
    date: date.isoformat,
}


def _written(field: Field, values: list[Value]) -> tuple[str, list[str] | None]:
    """The unit to show and the column's figures, or None for those where something is no number."""
    figures = [number(value) for value in values]
    if any(
        figure is None and isinstance(value, str | bool | date) for figure, value in zip(figures, values, strict=True)
    ):
        return "", None
    if not field.unit and all(figure is None for figure in figures):
        return "", None
    if field.unit == "ms":
        unit, formatter = durations(figures)
        return unit, formatter(figures)
    money, per, what = field.unit.partition("/")
    if money in _MONEY:
        said = "usd_per_" in field.name
        unit = "" if said else f"{_MONEY[money]}{per}{what.replace('1M tokens', '1M')}"
        return unit, (prices if per else amounts)(figures)
    unit = "" if field.unit in ("ratio", "requests") else field.unit
    return unit, _BY_UNIT.get(field.unit, anything)(figures)


def _words(field: Field, unit: str) -> str:
    """The column's name in words, without the unit that is written beside it."""
    suffix = _SUFFIX.get(field.unit, f"_{unit}" if unit else "")
    return field.name if ":" in field.name else field.name.removesuffix(suffix).replace("_", " ")
