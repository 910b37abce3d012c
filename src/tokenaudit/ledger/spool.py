"""Rows -> Parquet files that wait, outside every table, for the commit that takes them in."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.ledger.bills import prefix_of
from tokenaudit.ledger.copies import Told, latest, part_aside
from tokenaudit.ledger.staged import Staged, stage

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.model.ports import TableName

ROWS_PER_FILE = 65_536
"""Rows are held until there are this many: a file of that size is one row group, quick to scan and to skip, and the
copies that are made of the rows on their way into it stay well below 100 MB."""

ROWS_REMEMBERED = 98_304
"""Of so many rows more copies are expected."""

FIRST_ROWS = 16_384
"""The first file of a spool is small: copies are delivered close to one another, so it is the one that may hold what
another spool holds too, and has to be written again."""


class Spool:
    """Takes batches of one source, whose objects come in order of address, and writes them as files by day.

    `staging` is a folder of this run alone. Of rows of `usage`, copies are put aside as parts. `before` are the last
    rows of the spool before this one, if it was in this process.
    """

    def __init__(self, staging: Path, source: str, table: TableName, before: Told | None = None) -> None:
        self._staging = staging
        self._source = source
        self._table = table
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self._limit = FIRST_ROWS if before is None else ROWS_PER_FILE
        self.last = before
        """The rows of `usage` that were written last, for which more copies may come."""
        self.files: list[Staged] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes a batch; writes when enough rows are held."""
        if batch.num_rows == 0:
            return
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= self._limit:
            self._limit = ROWS_PER_FILE
            held = self._take()
            unfinished = _length_of_last_object(held) if self._table == "usage" else 0
            if unfinished < held.num_rows:
                # All copies of a row that one object holds are to be seen together.
                self._held = held.slice(held.num_rows - unfinished).to_batches()
                self._rows = unfinished
                held = held.slice(0, held.num_rows - unfinished)
            self._write(held)

    def flush(self) -> None:
        """Writes whatever is held."""
        if self._held:
            self._write(self._take())

    def _take(self) -> pa.Table:
        held = pa.Table.from_batches(self._held)
        self._held, self._rows = [], 0
        return held

    def _write(self, held: pa.Table) -> None:
        held = held.unify_dictionaries()
        if self._table == "parts":
            self.files.extend(stage(held, self._staging, "parts", self._source))
            return
        if self._table != "usage":
            for uri in held.column("object_uri").unique().to_pylist():
                rows = held.filter(pc.equal(held.column("object_uri"), uri))
                self.files.extend(stage(rows, self._staging, self._table, self._source, prefix_of(uri)))
            return
        standing, copies = part_aside(held, self.last)
        self.last = standing if self.last is None else latest(self.last, standing, ROWS_REMEMBERED)
        self.files.extend(stage(standing.rows, self._staging, "usage", self._source, keys=standing.keys))
        self.files.extend(stage(copies.rows, self._staging, "parts", self._source, keys=copies.keys))


def _length_of_last_object(rows: pa.Table) -> int:
    """How many rows at the end are of the object that may not be read to its end yet."""
    uris = rows.column("object_uri")
    same: int = pc.sum(pc.equal(uris, uris[-1].cast(pa.string()))).as_py()
    return same
