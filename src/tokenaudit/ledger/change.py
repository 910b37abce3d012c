"""What settling does to the `usage` table, gathered before any file is touched."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit import schema
from tokenaudit.ledger.data import columns, concat, mask, read, where_in
from tokenaudit.ledger.keys import among, keys_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tokenaudit.ledger.keys import Keys
    from tokenaudit.ledger.staged import Staged
    from tokenaudit.ledger.store import DataFile, Table

Row = dict[str, Any]
_UNIQUE = ("usage_id", "request_id")
_ENCODED = pa.schema(
    pa.field(each.name, pa.dictionary(pa.int32(), pa.string()), each.nullable)
    if each.type == pa.string() and each.name not in _UNIQUE
    else each
    for each in schema.usage()
)


@dataclass(frozen=True, eq=False)
class UsageFile:
    """A file of usage rows, with the keys of their ids: `staged` is new, `entry` belongs to the table already."""

    path: Path
    day: str | None
    keys: Keys
    staged: Staged | None = None
    entry: DataFile | None = None

    def rows(self) -> pa.Table:
        """All its rows, texts that repeat dictionary-encoded: that is how they are quick to write again."""
        return read(self.path, self.day, _ENCODED)


@dataclass
class Change:
    """Rows to take out, by usage_id or by usage_id and object, and rows to put in."""

    out_ids: set[str] = field(default_factory=set)
    out_pairs: set[tuple[str, str]] = field(default_factory=set)
    insert: list[Row] = field(default_factory=list)

    def leaving(self, file: UsageFile, void: pa.Array) -> tuple[pa.Array, pa.Array] | None:
        """Which rows of a file leave, and which of them because their object is void; None where all stay."""
        named = self.out_ids.union(usage_id for usage_id, _ in self.out_pairs)
        wanted = np.sort(keys_of(pa.chunked_array([sorted(named)], pa.string())))
        places = np.flatnonzero(among(file.keys, wanted))
        voided = pa.chunked_array([pa.repeat(pa.scalar(False), len(file.keys))])  # pyarrow's form  # noqa: FBT003
        if file.entry is not None and len(void):
            voided = pc.is_in(columns(file.path, "object_uri")[0], void)
        if not len(places):
            return (voided, voided) if pc.any(voided).as_py() else None
        ids, uris = (
            column.take(pa.array(places.tolist(), pa.int64())).to_pylist()
            for column in columns(file.path, "usage_id", "object_uri")
        )
        out = np.zeros(len(file.keys), bool)
        out[places] = [
            usage_id in self.out_ids or (usage_id, uri) in self.out_pairs
            for usage_id, uri in zip(ids, uris, strict=True)
        ]
        leaving = pc.or_(voided, pa.chunked_array([mask(out)]))
        return (leaving, voided) if pc.any(leaving).as_py() else None


class Lying:
    """The internal table `parts`, as it is before this commit."""

    def __init__(self, parts: Table, void: pa.Array) -> None:
        self.files = parts.files()
        self._folder = parts.folder
        self.void = void

    def of(self, calls: pa.Array | pa.ChunkedArray) -> pa.Table:
        """All parts of these calls, wherever they lie, void ones too."""
        found = []
        for file in self.files:
            path = self._folder / file.path
            if pc.any(pc.is_in(columns(path, "call_id")[0], calls)).as_py():
                found.append(where_in(read(path, file.day, schema.parts()), "call_id", calls))
        return concat(found, schema.parts())

    def void_parts(self) -> Iterable[tuple[DataFile, pa.Table]]:
        """Files that hold parts of void objects, with all their rows."""
        for file in self.files if len(self.void) else ():
            path = self._folder / file.path
            if pc.any(pc.is_in(columns(path, "object_uri")[0], self.void)).as_py():
                yield file, read(path, file.day, schema.parts())
