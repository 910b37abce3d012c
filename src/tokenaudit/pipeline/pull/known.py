"""What a ledger has read, as feeds ask about it."""

from __future__ import annotations

import hashlib
from bisect import bisect_left
from functools import cached_property
from typing import TYPE_CHECKING

from tokenaudit.ledger.pulled import Passed
from tokenaudit.model.pulling import Known
from tokenaudit.pipeline.ingest import source_versions

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.ledger.pulled import Pulled
    from tokenaudit.model.pulling import RemoteObject

OPEN = "+open"
"""How the identity of an object ends in the ledger that may still change: nothing else says so there."""


def kept_identity(identity: str, *, final: bool) -> str:
    """An identity as the ledger holds it."""
    return identity if final else identity + OPEN


def is_same(known: Known | None, remote: RemoteObject) -> bool:
    """Whether what is known is what would be fetched. Answers of an API tell only once they do not change any more."""
    if known is None:
        return False
    return known.identity == remote.identity if remote.identity else known.final


class Register:
    """`model.pulling.KnownObjects` of a ledger: its objects, and what was fetched and brought no rows."""

    def __init__(self, ledger: Ledger, pulled: Pulled) -> None:
        self._ledger = ledger
        self._pulled = pulled
        self._versions = source_versions()
        self.readers = hashlib.sha256(repr(sorted(self._versions.items())).encode()).hexdigest()[:16]

    def of(self, uri: str) -> Known | None:
        """What is known of an address; None too where another version of its source would read it differently."""
        passed = self._pulled.passed.get(uri)
        if passed is not None:
            return _known(passed.identity) if passed.readers == self.readers else None
        before = self._ledger.objects().get(uri)
        if before is None or before.source_version != self._versions.get(before.source):
            return None
        return _known(before.identity)

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:
        """Everything whose address begins so, as it was when it was first asked for.

        What has to be read again is there too, with an empty identity: its rows are in the ledger all the same.
        """
        for place in range(bisect_left(self._addresses, prefix), len(self._addresses)):
            uri = self._addresses[place]
            if not uri.startswith(prefix):
                return
            yield uri, self.of(uri) or Known("", final=False)

    @cached_property
    def _addresses(self) -> list[str]:
        return sorted({*list(self._ledger.objects()), *list(self._pulled.passed)})

    def read(self, uri: str) -> ReadObject | None:
        """What was read of an object whose rows are in the ledger."""
        return None if uri in self._pulled.passed else self._ledger.objects().get(uri)

    def seen_at(self, uri: str, identity: str) -> datetime | None:
        """When an object that brought no rows was first fetched in this form."""
        passed = self._pulled.passed.get(uri)
        return passed.seen_at if passed is not None and passed.identity == identity else None

    def passed_over(self, uri: str, identity: str, at: datetime) -> None:
        """Remembers that this object brought no rows."""
        self._pulled.passed[uri] = Passed(identity, self.readers, self.seen_at(uri, identity) or at)

    def brought_rows(self, uri: str) -> None:
        """Forgets that it ever brought none."""
        self._pulled.passed.pop(uri, None)


def _known(identity: str) -> Known | None:
    """None where the identity is empty: the ledger wants such an object again."""
    return Known(identity.removesuffix(OPEN), final=not identity.endswith(OPEN)) if identity else None
