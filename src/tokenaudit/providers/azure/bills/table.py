"""A bill as a table, CSV or Parquet: text by the field names of `columns`, batch by batch."""

from __future__ import annotations

import csv
import io
import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from tokenaudit.model.reject import Reject
from tokenaudit.providers.arrow_tables import LINE, batches
from tokenaudit.providers.azure.bills.columns import is_export, positions
from tokenaudit.providers.tabular import PARQUET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokenaudit.model.ports import Blob

_BOM = b"\xef\xbb\xbf"


def tables_of(blob: Blob, wanted: Callable[[pa.Table], pa.Array], refused: list[Reject]) -> Iterator[pa.Table]:
    """The rows of a bill that `wanted` marks, a column for each field that the bill has, and `LINE`.

    `wanted` sees every row once. What cannot be read is appended to `refused`; nothing raises.
    """
    pieces = (bytes(piece) for piece in blob.slices)
    first = next((piece for piece in pieces if piece.removeprefix(_BOM).strip()), None)
    if first is None:
        return
    if first.startswith(PARQUET):
        blob = blob if blob.raw else replace(blob, slices=(b"".join([first, *pieces]),))
        names = _schema(blob)
    else:
        first = first.removeprefix(_BOM).lstrip()
        blob = replace(blob, slices=itertools.chain([first], pieces), raw=None)
        names = _heading(first)
    if not is_export(names):
        refused.append(Reject(blob.uri, 1, "the table cannot be read, or has not the columns of a bill"))
        return
    at = positions(names)
    called = [*at, LINE]

    def mask(table: pa.Table) -> pa.Array:
        return wanted(table.rename_columns(called))

    def refuse(line: int, reason: str) -> None:
        refused.append(Reject(blob.uri, line, reason))

    for table in batches(blob, [names[place].strip() for place in at.values()], refuse, mask):
        yield table.rename_columns(called)


def _heading(piece: bytes) -> list[str]:
    line = piece.partition(b"\n")[0].rstrip(b"\r").decode("utf-8", "replace")
    try:
        return next(csv.reader([line]), [])
    except csv.Error:
        return []


def _schema(blob: Blob) -> list[str]:
    try:
        with blob.raw() if blob.raw else io.BytesIO(b"".join(blob.slices)) as stream:
            return list(pq.read_schema(stream).names)
    except (pa.ArrowException, OSError):
        return []
