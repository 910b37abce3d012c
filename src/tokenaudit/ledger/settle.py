"""Who stands in the ledger when several records describe one event: copies, and parts of one call.

Whole rows that nobody contests go straight into `usage`; of copies one stands and the others lie in the internal table
`parts` (`copies.py`). Calls whose facts come from several logs have all their parts there, and their rows in `usage`
are the fold of them (`calls.py`, `fold.py`), made anew whenever a part comes or goes. So a row's content never depends
on the order or the grouping in which objects were read, and when an object changes, what it had displaced comes back.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit import schema
from tokenaudit.ledger.calls import settle_calls
from tokenaudit.ledger.change import Change, Lying, UsageFile
from tokenaudit.ledger.copies import settle_copies, table
from tokenaudit.ledger.data import concat, read, where_not_in
from tokenaudit.ledger.keys import keys_of
from tokenaudit.ledger.staged import Staged, stage

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.ledger.keys import KeyStore
    from tokenaudit.ledger.store import DataFile, Table


@dataclass
class Settlement:
    """What one commit has to do to the tables, and what came of the batch, by source."""

    add: list[Staged] = field(default_factory=list)
    remove_usage: list[DataFile] = field(default_factory=list)
    remove_parts: list[DataFile] = field(default_factory=list)
    rows: Counter[str] = field(default_factory=Counter)
    """Ledger rows gained. Rows of a replaced object are counted again."""
    duplicates: Counter[str] = field(default_factory=Counter)
    """Records that said again what another record had said."""


def settle(
    usage: Table, parts: Table, staging: Path, staged: Sequence[Staged], replaced: Iterable[str], keys: KeyStore
) -> Settlement:
    """Works out one commit: `staged` files are new, rows of `replaced` objects are void.

    Reads what is contested in the days that the batch touches, and everything where an object is replaced.
    """
    result = Settlement()
    change = Change()
    void = pa.array(sorted(set(replaced)), pa.string())
    lying = Lying(parts, void)
    new = [
        UsageFile(Path(file.path), file.day, keys.of(Path(file.path)) if file.keys is None else file.keys, staged=file)
        for file in staged
        if file.table == "usage"
    ]
    new_parts = [file for file in staged if file.table == "parts"]
    copies = [file for file in new_parts if file.keys is not None]
    calls = (read(Path(file.path), file.day, schema.parts()) for file in new_parts if file.keys is None)
    days, result.duplicates = settle_calls(change, lying, concat(calls, schema.parts()))
    days |= {str(file.day) for file in new} | {str(file.day) for file in copies}
    old = []
    for entry in usage.files(None if len(void) else days):
        path = usage.folder / entry.path
        old.append(UsageFile(path, entry.day, keys.of(path), entry=entry))
    displaced = settle_copies(change, lying, new, old, copies)
    _rewrite(result, change, [*new, *old], void, staging)
    inserted = table(change.insert)
    result.rows.update(_by_source(inserted))
    result.add.extend(stage(inserted, staging, "usage", keys=keys_of(inserted.column("usage_id"))))
    result.add.extend([*new_parts, *stage(displaced, staging, "parts")])
    for entry, rows in lying.void_parts():
        result.remove_parts.append(entry)
        result.add.extend(stage(where_not_in(rows, "object_uri", void), staging, "parts"))
    for file in result.add:
        if file.table == "usage" and file.keys is not None:
            keys.remember(Path(file.path), file.keys)
    arrivals: Counter[str] = Counter()
    for file in staged:
        if file.table == "usage" or file.keys is not None:
            arrivals[file.source] += file.rows
    for source, count in arrivals.items():
        result.duplicates[source] += max(count - result.rows[source], 0)
    return result


def _rewrite(result: Settlement, change: Change, files: Iterable[UsageFile], void: pa.Array, staging: Path) -> None:
    """Every file that rows have to leave is written anew without them; all other new files are taken as they are."""
    for file in files:
        leaving = change.leaving(file, void)
        if leaving is None:
            if file.staged is not None:
                result.add.append(file.staged)
                result.rows[file.staged.source] += file.staged.rows
            continue
        rows = file.rows()
        out, voided = leaving
        kept = rows.filter(pc.invert(out))
        staying = file.keys[~np.asarray(out)]
        result.add.extend(stage(kept, staging, "usage", file.staged.source if file.staged else "", keys=staying))
        if file.staged is not None:
            result.rows.update(_by_source(kept))
        elif file.entry is not None:
            result.remove_usage.append(file.entry)
            result.rows.subtract(_by_source(rows.filter(pc.and_not(out, voided))))


def _by_source(rows: pa.Table) -> dict[str, int]:
    counted = rows.column("source").value_counts()
    return {entry["values"]: entry["counts"] for entry in counted.to_pylist()}
