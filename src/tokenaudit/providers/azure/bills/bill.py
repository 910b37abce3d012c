"""What one export file holds for us: its lines about language models, and what only the whole file can tell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.providers.azure.bills.charging import meter_of
from tokenaudit.providers.azure.bills.columns import Line
from tokenaudit.providers.azure.bills.dates import LENGTH
from tokenaudit.providers.azure.bills.selection import is_ours, may_be_ours
from tokenaudit.providers.azure.bills.table import rows_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.ports import Blob
    from tokenaudit.model.reject import Reject

_SPREAD = ("unusedreservation", "unusedsavingsplan")
_COMMITTED = ("reservation", "savingsplan")
_HAS_DIGIT = r"^[^eE]*[1-9]"


@dataclass
class Bill:
    """The lines of ours lie in Arrow batches, which are a tenth of the same lines in Python.

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
    kept: list[tuple[pa.RecordBatch, list[int]]] = field(default_factory=list)

    def lines(self) -> Iterator[Line]:
        """The lines of ours, in order; can be asked for again."""
        for batch, numbers in self.kept:
            columns = [(name, batch.column(at).to_pylist()) for at, name in enumerate(batch.schema.names)]
            for at, number in enumerate(numbers):
                yield Line(number, {name: values[at] for name, values in columns if values[at]})


def read_bill(blob: Blob) -> Bill:
    """Reads a whole file. Never raises for bad content."""
    bill = Bill()
    for rows in rows_of(blob, bill.refused):
        batch = rows.batch
        bill.fields.update(batch.schema.names)
        for name, found in (("date", bill.days), ("period_start", bill.starts), ("period_end", bill.ends)):
            if name in batch.schema.names:
                texts = pc.utf8_slice_codeunits(batch.column(name), 0, LENGTH)
                found.update(text for text in pc.unique(texts).to_pylist() if text)
        bill.spreads = bill.spreads or _spreads(batch)
        at = _ours(batch)
        bill.foreign += batch.num_rows - len(at)
        if at:
            bill.kept.append((batch.take(pa.array(at, pa.int64())), [rows.number(each) + 1 for each in at]))
    return bill


def _ours(batch: pa.RecordBatch) -> list[int]:
    """Where in the batch the lines of ours stand."""
    candidates = pc.indices_nonzero(may_be_ours(batch))
    some = batch.take(candidates)
    columns: list[tuple[str, list[Any]]] = [(name, some.column(name).to_pylist()) for name in some.schema.names]
    found = []
    for row, at in enumerate(candidates.to_pylist()):
        line = Line(0, {name: values[row] for name, values in columns if values[row]})
        if is_ours(line, meter_of(line)):
            found.append(at)
    return found


def _spreads(batch: pa.RecordBatch) -> bool:
    """Whether a line is of a commitment that was not used, or costs something although a commitment covers it."""
    names = batch.schema.names
    if "charge_type" not in names:
        return False
    kind = pc.ascii_lower(pc.fill_null(batch.column("charge_type"), ""))
    if pc.any(pc.is_in(kind, pa.array(_SPREAD))).as_py():
        return True
    covered = pa.array([False] * batch.num_rows)
    if "pricing_model" in names:
        model = pc.ascii_lower(pc.fill_null(batch.column("pricing_model"), ""))
        covered = pc.is_in(model, pa.array(_COMMITTED))
    for name in ("reservation", "benefit"):
        if name in names:
            covered = pc.or_(covered, pc.not_equal(pc.fill_null(batch.column(name), ""), ""))
    covered = pc.and_(covered, pc.equal(kind, "usage"))
    if not pc.any(covered).as_py():
        return False
    costs = pc.fill_null(batch.column("cost").filter(covered), "")
    return bool(pc.any(pc.match_substring_regex(costs, _HAS_DIGIT)).as_py())
