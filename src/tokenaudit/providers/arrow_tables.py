"""Objects that are tables, CSV or Parquet -> Arrow tables of strings, in bounded memory.

Everything comes as a string, whatever the file says of types: exports of one and the same bill differ in them, and a
decimal must not pass through a float. A timestamp becomes ISO 8601 in UTC, a nested value its JSON. An empty cell of a
CSV is null.
"""

from __future__ import annotations

import csv
import io
import json
from itertools import count, islice
from typing import TYPE_CHECKING, Any, cast

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from tokenaudit.providers.tabular import PARQUET

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from tokenaudit.model.ports import Blob

LINE = "#line"
"""The last column of every table, int64: which record of the object a row is. The header of a CSV is record 1."""

_BLOCK_BYTES = 4 * 1024 * 1024
_PARQUET_ROWS = 16 * 1024
_BOM = b"\xef\xbb\xbf"
_DAMAGE = (pa.ArrowException, OSError)


def batches(
    blob: Blob,
    columns: Sequence[str] | None = None,
    broken: Callable[[int, str], None] | None = None,
    wanted: Callable[[pa.Table], Any] | None = None,
) -> Iterator[pa.Table]:
    """Tables of string columns in the order of the rows, then `LINE`.

    `columns` are found by name, whatever their case, and named as asked for; one that the file lacks is all null. None
    takes every column, named as the file does. `wanted` is given each table with null for every nested value, and
    answers with a boolean mask of the rows to keep: nested values cost, and so do rows that nobody wants. `broken` is
    told of rows that are none (line and reason; line 0 where the rest of the object is lost). Never raises for bad
    content.
    """
    tell = broken or _nobody
    try:
        if blob.raw is not None:
            with blob.raw() as stream:
                if stream.read(len(PARQUET)) == PARQUET:
                    stream.seek(0)
                    yield from _of_parquet(stream, columns, wanted)
                    return
        slices = iter(blob.slices)
        first = next((piece for piece in slices if piece), b"")
        if first.startswith(PARQUET):
            yield from _of_parquet(pa.BufferReader(b"".join((first, *slices))), columns, wanted)
            return
        yield from _of_csv(_chain(first, slices), columns, tell, wanted)
    except _DAMAGE:
        tell(0, "the table is damaged: it cannot be read from some point on")


def _nobody(line: int, reason: str) -> None:
    """Hears nothing."""


def _chain(first: bytes, rest: Iterator[bytes]) -> Iterator[bytes]:
    yield first
    yield from rest


# --- CSV ------------------------------------------------------------------------------------------------------------


class _Pieces(io.RawIOBase):
    """Pieces of whole lines as a file. Bytes that are no UTF-8 are replaced: one odd name must not cost a month."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._rest = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            try:
                piece.decode()
            except UnicodeDecodeError:
                piece = piece.decode("utf-8", "replace").encode()
            self._rest = memoryview(piece)
        size = min(len(buffer), len(self._rest))
        buffer[:size] = self._rest[:size]
        self._rest = self._rest[size:]
        return size


def _of_csv(
    pieces: Iterator[bytes],
    columns: Sequence[str] | None,
    tell: Callable[[int, str], None],
    wanted: Callable[[pa.Table], Any] | None,
) -> Iterator[pa.Table]:
    stream = io.BufferedReader(_Pieces(pieces), _BLOCK_BYTES)
    header = stream.readline().removeprefix(_BOM).decode("utf-8", "replace")
    names = next(csv.reader([header.rstrip("\r\n")]), [])
    if not names or not stream.peek(1):
        return
    places, called = _places(names, columns)
    bad: list[int] = []

    def no_row(row: Any) -> str:
        bad.append(row.number)
        tell(row.number + 1, f"a line of {row.actual_columns} cells in a table of {row.expected_columns} columns")
        return "skip"

    # NOTE: columns are asked for by their place, since a header may hold one name twice.
    found = [str(place) for place in places if place is not None]
    reader = pacsv.open_csv(
        stream,
        read_options=pacsv.ReadOptions(
            use_threads=False,  # else pyarrow does not know which row it refuses
            column_names=[str(place) for place in range(len(names))],
            block_size=_BLOCK_BYTES,
        ),
        parse_options=pacsv.ParseOptions(newlines_in_values=True, invalid_row_handler=no_row),
        convert_options=pacsv.ConvertOptions(
            include_columns=found or ["0"],
            column_types={name: pa.string() for name in found or ["0"]},
            strings_can_be_null=True,
            null_values=[""],
            check_utf8=False,
        ),
    )
    line = 1
    for batch in reader:
        lines = _lines_after(line, batch.num_rows, bad)
        line = lines[-1] if lines else line
        arrays = dict(zip(found, batch.columns, strict=False))
        yield _kept(_table(places, called, arrays, lines), wanted)


def _lines_after(line: int, rows: int, bad: Sequence[int]) -> Sequence[int]:
    """The lines of the next rows; rows that were refused stand between them. Row n is on line n + 1."""
    refused = {row + 1 for row in bad if row >= line}
    if not refused:
        return range(line + 1, line + 1 + rows)
    after = (number for number in count(line + 1) if number not in refused)
    return list(islice(after, rows))


# --- Parquet --------------------------------------------------------------------------------------------------------


def _of_parquet(
    stream: Any, columns: Sequence[str] | None, wanted: Callable[[pa.Table], Any] | None
) -> Iterator[pa.Table]:
    file = pq.ParquetFile(stream)
    names = file.schema_arrow.names
    places, called = _places(names, columns)
    found = sorted({place for place in places if place is not None})
    number = 0
    for batch in file.iter_batches(_PARQUET_ROWS, columns=[names[place] for place in found]):
        nested = {str(place): batch.column(at) for at, place in enumerate(found) if _is_nested(batch.column(at).type)}
        plain = {
            str(place): _as_strings(batch.column(at)) for at, place in enumerate(found) if str(place) not in nested
        }
        lines = list(range(number + 1, number + 1 + batch.num_rows))
        number += batch.num_rows
        table = _table(places, called, plain, lines)
        keep = None if wanted is None else wanted(table)
        if keep is not None:
            table = table.filter(keep)
        for at, place in enumerate(places):
            column = nested.get(str(place))
            if column is not None:
                values = column if keep is None else column.filter(keep)
                table = table.set_column(at, called[at], _as_json(values))
        yield table


def _is_nested(kind: pa.DataType) -> bool:
    return bool(pa.types.is_nested(kind)) and not pa.types.is_dictionary(kind)


def _as_strings(values: pa.Array) -> pa.Array:
    kind = values.type
    if pa.types.is_dictionary(kind):
        return _as_strings(values.dictionary_decode())
    if pa.types.is_timestamp(kind):
        # NOTE: without a zone first: Arrow then needs no database of time zones, and the values are UTC already.
        return pc.strftime(values.cast(pa.timestamp("us"), safe=False), format="%Y-%m-%dT%H:%M:%SZ")
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind) or not _is_utf8(values):
        raw = values.cast(pa.large_binary()).to_pylist()
        return pa.array([None if value is None else value.decode("utf-8", "replace") for value in raw], pa.string())
    return pc.cast(values, pa.string())


def _is_utf8(values: pa.Array) -> bool:
    """Whether texts are what they should be; a writer of Parquet need not have looked."""
    if pa.types.is_string(values.type) or pa.types.is_large_string(values.type):
        try:
            values.validate(full=True)
        except pa.ArrowInvalid:
            return False
    return True


def _as_json(values: pa.Array) -> pa.Array:
    plain = values.to_pylist(maps_as_pydicts="lossy")
    return pa.array(
        [None if value is None else json.dumps(value, ensure_ascii=False, default=str) for value in plain], pa.string()
    )


# --- both -----------------------------------------------------------------------------------------------------------


def _places(names: Sequence[str], columns: Sequence[str] | None) -> tuple[list[int | None], list[str]]:
    """Where in the file the columns stand, of equal names the first, and what they are to be called."""
    first: dict[str, int] = {}
    for place, name in enumerate(names):
        first.setdefault(name.strip().lower(), place)
    if columns is None:
        return cast("list[int | None]", sorted(first.values())), [
            names[place].strip() for place in sorted(first.values())
        ]
    return [first.get(name.lower()) for name in columns], list(columns)


def _table(
    places: Sequence[int | None], called: Sequence[str], arrays: dict[str, pa.Array], lines: Sequence[int]
) -> pa.Table:
    nothing = pa.nulls(len(lines), pa.string())
    columns = [arrays.get(str(place), nothing) for place in places]
    return pa.table([*columns, pa.array(lines, pa.int64())], names=[*called, LINE])


def _kept(table: pa.Table, wanted: Callable[[pa.Table], Any] | None) -> pa.Table:
    return table if wanted is None else table.filter(wanted(table))
