"""Reading the data files of a table."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray


def read(path: Path, day: str | None, form: pa.Schema) -> pa.Table:
    """A file's rows in this form of its table, the partition column back in its place."""
    encoded = [each.name for each in form if pa.types.is_dictionary(each.type)]
    rows = pq.ParquetFile(path, read_dictionary=encoded).read()
    at = pa.scalar(date.fromisoformat(str(day)), pa.date32())
    rows = rows.append_column("day", pa.repeat(at, rows.num_rows))
    return rows.select(form.names).cast(form)


def columns(path: Path, *names: str) -> list[pa.ChunkedArray]:
    """Some columns of a file, in the given order."""
    found = pq.ParquetFile(path).read(columns=list(names))
    return [found.column(name) for name in names]


def mask(wanted: NDArray[np.bool_]) -> pa.BooleanArray:
    """Which rows are wanted, as Arrow filters by.

    `pa.array` would ask first whether the array is a masked one, and import numpy.ma for that.
    """
    bits = pa.py_buffer(np.packbits(wanted, bitorder="little"))
    return pa.Array.from_buffers(pa.bool_(), len(wanted), [None, bits])


def concat(tables: Iterable[pa.Table], form: pa.Schema) -> pa.Table:
    """All rows one after the other; none gives an empty table."""
    return pa.concat_tables([form.empty_table(), *tables])


def where_in(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The rows whose column `name` is one of `values`."""
    return rows.filter(pc.is_in(rows.column(name), values))


def where_not_in(rows: pa.Table, name: str, values: pa.Array) -> pa.Table:
    """The rows whose column `name` is none of `values`."""
    return rows.filter(pc.invert(pc.is_in(rows.column(name), values)))


def plain(rows: pa.Table) -> Iterator[dict[str, Any]]:
    """Rows as mappings by column name, `tags` a dict."""
    for row in rows.to_pylist():
        row["tags"] = dict(row["tags"])
        yield row
