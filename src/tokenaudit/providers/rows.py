"""For sources off the hot path: a function that yields plain rows becomes a `Source.normalise`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit import schema
from tokenaudit.model.ports import Blob, Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokenaudit.model.ports import TableName

Row = dict[str, Any]
ROWS_PER_BATCH = 8192


class Foreign:
    """A record that is well formed and none of our business."""


def normalise_rows(
    blobs: Iterable[Blob], rows_of: Callable[[Blob], Iterator[Row | Reject | Foreign]], table: TableName = "usage"
) -> Iterator[Normalised]:
    """Batches of at most `ROWS_PER_BATCH` rows, across objects. Every row and every reject counts as one record.

    What is foreign is counted by itself.
    """
    buffer = RowBuffer(schema.of(table))
    rejects: list[Reject] = []
    records: dict[str, int] = {}
    foreign: dict[str, int] = {}
    for blob in blobs:
        records.setdefault(blob.uri, 0)
        for item in rows_of(blob):
            if isinstance(item, Foreign):
                foreign[blob.uri] = foreign.get(blob.uri, 0) + 1
                continue
            records[blob.uri] = records.get(blob.uri, 0) + 1
            if isinstance(item, Reject):
                rejects.append(item)
                continue
            buffer.add(item)
            if len(buffer) >= ROWS_PER_BATCH:
                yield Normalised(buffer.take(), tuple(rejects), records, table, foreign)
                rejects, records, foreign = [], {}, {}
    yield Normalised(buffer.take(), tuple(rejects), records, table, foreign)
