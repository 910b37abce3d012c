"""What the ledger was filled from, for provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.workings import ReadFrom

if TYPE_CHECKING:
    from tokenaudit.ledger.ledger import Ledger


def objects_read(ledger: Ledger) -> tuple[ReadFrom, ...]:
    """Every object that the ledger holds, in order of address."""
    known = sorted(ledger.objects().values(), key=lambda each: each.uri)
    return tuple(ReadFrom(each.uri, each.identity, each.source, each.records, each.reject_count) for each in known)
