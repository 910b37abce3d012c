"""What one export file holds for us: its lines about language models, and what only the whole file can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.providers.arrow_tables import LINE
from tokenaudit.providers.azure.bills.charging import meter_of
from tokenaudit.providers.azure.bills.columns import Line
from tokenaudit.providers.azure.bills.dates import LENGTH
from tokenaudit.providers.azure.bills.selection import is_ours, may_be_ours
from tokenaudit.providers.azure.bills.table import tables_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.ports import Blob
    from tokenaudit.model.reject import Reject

_SPREAD = ("unusedreservation", "unusedsavingsplan")
_COMMITTED = ("reservation", "savingsplan")
_HAS_DIGIT = r"^[^eE]*[1-9]"


@dataclass
class Bill:
    """The lines of ours lie in Arrow tables, which are a tenth of the same lines in Python.

    `days`, `starts` and `ends` are the texts of the days of all lines, ours or not; `spreads` says whether any of them
    shows that the file spreads what commitments cost over what they cover (AmortizedCost).
    """

    fields: set[str] = field(default_factory=set)
    days: set[str] = field(default_factory=set)
    starts: set[str] = field(default_factory=set)
    ends: set[str] = field(default_factory=set)
    spreads: bool = False
    foreign: int = 0
    refused: list[Reject] = field(default_factory=list)
    kept: list[pa.Table] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """The lines of ours, in order; can be asked for again."""
        for table in self.kept:
            yield from _lines(table)

    def look(self, table: pa.Table) -> pa.ChunkedArray:
        """Takes from all rows what only the whole file can tell; marks those that may be ours."""
        self.fields.update(table.column_names)
        for name, found in (("date", self.days), ("period_start", self.starts), ("period_end", self.ends)):
            if name in table.column_names:
                texts = pc.utf8_slice_codeunits(table.column(name), 0, LENGTH)
                found.update(text for text in pc.unique(texts).to_pylist() if text)
        self.spreads = self.spreads or _spreads(table)
        self.foreign += table.num_rows
        return may_be_ours(table)


def read_bill(blob: Blob) -> Bill:
    """Reads a whole file. Never raises for bad content."""
    bill = Bill()
    for table in tables_of(blob, bill.look, bill.refused):
        ours = [at for at, line in enumerate(_lines(table)) if is_ours(line, meter_of(line))]
        if ours:
            bill.foreign -= len(ours)
            bill.kept.append(table.take(pa.array(ours, pa.int64())).combine_chunks())
    return bill


def _lines(table: pa.Table) -> Iterator[Line]:
    numbers = table.column(LINE).to_pylist()
    columns = [(name, table.column(name).to_pylist()) for name in table.column_names if name != LINE]
    for at, number in enumerate(numbers):
        yield Line(number, {name: values[at] for name, values in columns if values[at]})


def _spreads(table: pa.Table) -> bool:
    """Whether a line is of a commitment that was not used, or costs something although a commitment covers it."""
    names = table.column_names
    if "charge_type" not in names:
        return False
    kind = pc.ascii_lower(pc.fill_null(table.column("charge_type"), ""))
    if pc.any(pc.is_in(kind, pa.array(_SPREAD))).as_py():
        return True
    used = table.filter(pc.equal(kind, "usage"))
    marks = [
        pc.not_equal(pc.fill_null(used.column(name), ""), "") for name in ("reservation", "benefit") if name in names
    ]
    if "pricing_model" in names:
        model = pc.ascii_lower(pc.fill_null(used.column("pricing_model"), ""))
        marks.append(pc.is_in(model, pa.array(_COMMITTED)))
    costs = (pc.fill_null(used.column("cost").filter(mark), "") for mark in marks)
    return any(pc.any(pc.match_substring_regex(each, _HAS_DIGIT)).as_py() for each in costs)
