"""Rows as csv or tsv: the columns under their own names, one line a row, streamed."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.export.cell_texts import csv_texts
from tokenaudit.model import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def lines(batches: Iterable[pa.RecordBatch], columns: Sequence[str], separator: str = ",") -> Iterator[bytes]:
    """The header, then the lines of each batch, in UTF-8."""
    yield csv_text.line([csv_text.cell(name) for name in columns], separator).encode()
    for batch in batches:
        cells = [csv_texts(column, separator) for column in batch.columns]
        cells[-1] = pc.binary_join_element_wise(cells[-1], "\n", "")
        yield content(pc.binary_join_element_wise(*cells, separator))


def content(texts: pa.Array) -> bytes:
    """All texts of an array without nulls, one behind the other."""
    if not len(texts):
        return b""
    _, offsets, data = texts.buffers()
    ends = memoryview(offsets).cast("i")
    return bytes(data[ends[texts.offset] : ends[texts.offset + len(texts)]])
