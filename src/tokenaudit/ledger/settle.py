"""Who stands in the ledger when several records describe one event: copies, and parts of one call.

Whole rows that nobody contests go straight into `usage`. As soon as an event has a second copy, all of its copies lie in the
internal table `parts`, like the parts of a call whose facts come from several logs; its row in `usage` is then the fold of
what lies there (`fold.py`). So a row's content never depends on the order or the grouping in which objects were read, and
when an object changes, what it had displaced comes back.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tokenaudit import schema
from tokenaudit.ledger.fold import fold
from tokenaudit.ledger.spool import Staged, stage
from tokenaudit.ledger.store import DataFile, Table
from tokenaudit.schema import RowBuffer

COPY = "copy"
_FOLD_ROWS = 16_384


@dataclass
class Settlement:
    """What one commit has to do to the tables, and what came of the batch, by source."""

    add: list[Staged] = field(default_factory=list)
    remove_usage: list[DataFile] = field(default_factory=list)
    remove_parts: list[DataFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    """Ledger rows gained."""
    duplicates: Counter[str] = field(default_factory=Counter)
    """Records that said again what another record had said."""


@dataclass(frozen=True)
class _Dispute:
    """What is being settled: the objects whose old rows are void, the events with several copies, and the parts of the
    calls concerned: `lying` from before (void ones included), `arrived` with this batch."""

    void: pa.Array
    contested: pa.Array
    lying: pa.Table
    arrived: pa.Table


def settle(
    usage: Table, parts: Table, staging: Path, staged: Sequence[Staged], replaced: Iterable[str]
) -> Settlement:
    """Works out one commit: `staged` files are new, rows of `replaced` objects are void.

    Reads only the days that the batch touches, and all of them where an object is replaced.
    """
    result = Settlement()
    new_usage = [file for file in staged if file.table == "usage"]
    new_parts = [file for file in staged if file.table == "parts"]
    void = pa.array(sorted(set(replaced)), pa.string())
    days = None if len(void) else _days(new_usage, new_parts)
    old_usage = usage.files(days)
    contested = _contested(new_usage, [usage.folder / file.path for file in old_usage])
    if not new_parts and not len(void) and not len(contested):
        result.add = new_usage
        for file in new_usage:
            result.rows[file.source] += file.rows
        return result
    old_parts = parts.files(days)
    arrived = _concat([_read(Path(file.path), file.day, schema.parts()) for file in new_parts], schema.parts())
    lying = _lying(parts.folder, old_parts, arrived, contested, void)
    dispute = _Dispute(void, contested, lying, arrived)
    copies = _displace(dispute, result, staging, new_usage, [(usage.folder, file) for file in old_usage])
    pool = _concat([lying.filter(_not_in(lying, "object_uri", void)), arrived, copies], schema.parts())
    for batch in _folded(pool):
        rows = pa.Table.from_batches([batch])
        result.rows.update(_by_source(rows))
        result.add.extend(stage(rows, staging, "usage"))
    result.add.extend(new_parts)
    result.add.extend(stage(copies, staging, "parts"))
    for file in old_parts if len(void) else ():
        rows = _read(parts.folder / file.path, file.day, schema.parts())
        kept = rows.filter(_not_in(rows, "object_uri", void))
        if kept.num_rows < rows.num_rows:
            result.remove_parts.append(file)
            result.add.extend(stage(kept, staging, "parts"))
    _count_duplicates(result, dispute, new_usage)
    return result


def _days(new_usage: list[Staged], new_parts: list[Staged]) -> set[str]:
    """Copies of a row lie on its day, parts of a call within a day of one another."""
    days = {str(file.day) for file in new_usage}
    for file in new_parts:
        at = date.fromisoformat(str(file.day))
        days.update((at + timedelta(days=offset)).isoformat() for offset in (-1, 0, 1))
    return days


def _contested(new: list[Staged], old: list[Path]) -> pa.Array:
    """Ids that occur twice among the new rows, or among the new ones and the old."""
    ids = pa.chunked_array([chunk for file in new for chunk in _ids(Path(file.path)).chunks], pa.string())
    found = [pa.array([], pa.string())]
    if not len(ids):
        return found[0]
    if len(ids.unique()) < len(ids):
        counted = ids.value_counts()
        found.append(counted.field("values").filter(pc.greater(counted.field("counts"), 1)))
    for path in old:
        known = _ids(path)
        found += known.filter(pc.is_in(known, ids)).chunks
    return pa.chunked_array(found).unique()


def _lying(folder: Path, files: list[DataFile], arrived: pa.Table, contested: pa.Array, void: pa.Array) -> pa.Table:
    """The parts, from before, of every call that this batch concerns."""
    tables = [_read(folder / file.path, file.day, schema.parts()) for file in files]
    calls = [*arrived.column("call_id").chunks, contested]
    for rows in tables:
        calls += rows.filter(pc.is_in(rows.column("object_uri"), void)).column("call_id").chunks
    wanted = pa.chunked_array(calls, pa.string()).unique()
    return _concat([rows.filter(pc.is_in(rows.column("call_id"), wanted)) for rows in tables], schema.parts())


def _displace(
    dispute: _Dispute, result: Settlement, staging: Path, new: list[Staged], old: list[tuple[Path, DataFile]]
) -> pa.Table:
    """Takes every disputed row out of its file; returns those that stand for themselves, as copies.

    A row that was folded from parts is not one of them: it is made anew from the parts.
    """
    parts = [dispute.lying, dispute.arrived]
    derived = dispute.lying.column("call_id").unique()
    disputed = pa.chunked_array(
        [dispute.contested, *(chunk for rows in parts for name in ("call_id", "usage_id") for chunk in rows.column(name).chunks)],
        pa.string(),
    ).unique()
    copies = []
    for file in new:
        rows = _read(Path(file.path), file.day, schema.usage())
        out = pc.is_in(rows.column("usage_id"), disputed)
        if not pc.any(out).as_py():
            result.add.append(file)
            result.rows[file.source] += file.rows
            continue
        copies.append(rows.filter(out))
        kept = rows.filter(pc.invert(out))
        result.rows[file.source] += kept.num_rows
        result.add.extend(stage(kept, staging, "usage", file.source))
    for folder, entry in old:
        ids, uris = _columns(folder / entry.path, "usage_id", "object_uri")
        voided = pc.is_in(uris, dispute.void)
        out = pc.or_(voided, pc.is_in(ids, disputed))
        if not pc.any(out).as_py():
            continue
        rows = _read(folder / entry.path, entry.day, schema.usage())
        standing = rows.filter(pc.and_not(out, voided))
        result.rows.subtract(_by_source(standing))
        copies.append(standing.filter(_not_in(standing, "usage_id", derived)))
        result.remove_usage.append(entry)
        result.add.extend(stage(rows.filter(pc.invert(out)), staging, "usage"))
    return _as_copies(_concat(copies, schema.usage()))


def _as_copies(rows: pa.Table) -> pa.Table:
    extra = {
        "call_id": rows.column("usage_id"),
        "part": pa.repeat(pa.scalar(COPY), rows.num_rows),
        "part_rank": pa.repeat(pa.scalar(0, pa.int64()), rows.num_rows),
    }
    for name, values in extra.items():
        rows = rows.append_column(schema.parts().field(name), values)
    return rows.cast(schema.parts())


def _folded(pool: pa.Table) -> Iterator[pa.RecordBatch]:
    buffer = RowBuffer(schema.usage())
    for row in fold({**row, "tags": dict(row["tags"])} for row in pool.to_pylist()):
        buffer.add(row)
        if len(buffer) == _FOLD_ROWS:
            yield buffer.take()
    yield buffer.take()


def _count_duplicates(result: Settlement, dispute: _Dispute, new: list[Staged]) -> None:
    whole = Counter[str]()
    for file in new:
        whole[file.source] += file.rows
    for source, count in whole.items():
        result.duplicates[source] += max(count - result.rows[source], 0)
    seen = set(_part_keys(dispute.lying.filter(_not_in(dispute.lying, "object_uri", dispute.void))))
    for key in _part_keys(dispute.arrived):
        result.duplicates[key[0]] += key in seen
        seen.add(key)


def _part_keys(rows: pa.Table) -> Iterator[tuple[str, str, str]]:
    names = ("source", "part", "usage_id")
    yield from zip(*(rows.column(name).to_pylist() for name in names), strict=True)


def _by_source(rows: pa.Table) -> dict[str, int]:
    counted = rows.column("source").value_counts()
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}


def _not_in(rows: pa.Table, column: str, values: pa.Array) -> pa.Array:
    return pc.invert(pc.is_in(rows.column(column), values))


def _ids(path: Path) -> pa.ChunkedArray:
    return _columns(path, "usage_id")[0]


def _columns(path: Path, *names: str) -> list[pa.ChunkedArray]:
    return pq.ParquetFile(path).read(columns=list(names)).columns


def _read(path: Path, day: str | None, form: pa.Schema) -> pa.Table:
    """A data file's rows with the partition column back in its place."""
    rows = pq.ParquetFile(path).read()
    at = pa.scalar(date.fromisoformat(str(day)), pa.date32())
    rows = rows.append_column("day", pa.repeat(at, rows.num_rows))
    return rows.select(form.names).cast(form)


def _concat(tables: list[pa.Table], form: pa.Schema) -> pa.Table:
    return pa.concat_tables([form.empty_table(), *tables])
