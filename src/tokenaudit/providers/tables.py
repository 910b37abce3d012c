"""For sources whose objects bring rows of several tables at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit import schema
from tokenaudit.model.ports import Normalised
from tokenaudit.model.reject import Reject
from tokenaudit.providers.rows import Foreign
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokenaudit.model.ports import Blob, TableName
    from tokenaudit.providers.rows import Row


Item = tuple["TableName", "Row"] | Reject | Foreign


def normalise_tables(
    blobs: Iterable[Blob], items_of: Callable[[Blob], Iterator[Item]], tables: tuple[TableName, ...]
) -> Iterator[Normalised]:
    """One batch for each object and table, in the order of `tables`; the first, even if empty, carries the counts.

    Every row of every table and every reject counts as one record. For objects that memory holds whole.
    """
    for blob in blobs:
        buffers = {table: RowBuffer(schema.of(table)) for table in tables}
        rejects: list[Reject] = []
        records = foreign = 0
        for item in items_of(blob):
            if isinstance(item, Foreign):
                foreign += 1
                continue
            records += 1
            if isinstance(item, Reject):
                rejects.append(item)
            else:
                table, row = item
                buffers[table].add(row)
        first, *others = tables
        yield Normalised(buffers[first].take(), tuple(rejects), {blob.uri: records}, first, {blob.uri: foreign})
        for table in others:
            if len(buffers[table]):
                yield Normalised(buffers[table].take(), (), {}, table)
