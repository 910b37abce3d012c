"""Files that are written, but belong to no table until a commit takes them in."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokenaudit.ledger.keys import Keys

_ZSTD = {"compression": "zstd", "compression_level": 1, "store_schema": False, "write_statistics": False}


PARTITIONS: dict[str, str | None] = {
    "usage": "day",
    "parts": "day",
    "metrics": "day",
    "charges": "billing_period",
    "objects": None,
}
"""Every table of the ledger, and the column of dates that its files are parted by."""


@dataclass(frozen=True)
class Staged:
    """A written file that belongs to no table yet. `table` is one of `PARTITIONS`; `day` is its partition, ISO.

    `keys` are those of its usage_ids, row by row: of every file of `usage`, and of copies that go to `parts`.
    """

    table: str
    source: str
    day: str | None
    path: str
    rows: int
    size_bytes: int
    keys: Keys | None = field(default=None, compare=False, repr=False)


def stage(
    rows: pa.Table, staging: Path, table: str, source: str = "", prefix: str = "", keys: Keys | None = None
) -> Iterator[Staged]:
    """Writes rows as one file for each value of the partition column. An empty table writes nothing."""
    if rows.num_rows == 0:
        return
    column = str(PARTITIONS[table])
    days = rows.column(column)
    body = rows.drop_columns([column])
    bounds = pc.min_max(days).as_py()
    if bounds["min"] == bounds["max"]:
        yield write(body, staging, table, source, bounds["min"].isoformat(), prefix, keys)
        return
    for day in sorted(days.unique().to_pylist()):
        at_day = pc.equal(days, pa.scalar(day, pa.date32()))
        some = None if keys is None else keys[np.asarray(at_day)]
        yield write(body.filter(at_day), staging, table, source, day.isoformat(), prefix, some)


def write(
    rows: pa.Table,
    staging: Path,
    table: str,
    source: str,
    day: str | None,
    prefix: str = "",
    keys: Keys | None = None,
) -> Staged:
    """One Parquet file, zstd, without the partition column."""
    path = staging / f"{prefix}{uuid.uuid4().hex}.parquet"
    pq.write_table(rows, path, **_ZSTD)
    return Staged(table, source, day, str(path), rows.num_rows, path.stat().st_size, keys)
