"""A bill as a table, CSV or Parquet, read in batches of text: by the field names of `columns`, and only those.

What fills memory is one batch, however many lines a company's bill has.
"""

from __future__ import annotations

import csv
import io
import itertools
import json
from bisect import bisect_right, insort
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO

import pyarrow as pa
import pyarrow.csv as arrow_csv
import pyarrow.parquet as pq

from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.bills.columns import is_export, positions

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob

_BOM = b"\xef\xbb\xbf"
_PARQUET = b"PAR1"
_BLOCK_BYTES = 4 * 1024 * 1024
_ROWS = 65_536


@dataclass
class Rows:
    """Rows of a table, column by column, as text.

    `first` is the number of the first among the rows that can be read; `refused` are the numbers, in order, of those
    that cannot, and lie between them.
    """

    batch: pa.RecordBatch
    first: int
    refused: list[int] = field(default_factory=list)

    def number(self, at: int) -> int:
        """The number of a row of the batch among all rows of the table, from 1."""
        read = self.first + at
        number = read
        while (moved := read + bisect_right(self.refused, number)) != number:
            number = moved
        return number


def rows_of(blob: Blob, refused: list[Reject]) -> Iterator[Rows]:
    """The rows of a bill. What cannot be read is appended to `refused`; nothing raises.

    A reject's line counts rows, the heading as the first: that is the line, unless cells hold line breaks.
    """
    pieces = (bytes(piece) for piece in blob.slices)
    first = next((piece for piece in pieces if piece.removeprefix(_BOM).strip()), None)
    if first is None:
        return
    if first.startswith(_PARQUET):
        with blob.raw() if blob.raw else io.BytesIO(b"".join([first, *pieces])) as stream:
            yield from _of_parquet(stream, blob.uri, refused)
    else:
        yield from _of_csv(itertools.chain([first.removeprefix(_BOM).lstrip()], pieces), blob.uri, refused)


def _of_csv(pieces: Iterator[bytes], uri: str, refused: list[Reject]) -> Iterator[Rows]:
    head, _, rest = next(pieces).partition(b"\n")
    names = _heading(head)
    if not is_export(names):
        refused.append(Reject(uri, 1, "the heading has not the columns of a bill"))
        return
    at = positions(names)
    bad: list[int] = []

    def refuse(row: arrow_csv.InvalidRow) -> str:
        insort(bad, row.number)
        refused.append(Reject(uri, row.number + 1, "the row has not as many cells as the heading"))
        return "skip"

    columns = {f"c{place}": name for name, place in at.items()}
    read = 0
    try:
        reader = arrow_csv.open_csv(
            # Buffered, so that a block of Arrow's is not as short as whatever piece came.
            pa.PythonFile(io.BufferedReader(_Stream(itertools.chain([rest], pieces)), _BLOCK_BYTES), mode="r"),
            arrow_csv.ReadOptions(
                use_threads=False, block_size=_BLOCK_BYTES, column_names=[f"c{place}" for place in range(len(names))]
            ),
            arrow_csv.ParseOptions(newlines_in_values=True, invalid_row_handler=refuse),
            arrow_csv.ConvertOptions(
                include_columns=list(columns), column_types=dict.fromkeys(columns, pa.string()), check_utf8=False
            ),
        )
        for batch in reader:
            yield Rows(batch.rename_columns(list(columns.values())), read + 1, bad)
            read += batch.num_rows
    except pa.ArrowInvalid as error:
        if "Empty CSV" not in str(error):
            refused.append(Reject(uri, read + len(bad) + 2, "not readable as CSV from about here on"))


def _heading(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8", "replace").rstrip("\r")]), [])
    except csv.Error:
        return []


class _Stream(io.RawIOBase):
    """Pieces of bytes as a file. Bytes that are no UTF-8 are replaced: a broken tag must not cost the bill."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = b""

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, into: Any) -> int:
        """As the protocol of files has it: how many bytes were given, 0 at the end."""
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._rest = _utf8(piece)
        length = min(len(into), len(self._rest))
        into[:length] = self._rest[:length]
        self._rest = self._rest[length:]
        return length


def _utf8(piece: bytes) -> bytes:
    try:
        piece.decode()
    except UnicodeDecodeError:
        return piece.decode("utf-8", "replace").encode()
    return piece


def _of_parquet(stream: BinaryIO, uri: str, refused: list[Reject]) -> Iterator[Rows]:
    read = 0
    try:
        file = pq.ParquetFile(stream)
        names = file.schema_arrow.names
        if not is_export(names):
            refused.append(Reject(uri, 0, "the table has not the columns of a bill"))
            return
        columns = {names[place]: name for name, place in positions(names).items()}
        for batch in file.iter_batches(batch_size=_ROWS, columns=list(columns)):
            arrays = [_as_text(batch.column(name)) for name in columns]
            yield Rows(pa.RecordBatch.from_arrays(arrays, names=list(columns.values())), read + 1)
            read += batch.num_rows
    except (pa.ArrowException, OSError):
        refused.append(Reject(uri, read and read + 1, "not readable as Parquet, or cut off"))


def _as_text(array: pa.Array) -> pa.Array:
    try:
        return array.cast(pa.string())
    except pa.ArrowException:
        return pa.array([_cell(value, array.type) for value in array.to_pylist()], pa.string())


def _cell(value: Any, kind: pa.DataType) -> str | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return value.decode("utf-8", "replace")
    return json.dumps(dict(value) if pa.types.is_map(kind) else value, default=str)
