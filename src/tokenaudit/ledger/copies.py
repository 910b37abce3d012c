"""Copies of one event: several whole rows under one usage_id, of which one stands in `usage`.

The row with the smallest object_uri stands (then the smallest content, should one object tell an event twice and
differently); the others lie in the internal table `parts`, as part `copy`, so that they can come back when it goes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit import schema
from tokenaudit.ledger.data import columns, concat, mask, plain, read, where_in, where_not_in
from tokenaudit.ledger.fold import copy_order
from tokenaudit.ledger.keys import NONE, among, distinct, keys_of, repeated
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

    from tokenaudit.ledger.change import Change, Lying, UsageFile
    from tokenaudit.ledger.keys import Keys
    from tokenaudit.ledger.staged import Staged

Row = dict[str, Any]
Cells = tuple[Any, ...]
COPY = "copy"
_ID, _URI = USAGE_NAMES.index("usage_id"), USAGE_NAMES.index("object_uri")


@dataclass(frozen=True)
class Told:
    """Rows, and the keys of their ids."""

    rows: pa.Table
    keys: Keys


def part_aside(rows: pa.Table, before: Told | None = None) -> tuple[Told, Told]:
    """Rows as they were read, split: those that stand, one per usage_id, and those that are only copies, as parts.

    `before` are rows that were read earlier, of objects with smaller addresses or the beginning of the same one; copies
    of them go aside too. This is where nearly all copies are found, while their rows are in memory; whoever settles the
    ledger finds the others.
    """
    keys = keys_of(rows.column("usage_id"))
    suspects = repeated(keys if before is None else np.concatenate((before.keys, keys)))
    suspected = among(keys, suspects)
    if not suspected.any():
        return Told(rows, keys), Told(schema.parts().empty_table(), NONE)
    told = {} if before is None else {row[_ID]: row for row in _by_column(before.rows, among(before.keys, suspects))}
    losers = _losers(np.flatnonzero(suspected).tolist(), _by_column(rows, suspected), told)
    stays = np.ones(rows.num_rows, bool)
    stays[losers] = False
    aside = as_parts(rows.take(pa.array(losers, pa.int64())))
    return Told(rows.filter(mask(stays)), keys[stays]), Told(aside, keys[losers])


def latest(before: Told, after: Told, rows: int) -> Told:
    """The last so many rows of both."""
    wanted = max(rows - len(after.keys), 0)
    at = max(len(before.keys) - wanted, 0)
    both = pa.concat_tables([before.rows.slice(at), after.rows])
    return Told(both, np.concatenate((before.keys[at:], after.keys)))


def _by_column(rows: pa.Table, wanted: NDArray[np.bool_]) -> list[Cells]:
    """Some rows as tuples in the order of the usage columns: quicker by far than as mappings."""
    some = rows.filter(mask(wanted)).cast(schema.usage())  # `take` would join all chunks first
    return list(zip(*(column.to_pylist() for column in some.columns), strict=True))


def _losers(places: list[int], rows: list[Cells], told: dict[str, Cells]) -> list[int]:
    """The places of all rows but the best of each event; of an event that was told before, of all its rows.

    Where one object tells an event twice and differently, neither goes aside here: that depends on no row's place.
    """
    by_id: dict[str, list[tuple[Cells, int]]] = defaultdict(list)
    for place, row in zip(places, rows, strict=True):
        before = told.get(row[_ID])
        if before is not None and before[_URI] == row[_URI] and before != row and _order(before) != _order(row):
            continue
        by_id[row[_ID]].append((row, place))
    losers: list[int] = []
    for usage_id, same in by_id.items():
        rows = [row for row, _ in same]
        alike = all(row == rows[0] for row in rows) or len({row[_URI] for row in rows}) == len(rows)
        best_first = sorted(same, key=lambda each: each[0][_URI] if alike else _order(each[0]))
        losers += [place for _, place in best_first[0 if usage_id in told else 1 :]]
    return sorted(losers)


def _order(row: Cells) -> tuple[str, str]:
    whole = dict(zip(USAGE_NAMES, row, strict=True))
    return copy_order({**whole, "tags": dict(whole["tags"])})


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
    change: Change, lying: Lying, new: Sequence[UsageFile], old: Sequence[UsageFile], arrived: Sequence[Staged]
) -> pa.Table:
    """Decides, for every event with several copies, which one stands; adds to `change`, returns what goes to `parts`.

    `arrived` are files of copies that the readers put aside, of events that stand in the reader's own files; `old` are
    the table's files of the days concerned.
    """
    contested = _contested(new, old, arrived, lying.void)
    if not len(contested):
        return schema.parts().empty_table()
    concerned = [file for file in (*new, *old) if among(file.keys, contested).any()]
    copies = concat((_copies(file, contested) for file in arrived), schema.parts())
    told = [(file, *_told(file, contested)) for file in concerned]
    ids = pa.chunked_array(
        [chunk for _, events, _ in told for chunk in events.chunks] + copies.column("call_id").chunks, pa.string()
    ).unique()
    aside = where_in(lying.of(ids), "part", pa.array([COPY]))
    waiting = concat([where_not_in(aside, "object_uri", lying.void), copies], schema.parts())
    standing = _standing(told, set(lying.void.to_pylist()))
    first: dict[str, list[str]] = defaultdict(list)
    for usage_id, uri in zip(*(waiting.column(name).to_pylist() for name in ("call_id", "object_uri")), strict=True):
        first[usage_id].append(uri)
    disputed = {
        usage_id for usage_id, uris in first.items() if usage_id not in standing or min(uris) < standing[usage_id][0][0]
    }
    disputed |= {usage_id for usage_id, found in standing.items() if len(found) > 1}
    if not disputed:
        return schema.parts().empty_table()
    stays = {usage_id: _stays(standing.get(usage_id, []), first[usage_id]) for usage_id in disputed}
    places = {
        file.path: file for usage_id in disputed for uri, file in standing.get(usage_id, ()) if uri != stays[usage_id]
    }
    ids = pa.array(sorted(disputed), pa.string())
    here = [(file, where_in(file.rows(), "usage_id", ids).cast(schema.usage())) for file in places.values()]
    rows = concat(
        (found if file.entry is None else where_not_in(found, "object_uri", lying.void) for file, found in here),
        schema.usage(),
    )
    return table_of_parts(_decide(change, list(plain(rows)), plain(where_in(waiting, "call_id", ids)), stays))


def _stays(standing: list[tuple[str, UsageFile]], waiting: list[str]) -> str | None:
    """The object whose row stands and stays, where that can be told without the rows: each copy is another object's."""
    uris = [*(uri for uri, _ in standing), *waiting]
    best = min(uris)
    return best if len(set(uris)) == len(uris) and best not in waiting else None


def _decide(
    change: Change, standing: list[Row], waiting: Iterable[Row], stays_already: dict[str, str | None]
) -> Iterator[Row]:
    """The best copy of each event stands. Rows that leave `usage` for it are yielded."""
    by_id: dict[str, tuple[list[Row], list[Row]]] = defaultdict(lambda: ([], []))
    for row in standing:
        by_id[row["usage_id"]][0].append(row)
    for row in waiting:
        by_id[row["usage_id"]][1].append(row)
    for usage_id, (here, aside) in by_id.items():
        best_uri = stays_already[usage_id]
        if best_uri is not None:
            losers = [row for row in here if row["object_uri"] != best_uri]
            change.out_pairs.update((usage_id, row["object_uri"]) for row in losers)
            yield from losers
            continue
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
    told: Iterable[tuple[UsageFile, pa.ChunkedArray, pa.ChunkedArray]], void: set[str]
) -> dict[str, list[tuple[str, UsageFile]]]:
    """Where rows of these events stand: the object and the file of each."""
    standing: dict[str, list[tuple[str, UsageFile]]] = defaultdict(list)
    for file, ids, uris in told:
        for usage_id, uri in zip(ids.to_pylist(), uris.to_pylist(), strict=True):
            if file.entry is None or uri not in void:
                standing[usage_id].append((uri, file))
    return standing


def _contested(new: Sequence[UsageFile], old: Sequence[UsageFile], arrived: Sequence[Staged], void: pa.Array) -> Keys:
    """The keys of events about which there is something to decide, sorted.

    That is those that stand more than once, those that lose their row because its object is void, and copies of what
    stands nowhere. A copy that was put aside is settled where its event stands once: that is the row it lost against,
    or one that came before even that.
    """
    standing = np.concatenate([NONE, *(file.keys for file in (*new, *old))])
    aside = np.concatenate([NONE, *(file.keys for file in arrived if file.keys is not None)])
    voided = [NONE]
    for file in old if len(void) else ():
        gone = pc.is_in(columns(file.path, "object_uri")[0], void)
        voided.append(file.keys[np.asarray(gone)])
    return distinct(np.concatenate((repeated(standing), aside[~among(aside, np.sort(standing))], *voided)))


def _copies(file: Staged, contested: Keys) -> pa.Table:
    if file.keys is None or not among(file.keys, contested).any():
        return schema.parts().empty_table()
    return read(Path(file.path), file.day, schema.parts()).filter(mask(among(file.keys, contested)))


def _told(file: UsageFile, contested: Keys) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """The contested events that the file has rows of, and the object of each row."""
    wanted = mask(among(file.keys, contested))
    ids, uris = (column.filter(wanted) for column in columns(file.path, "usage_id", "object_uri"))
    return ids, uris


def table_of_parts(rows: Iterable[Row]) -> pa.Table:
    """Plain usage rows, as copies."""
    return as_parts(table(rows))
