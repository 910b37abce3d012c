"""Rows as a workbook: plain sheets, header in row 1, no formulas; a new sheet where one is full."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.export.workbook.book import MAX_ROWS, Book, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from xlsxwriter.format import Format
    from xlsxwriter.worksheet import Worksheet

_EPOCH_DAYS = 25_569
"""1 January 1970 as a spreadsheet counts days."""
_DAY_US = 86_400_000_000
_WIDTHS = {"instant": 27, "date": 11, "text": 22, "bool": 9}


def write(
    stream: BinaryIO,
    name: str,
    batches: Iterable[pa.RecordBatch],
    form: pa.Schema,
    facts: Sequence[tuple[str, str]],
    sheet_rows: int = MAX_ROWS,
) -> list[str]:
    """Sheet `name` and, where it has more than `sheet_rows` rows, `name 2` and so on; last `Provenance` with the facts.

    Returns what has to be said: that there are several sheets, that texts were cut.
    """
    with opened(stream, constant_memory=True) as book:
        pages = _Pages(book, name, form, sheet_rows)
        for batch in batches:
            pages.add(batch)
        pages.close()
        notes = book.notes()
        if pages.count > 1:
            notes.insert(0, f"{pages.rows:,} rows are on {pages.count} sheets: one holds {sheet_rows - 1:,}")
        sheet = book.sheet("Provenance")
        sheet.set_column(0, 0, 22)
        sheet.set_column(1, 1, 100)
        told = [*facts, ("rows", f"{pages.rows:,}"), ("times", "UTC"), *(("note", note) for note in notes)]
        for number, (what, fact) in enumerate(told):
            sheet.write_string(number, 0, what, book.formats["head"])
            sheet.write_string(number, 1, book.text(fact), book.formats["wrapped"])
    return notes


class _Pages:
    """Sheets of one table, filled one after the other."""

    def __init__(self, book: Book, name: str, form: pa.Schema, sheet_rows: int) -> None:
        self._book, self._name, self._form, self._sheet_rows = book, name, form, sheet_rows
        self._kinds = [_kind(field) for field in form]
        self._formats = [book.formats.get(kind) for kind in self._kinds]
        self.count = self.rows = 0
        self._sheet = self._page()

    def _page(self) -> Worksheet:
        self.count += 1
        self._row = 1
        sheet = self._book.sheet(self._name if self.count == 1 else f"{self._name} {self.count}")
        for place, (field, kind) in enumerate(zip(self._form, self._kinds, strict=True)):
            sheet.set_column(place, place, max(_WIDTHS.get(kind, 14), min(len(field.name) + 2, 24)))
        sheet.freeze_panes(1, 0)
        sheet.repeat_rows(0)
        for place, field in enumerate(self._form):
            sheet.write_string(0, place, self._book.text(field.name), self._book.formats["head"])
        return sheet

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes the rows of a batch."""
        columns = [_values(self._book, kind, column) for kind, column in zip(self._kinds, batch.columns, strict=True)]
        put = self._writers()
        for cells in zip(*columns, strict=True):
            if self._row == self._sheet_rows:
                self.close()
                self._sheet = self._page()
                put = self._writers()
            row = self._row
            for place, value in enumerate(cells):
                if value is not None:
                    write, looks = put[place]
                    write(row, place, value, looks)
            self._row += 1
        self.rows += len(batch)

    def _writers(self) -> list[tuple[Callable[..., Any], Format | None]]:
        sheet = self._sheet
        by_kind = {"text": sheet.write_string, "bool": sheet.write_boolean}
        return [
            (by_kind.get(kind, sheet.write_number), None if kind == "text" else looks)
            for kind, looks in zip(self._kinds, self._formats, strict=True)
        ]

    def close(self) -> None:
        """Ends the sheet that is being filled."""
        self._sheet.autofilter(0, 0, max(self._row - 1, 1), len(self._kinds) - 1)


def _kind(field: pa.Field) -> str:
    """What the cells of a column are, which is also the name of their format."""
    kind = field.type
    if pa.types.is_timestamp(kind):
        return "instant"
    if pa.types.is_date(kind):
        return "date"
    if pa.types.is_boolean(kind):
        return "bool"
    if pa.types.is_integer(kind):
        return "count"
    if pa.types.is_decimal(kind):
        return "usd"
    return "number" if pa.types.is_floating(kind) else "text"


def _values(book: Book, kind: str, column: pa.Array) -> list[Any]:
    """A column as what the sheet takes: moments as days since its epoch, amounts as doubles, texts made harmless."""
    if kind == "instant":
        days = pc.divide(pc.cast(pc.cast(column, pa.int64()), pa.float64(), safe=False), float(_DAY_US))
        column = pc.add(days, float(_EPOCH_DAYS))
    elif kind == "date":
        column = pc.add(pc.cast(column, pa.int32()), _EPOCH_DAYS)
    elif kind == "usd":
        column = pc.cast(column, pa.float64(), safe=False)
    values: list[Any] = column.to_pylist()
    if pa.types.is_map(column.type):
        values = [json.dumps(dict(tags), sort_keys=True) if tags else None for tags in values]
    return [None if text is None else book.text(text) for text in values] if kind == "text" else values
