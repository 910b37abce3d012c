"""A Cost and Usage Report in Parquet: row group by row group, only the wanted columns of those that hold Bedrock."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.bill_maps import packed
from tokenaudit.providers.aws.cur_columns import AMOUNTS, DIFFERENT, Columns, columns_of
from tokenaudit.providers.aws.cur_lines import CODES, PRODUCTS, Lines, about_bedrock

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

MAGIC = b"PAR1"
_ROWS = 65_536
_UTC = pa.timestamp("us", tz="UTC")
_DAMAGED = "the object is damaged: no whole Parquet file"
_NO_REPORT = "the columns are not those of a cost and usage report"


def lines_of_parquet(uri: str, stream: BinaryIO) -> Iterator[Lines]:
    """The lines about Bedrock, in pieces; counts of all others with them. Never raises for a damaged file."""
    try:
        yield from _row_groups(uri, stream)
    except (pa.ArrowException, OSError):
        yield Lines({}, {}, np.zeros(0, np.int64), [Reject(uri, 0, _DAMAGED)])


def _row_groups(uri: str, stream: BinaryIO) -> Iterator[Lines]:
    schema = pq.read_schema(stream)
    columns = columns_of(tuple(schema.names))
    if columns is None:
        yield Lines({}, {}, np.zeros(0, np.int64), [Reject(uri, 0, _NO_REPORT)])
        return
    wanted = {**columns.at, **columns.tags}
    texts = [
        schema.names[at]
        for name, at in wanted.items()
        if name not in DIFFERENT.union(AMOUNTS) and pa.types.is_string(schema.types[at])
    ]
    stream.seek(0)
    file = pq.ParquetFile(stream, read_dictionary=texts)
    first = 1
    for group in range(file.num_row_groups):
        rows = file.metadata.row_group(group).num_rows
        if any(_may_hold(file, group, columns)):
            yield from _wanted(file, group, columns, first)
        else:
            yield Lines({}, {}, np.zeros(0, np.int64), [], rows)
        first += rows


def _may_hold(file: pq.ParquetFile, group: int, columns: Columns) -> Iterator[bool]:
    """For each batch of a row group, whether it holds a line about Bedrock."""
    names = {name: file.schema_arrow.names[columns.at[name]] for name in (*CODES, *PRODUCTS) if name in columns.at}
    for batch in file.iter_batches(_ROWS, [group], list(names.values())):
        place = {name: number for number, name in enumerate(names)}
        yield bool(_ours(batch, place).any())


def _ours(batch: pa.RecordBatch, place: dict[str, int]) -> NDArray[np.bool_]:
    """Which rows are Bedrock's. Maps of products are looked at only if codes do not tell."""

    def lines(names: tuple[str, ...]) -> Lines:
        found = {name: _array(batch.column(place[name])) for name in names if name in place}
        return Lines(found, {}, np.zeros(batch.num_rows, np.int64))

    return about_bedrock(lines(CODES), lambda: lines(PRODUCTS))


def _wanted(file: pq.ParquetFile, group: int, columns: Columns, first: int) -> Iterator[Lines]:
    names = file.schema_arrow.names
    wanted = sorted({*columns.at.values(), *columns.tags.values()})
    for batch in file.iter_batches(_ROWS, [group], [names[at] for at in wanted]):
        place = {at: number for number, at in enumerate(wanted)}
        numbers = np.arange(first, first + batch.num_rows)
        first += batch.num_rows
        ours = _ours(batch, {name: place[at] for name, at in columns.at.items()})
        kept = batch if ours.all() else batch.filter(pa.array(ours))
        yield Lines(
            {name: _array(kept.column(place[at])) for name, at in columns.at.items()},
            {name: _array(kept.column(place[at])) for name, at in columns.tags.items()},
            numbers[ours],
            [],
            int((~ours).sum()),
        )


def _array(column: pa.Array) -> pa.Array:
    """A column as the CSV has it: texts, whatever kind the writer gave it."""
    kind = column.type
    if pa.types.is_map(kind):
        return packed(column)
    if pa.types.is_nested(kind):
        return pa.array([None if each is None else json.dumps(each, default=str) for each in column.to_pylist()])
    if pa.types.is_timestamp(kind):
        moments = column.dictionary_encode()
        shown = pc.strftime(moments.dictionary.cast(_UTC), format="%Y-%m-%dT%H:%M:%SZ")
        return pa.DictionaryArray.from_arrays(moments.indices, shown)
    return column if pa.types.is_dictionary(kind) else column.cast(pa.string())
