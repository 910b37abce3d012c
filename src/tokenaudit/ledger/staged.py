"""Files that are written, but belong to no table until a commit takes them in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

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


def stage(rows: pa.Table, staging: Path, table: str, source: str = "") -> Iterator[Staged]:
    """Writes rows (with a `day` column) as one file a day. An empty table writes nothing."""
    if rows.num_rows == 0:
        return
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
