"""Copies of one event: several whole rows under one usage_id, of which one stands in `usage`.

The row with the smallest object_uri stands (then the smallest content, should one object tell an event twice and
differently); the others lie in the internal table `parts`, as part `copy`, so that they can come back when it goes.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit import schema
from tokenaudit.ledger.data import columns, concat, plain, where_in, where_not_in
from tokenaudit.ledger.fold import copy_order
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.ledger.change import Change, Lying, UsageFile

Row = dict[str, Any]
COPY = "copy"


def part_aside(rows: pa.Table, before: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows as they were read, split: those that stand, one per usage_id, and those that are only copies, as parts.

    `before` are rows that were read earlier, of objects with smaller addresses or the beginning of the same one; copies
    of them go aside too. This is where nearly all copies are found, while their rows are in memory; whoever settles the
    ledger verifies it.
    """
    ids = rows.column("usage_id")
    late = pc.is_in(ids, before.column("usage_id"))
    suspects = late
    if len(ids.unique()) < len(ids):
        counted = ids.value_counts()
        twice = counted.field("values").filter(pc.greater(counted.field("counts"), 1))
        suspects = pc.or_(late, pc.is_in(ids, twice))
    places = pc.indices_nonzero(suspects)
    if not len(places):
        return rows, schema.parts().empty_table()
    told = {row["usage_id"]: row for row in plain(where_in(before, "usage_id", ids.filter(late)))}
    losers = _losers(places.to_pylist(), list(plain(rows.take(places))), told)
    stays = np.ones(rows.num_rows, bool)
    stays[losers] = False
    return rows.filter(pa.array(stays)), as_parts(rows.take(pa.array(losers, pa.int64())))


def _losers(places: list[int], rows: list[Row], told: dict[str, Row]) -> list[int]:
    """The places of all rows but the best of each event; of an event that was told before, of all its rows.

    Where one object tells an event twice and differently, neither goes aside here: that depends on no row's place.
    """
    by_id: dict[str, list[tuple[tuple[str, str], int]]] = defaultdict(list)
    for place, row in zip(places, rows, strict=True):
        earlier = told.get(row["usage_id"])
        if (
            earlier is not None
            and earlier["object_uri"] == row["object_uri"]
            and copy_order(earlier) != copy_order(row)
        ):
            continue
        by_id[row["usage_id"]].append((copy_order(row), place))
    return sorted(
        place for usage_id, same in by_id.items() for _, place in sorted(same)[0 if usage_id in told else 1 :]
    )


def table(rows: Iterable[Row]) -> pa.Table:
    """Plain usage rows as a table."""
    buffer = RowBuffer(schema.usage())
    for row in rows:
        buffer.add({name: row[name] for name in schema.usage().names})
    return pa.Table.from_batches([buffer.take()])


def as_parts(rows: pa.Table) -> pa.Table:
    """Whole rows in the form of `parts`."""
    extra = {
        "call_id": rows.column("usage_id"),
        "part": pa.repeat(pa.scalar(COPY), rows.num_rows),
        "part_rank": pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows),
    }
    for name, values in extra.items():
        rows = rows.append_column(schema.parts().field(name), values)
    return rows.cast(schema.parts())


def settle_copies(
    change: Change, lying: Lying, new: Sequence[UsageFile], old: Sequence[UsageFile], arrived: pa.Table
) -> pa.Table:
    """Decides, for every event with several copies, which one stands; adds to `change`, returns what goes to `parts`.

    `arrived` are copies that the readers put aside; `old` are the table's files of the days concerned.
    """
    files = [*new, *old]
    contested = pa.chunked_array(
        [*_twice(new, old), *_voided(old, lying.void), *arrived.column("call_id").chunks], pa.string()
    ).unique()
    if not len(contested):
        return schema.parts().empty_table()
    aside = where_in(lying.of(contested), "part", pa.array([COPY]))
    waiting = concat([where_not_in(aside, "object_uri", lying.void), arrived], schema.parts())
    standing = _standing(files, contested, set(lying.void.to_pylist()))
    first: dict[str, str] = {}
    for usage_id, uri in zip(*(waiting.column(name).to_pylist() for name in ("call_id", "object_uri")), strict=True):
        first[usage_id] = min(uri, first.get(usage_id, uri))
    disputed = {
        usage_id for usage_id in first if usage_id not in standing or first[usage_id] < standing[usage_id][0][0]
    }
    disputed |= {usage_id for usage_id, found in standing.items() if len(found) > 1}
    if not disputed:
        return schema.parts().empty_table()
    concerned = {file.path: file for usage_id in disputed for _, file in standing.get(usage_id, ())}
    ids = pa.array(sorted(disputed), pa.string())
    here = [(file, where_in(file.rows(), "usage_id", ids).cast(schema.usage())) for file in concerned.values()]
    rows = concat(
        (found if file.entry is None else where_not_in(found, "object_uri", lying.void) for file, found in here),
        schema.usage(),
    )
    return table_of_parts(_decide(change, list(plain(rows)), plain(where_in(waiting, "call_id", ids))))


def _decide(change: Change, standing: list[Row], waiting: Iterable[Row]) -> Iterator[Row]:
    """The best copy of each event stands. Rows that leave `usage` for it are yielded."""
    by_id: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for row in standing:
        by_id[row["usage_id"]][0].append(row)
    for row in waiting:
        by_id[row["usage_id"]][1].append(row)
    for usage_id, (here, aside) in by_id.items():
        best = min((*here, *aside), key=copy_order)
        alone = [row for row in here if row["object_uri"] == best["object_uri"]]
        stays = alone == [best]
        if not stays:
            change.insert.append(best)
        for row in here:
            if not (stays and row is best):
                change.out_pairs.add((usage_id, row["object_uri"]))
                yield row


def _standing(
    files: Iterable[UsageFile], ids: pa.ChunkedArray, void: set[str]
) -> dict[str, list[tuple[str, UsageFile]]]:
    """Where rows of these events stand: the object and the file of each."""
    found: dict[str, list[tuple[str, UsageFile]]] = defaultdict(list)
    for file in files:
        here = columns(file.path, "usage_id")[0]
        hit = pc.is_in(here, ids)
        if not pc.any(hit).as_py():
            continue
        uris = columns(file.path, "object_uri")[0].filter(hit)
        for usage_id, uri in zip(here.filter(hit).to_pylist(), uris.to_pylist(), strict=True):
            if file.entry is None or uri not in void:
                found[usage_id].append((uri, file))
    return found


def _twice(new: Sequence[UsageFile], old: Sequence[UsageFile]) -> Iterator[pa.Array]:
    """Ids that occur twice among the new rows, or among the new ones and the old."""
    ids = pa.chunked_array([chunk for file in new for chunk in columns(file.path, "usage_id")[0].chunks], pa.string())
    if not len(ids):
        return
    if len(new) > 1 and len(ids.unique()) < len(ids):
        counted = ids.value_counts()
        yield counted.field("values").filter(pc.greater(counted.field("counts"), 1))
    if old:
        known = pa.chunked_array(
            [chunk for file in old for chunk in columns(file.path, "usage_id")[0].chunks], pa.string()
        )
        yield from known.filter(pc.is_in(known, ids)).chunks


def _voided(old: Sequence[UsageFile], void: pa.Array) -> Iterator[pa.Array]:
    """Ids that lose their row because its object is void: a copy may take its place."""
    for file in old if len(void) else ():
        ids, uris = columns(file.path, "usage_id", "object_uri")
        yield from ids.filter(pc.is_in(uris, void)).chunks


def table_of_parts(rows: Iterable[Row]) -> pa.Table:
    """Plain usage rows, as copies."""
    return as_parts(table(rows))
