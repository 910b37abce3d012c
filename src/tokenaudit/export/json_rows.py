"""Rows as JSON: one object a row, every column present, in lines or in one list; streamed, and nothing is lost.

Amounts of money are numbers with all their digits; whoever reads them as doubles keeps 15 of these.
"""

from __future__ import annotations

import json
from itertools import chain
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.export.cell_texts import json_texts
from tokenaudit.export.csv_rows import content

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence


def lines(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[bytes]:
    """JSON lines."""
    for batch in batches:
        yield content(_objects(batch, columns, "", "\n"))


def array(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[bytes]:
    """One list of objects."""
    pieces = (content(_objects(batch, columns, ",\n", "")) for batch in batches if len(batch))
    first = next(pieces, b",\n")
    yield b"[\n"
    yield from chain((first.removeprefix(b",\n"),), pieces)
    yield b"\n]\n"


def _objects(batch: pa.RecordBatch, columns: Sequence[str], before: str, after: str) -> pa.Array:
    parts: list[pa.Array | str] = []
    for number, (name, column) in enumerate(zip(columns, batch.columns, strict=True)):
        parts += [(", " if number else before + "{") + json.dumps(name) + ": ", json_texts(column)]
    return pc.binary_join_element_wise(*parts, "}" + after, "")
