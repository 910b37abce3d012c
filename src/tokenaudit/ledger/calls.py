"""Calls whose facts come from several logs: whenever a part comes or goes, their rows are folded anew."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.ledger.copies import COPY
from tokenaudit.ledger.data import plain, where_not_in
from tokenaudit.ledger.fold import fold

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.ledger.change import Change, Lying


def settle_calls(change: Change, lying: Lying, arrived: pa.Table) -> tuple[set[str], Counter[str]]:
    """Folds the calls that `arrived` parts or void ones belong to, and adds to `change` what leaves and what comes.

    Returns the days of the rows that leave, and by source how many parts said again what another part had said.
    """
    touched = [*arrived.column("call_id").chunks]
    for _, rows in lying.void_parts():
        gone = pc.and_(pc.is_in(rows.column("object_uri"), lying.void), pc.not_equal(rows.column("part"), COPY))
        touched += rows.filter(gone).column("call_id").chunks
    calls = pa.chunked_array(touched, pa.string()).unique()
    if not len(calls):
        return set(), Counter()
    before = lying.of(calls)
    before = before.filter(pc.not_equal(before.column("part"), COPY))
    kept = where_not_in(before, "object_uri", lying.void)
    days = set()
    for row in fold(plain(before)):  # exactly the rows that these parts had made
        change.out_ids.add(row["usage_id"])
        days.add(row["day"].isoformat())
    change.insert.extend(fold(plain(pa.concat_tables([kept, arrived]))))
    return days, _repeated(kept, arrived)


def _repeated(kept: pa.Table, arrived: pa.Table) -> Counter[str]:
    seen = set(_keys(kept))
    repeated: Counter[str] = Counter()
    for key in _keys(arrived):
        repeated[key[0]] += key in seen
        seen.add(key)
    return repeated


def _keys(rows: pa.Table) -> Iterator[tuple[str, str, str]]:
    names = ("source", "part", "usage_id")
    yield from zip(*(rows.column(name).to_pylist() for name in names), strict=True)
