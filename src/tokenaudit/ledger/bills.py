"""Whose lines of a bill count: of every export and month the newest run, of every file one copy.

Clouds write a month again and again, each run whole: the newest replaces what was there, and may be smaller. A file
without a manifest is an export of its own. Data files of `charges` and `metrics` are named after their object, so that
an object's rows come and go as whole files.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date

    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.ledger.staged import Staged
    from tokenaudit.ledger.store import DataFile, Table


def prefix_of(uri: str) -> str:
    """How the names of all data files begin that hold this object's rows."""
    return sha256(uri.encode()).hexdigest()[:16] + "-"


def in_force(objects: Iterable[ReadObject]) -> set[str]:
    """The addresses of the objects whose lines count. Objects that are no part of an export all do."""
    counting: set[str] = set()
    runs: dict[tuple[str, date], dict[str, list[ReadObject]]] = defaultdict(lambda: defaultdict(list))
    copies: dict[str, list[str]] = defaultdict(list)
    for each in objects:
        delivery = each.delivery
        if delivery is None:
            counting.add(each.uri)
        elif delivery.billing_period is None:
            copies[delivery.part].append(each.uri)
        else:
            runs[delivery.export, delivery.billing_period][delivery.run].append(each)
    counting.update(min(uris) for uris in copies.values())
    for by_run in runs.values():
        parts: dict[str, list[str]] = defaultdict(list)
        for each in by_run[max(by_run)]:
            parts[each.delivery.part if each.delivery else ""].append(each.uri)
        counting.update(min(uris) for uris in parts.values())
    return counting


def settle_bills(
    table: Table, staged: Sequence[Staged], known: Mapping[str, ReadObject], read: Sequence[ReadObject]
) -> tuple[list[Staged], list[DataFile], list[ReadObject]]:
    """One commit of a table whose files are named after objects: what to add, what to remove, and what to read again.

    The last are objects that count from now on, but whose lines were not kept because another object's counted instead.
    """
    held = table.files()
    prefixes = {file.path.rpartition("/")[2][:17] for file in held}
    after = {**known, **{each.uri: each for each in read}}
    counting = {prefix_of(uri) for uri in in_force(after.values())}
    new = {prefix_of(each.uri) for each in read}
    add = [file for file in staged if _prefix(file.path) in counting]
    remove = [file for file in held if _prefix(file.path) in new or _prefix(file.path) not in counting]
    wanting = [
        replace(each, identity="")
        for each in known.values()
        if each.delivery is not None
        and each.records
        and prefix_of(each.uri) in counting - new - prefixes
        and each.records > each.reject_count
    ]
    return add, remove, wanting


def _prefix(path: str) -> str:
    return path.rpartition("/")[2][:17]
