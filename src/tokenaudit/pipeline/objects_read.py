"""What the ledger was filled from, for provenance, and what of that could not be read."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat
from tokenaudit.model.workings import ReadFrom
from tokenaudit.pipeline.pull.known import OPEN
from tokenaudit.providers.local import content_sha256

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.ports import TableName

_TABLES: tuple[TableName, ...] = ("usage", "charges", "metrics")
NOTHING_USABLE = "nothing_usable"


def objects_read(ledger: Ledger) -> tuple[ReadFrom, ...]:
    """Every object that the ledger holds, in order of address."""
    known = sorted(ledger.objects().values(), key=lambda each: each.uri)
    return tuple(ReadFrom(each.uri, each.identity, each.source, each.records, each.reject_count) for each in known)


def hashed(objects: Iterable[ReadFrom]) -> tuple[ReadFrom, ...]:
    """The same objects with the hashes of their contents: of files that lie there as they were read, and of answers."""
    return tuple(replace(each, sha256=_sha256(each)) for each in objects)


def _sha256(read: ReadFrom) -> str | None:
    kind, _, told = read.identity.partition(":")
    return told.removesuffix(OPEN) if kind == "sha256" else content_sha256(read.uri, read.identity)


def rejected(ledger: Ledger) -> Iterator[Caveat]:
    """How many records are in no figure because nobody could read them, and whether the ledger holds no others.

    That is also so where all that was read is of other services. Nothing where neither is so.
    """
    objects = [each for each in ledger.objects().values() if each.reject_count]
    count = sum(each.reject_count for each in objects)
    if count:
        where = f"{counted(count, 'record')} in {counted(len(objects), 'object')}"
        see = "tokenaudit ingest PATH... says which" if ledger.is_passing else "see tokenaudit ledger rejects"
        text = f"{where} could not be read: in no figure; {see}"
        yield Caveat("rejects", text, count)
    foreign = sum(each.foreign for each in ledger.objects().values())
    if (count or foreign) and not any(map(ledger.partitions, _TABLES)):
        text = "no record that was read into the ledger could be used"
        if foreign:
            lines = counted(foreign, "line")
            text += f": {lines} of other services than language models, counted and not kept"
        yield Caveat(NOTHING_USABLE, text, 0)
