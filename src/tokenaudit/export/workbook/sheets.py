"""A section of a report as a sheet: header in row 1, every value a cell, formulas where they are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from math import isfinite
from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_rowcol_to_cell

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.model.report import Field, Section, Value

_LOOKS = {
    "USD": "usd",
    "currency": "usd",
    "USD/1M tokens": "usd_per",
    "USD/request": "usd_per_request",
    "USD/unit": "usd_per",
    "tokens": "tokens",
    "requests": "count",
    "ratio": "ratio",
    "ms": "ms",
    "ms/token": "number",
    "tokens/s": "number",
}
"""Unit of a field -> the format of its cells."""
_NARROW, _WIDE = 10, 44


@dataclass(frozen=True)
class Live:
    """A formula for a cell, without its leading `=`."""

    formula: str


Formulas = "Mapping[tuple[int, str], Live]"


@dataclass(frozen=True)
class Placed:
    """Where a section's cells are: sheet, column of each field, rows."""

    name: str
    columns: dict[str, int]
    rows: int

    def cell(self, row: int, field: str) -> str:
        """The address of the cell of a row (from 0) and field, for formulas on any sheet."""
        return f"'{self.name}'!{xl_rowcol_to_cell(row + 1, self.columns[field], row_abs=True, col_abs=True)}"

    def column(self, field: str) -> str:
        """The address of all cells of a field."""
        return self.cells(field, range(max(self.rows, 1)))

    def cells(self, field: str, rows: range) -> str:
        """The address of the cells of a field in some rows that follow each other."""
        first, last = (
            xl_rowcol_to_cell(row + 1, self.columns[field], row_abs=True, col_abs=True) for row in (rows[0], rows[-1])
        )
        return f"'{self.name}'!{first}:{last}"


def place(name: str, fields: Sequence[Field], rows: int) -> Placed:
    """Where a table will be on its sheet."""
    return Placed(name, {field.name: number for number, field in enumerate(fields)}, rows)


def write_section(
    book: Book, sheet: Worksheet, section: Section, formulas: Mapping[tuple[int, str], Live] | None = None
) -> None:
    """The whole section on an empty sheet. A cell that has a formula keeps the section's value as its cached one."""
    sheet.freeze_panes(1, 0)
    sheet.repeat_rows(0)
    sheet.set_row(0, 30)
    for place_, field in enumerate(section.columns):
        sheet.write_string(0, place_, book.text(field.name), book.formats["head"])
        longest = max((len(_plain(row[field.name])) for row in section.rows), default=0)
        sheet.set_column(place_, place_, min(max(longest + 2, _NARROW, min(len(field.name) + 2, 22)), _WIDE))
    for number, row in enumerate(section.rows):
        for place_, field in enumerate(section.columns):
            live = (formulas or {}).get((number, field.name))
            write_cell(book, sheet, (number + 1, place_), row[field.name], field.unit, live)
    if section.rows:
        sheet.autofilter(0, 0, len(section.rows), len(section.columns) - 1)


def write_cell(
    book: Book, sheet: Worksheet, at: tuple[int, int], value: Value, unit: str = "", live: Live | None = None
) -> None:
    """One cell. What is not known stays empty."""
    looks = book.formats.get(_LOOKS.get(unit, ""), book.formats["text"])
    if isinstance(value, Decimal):
        value = float(value)
    if isinstance(value, float) and not isfinite(value):
        value = None
    if live is not None:
        sheet.write_formula(*at, f"={live.formula}", looks, "" if value is None else value)
    elif value is None:
        return
    elif isinstance(value, str):
        sheet.write_string(*at, book.text(value), book.formats["text"])
    elif isinstance(value, bool):
        sheet.write_boolean(*at, value)
    elif isinstance(value, datetime):
        moment = value.astimezone(UTC).replace(tzinfo=None) if value.tzinfo else value
        sheet.write_datetime(*at, moment, book.formats["instant"])
    elif isinstance(value, date):
        sheet.write_datetime(*at, datetime(value.year, value.month, value.day), book.formats["date"])  # noqa: DTZ001
    else:
        sheet.write_number(
            *at, value, looks if unit else book.formats["number" if isinstance(value, float) else "count"]
        )


def _plain(value: Value) -> str:
    return f"{value:,.4f}" if isinstance(value, float | Decimal) else "" if value is None else str(value)
