"""Objects that are tables, CSV or Parquet: what their columns are called, which is how they are recognised."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

PARQUET = b"PAR1"
_LONGEST_HEADER = 64 * 1024


def column_names(head: bytes, path: str | Path) -> tuple[str, ...]:
    """The names of the columns of a Parquet file, or of the first line of a CSV that begins like this; else none."""
    if head.startswith(PARQUET):
        return _of_parquet(path)
    if head[:1] in (b"{", b"["):
        return ()
    text = head[:_LONGEST_HEADER].removeprefix(b"\xef\xbb\xbf").lstrip()
    first_line = text.partition(b"\n")[0].rstrip(b"\r")
    if text[:1] in (b"{", b"[") or b"," not in first_line:
        return ()
    try:
        return tuple(next(csv.reader([first_line.decode()]), ()))
    except (csv.Error, UnicodeDecodeError):
        return ()


def _of_parquet(path: str | Path) -> tuple[str, ...]:
    import pyarrow as pa  # most objects are no tables  # noqa: PLC0415
    import pyarrow.parquet as pq  # the same  # noqa: PLC0415

    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowInvalid, OSError):
        return ()
