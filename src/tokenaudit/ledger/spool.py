"""Rows -> Parquet files that wait, outside every table, for the commit that takes them in."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

ROWS_PER_FILE = 131_072
"""Rows are held until there are this many: a file of that size is one row group, quick to scan and to skip."""

_ZSTD = {"compression": "zstd", "compression_level": 1, "store_schema": False, "write_statistics": False}


@dataclass(frozen=True)
class Staged:
    """A written file that belongs to no table yet. `table` is `usage`, `parts` or `objects`; `day` is ISO or None."""

    table: str
    source: str
    day: str | None
    path: str
    rows: int
    size_bytes: int


class Spool:
    """Takes batches of one source and writes them as files by day. `staging` is a folder of this run alone."""

    def __init__(self, staging: Path, table: str, source: str) -> None:
        self._staging = staging
        self._table = table
        self._source = source
        self._held: list[pa.RecordBatch] = []
        self._rows = 0
        self.files: list[Staged] = []

    def add(self, batch: pa.RecordBatch) -> None:
        """Takes a batch; writes when enough rows are held."""
        if batch.num_rows == 0:
            return
        self._held.append(batch)
        self._rows += batch.num_rows
        if self._rows >= ROWS_PER_FILE:
            self.flush()

    def flush(self) -> None:
        """Writes whatever is held."""
        if self._held:
            held = pa.Table.from_batches(self._held)
            self._held, self._rows = [], 0
            self.files.extend(stage(held, self._staging, self._table, self._source))


def stage(rows: pa.Table, staging: Path, table: str, source: str = "") -> Iterator[Staged]:
    """Writes rows (with a `day` column) as one file a day. An empty table writes nothing."""
    if rows.num_rows == 0:
        return
    rows = rows.unify_dictionaries()
    days = rows.column("day")
    body = rows.drop_columns(["day"])
    bounds = pc.min_max(days).as_py()
    if bounds["min"] == bounds["max"]:
        yield write(body, staging, table, source, bounds["min"].isoformat())
        return
    for day in sorted(days.unique().to_pylist()):
        yield write(body.filter(pc.equal(days, pa.scalar(day, pa.date32()))), staging, table, source, day.isoformat())


def write(rows: pa.Table, staging: Path, table: str, source: str, day: str | None) -> Staged:
    """One Parquet file, zstd, without the partition column."""
    path = staging / f"{uuid.uuid4().hex}.parquet"
    pq.write_table(rows, path, **_ZSTD)
    return Staged(table, source, day, str(path), rows.num_rows, path.stat().st_size)
