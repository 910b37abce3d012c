"""What of a feed has to be fetched: what the ledger does not hold as it is.

Logs and metrics are decided on one by one, as they are listed. A bill is decided on as a whole, because its manifests
say which of its files count. A manifest brings no rows; where anything of the feed is new, all its manifests are
fetched again, known or not: they are small, and a file that changed needs what its manifest says. A file that did not
change is fetched again only where a manifest now says something else of it.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.pipeline.deliveries import Deliveries, deliveries
from tokenaudit.pipeline.pull.known import is_same, kept_identity
from tokenaudit.providers.local import LocalObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from tokenaudit.ledger.objects import Delivery
    from tokenaudit.model.pulling import RemoteObject
    from tokenaudit.pipeline.ingest import IngestResult
    from tokenaudit.pipeline.pull.known import Register
    from tokenaudit.pipeline.pull.mirror import Mirror
    from tokenaudit.pipeline.pull.result import FeedResult

_MANIFEST = "manifest.json"


@dataclass(frozen=True)
class Wanted:
    """An object to fetch, the file to fetch it into, and what it delivers."""

    remote: RemoteObject
    place: Path
    delivery: Delivery | None = None


def one_by_one(
    listed: Iterable[RemoteObject], register: Register, mirror: Mirror, counts: FeedResult
) -> Iterator[Wanted]:
    """Whatever is new, as it is listed."""
    seen: set[str] = set()
    for remote in listed:
        if remote.uri in seen:
            continue
        seen.add(remote.uri)
        counts.objects += 1
        if is_same(register.of(remote.uri), remote):
            counts.skipped += 1
        else:
            yield Wanted(remote, mirror.place(remote.uri, remote.path))


class Bill:
    """The objects of a feed of bills. `fetch` brings objects into their files, all of them, or raises."""

    def __init__(
        self,
        register: Register,
        mirror: Mirror,
        fetch: Callable[[list[Wanted]], list[str]],
        counts: FeedResult,
        taken: IngestResult,
    ) -> None:
        self._register = register
        self._mirror = mirror
        self._fetch = fetch
        self._counts = counts
        self._taken = taken
        self.manifests: list[tuple[str, str]] = []
        """Address and identity of those that were fetched: they are known from when the feed was pulled whole."""

    def wanted(self, listed: Iterable[RemoteObject]) -> Iterator[Wanted]:
        """Whatever is new or delivers something else, when the list is complete."""
        remotes = list({each.uri: each for each in listed}.values())
        self._counts.objects += len(remotes)
        if all(is_same(self._register.of(each.uri), each) for each in remotes):
            self._counts.skipped += len(remotes)
            return
        all_of_it = [Wanted(each, self._mirror.place(each.uri, each.path)) for each in remotes]
        manifests = [each for each in all_of_it if each.remote.path.lower().endswith(_MANIFEST)]
        said = self._read(manifests, all_of_it)
        for each in all_of_it:
            if each in manifests or each.remote.uri in said.blank:
                continue
            remote, delivery = each.remote, said.of.get(each.remote.uri)
            if remote.uri in said.left_over:
                self._taken.left_over.append(remote.uri)
            elif self._is_held(remote, delivery):
                self._counts.skipped += 1
            else:
                yield Wanted(remote, each.place, delivery)

    def _read(self, manifests: list[Wanted], all_of_it: list[Wanted]) -> Deliveries:
        identities = self._fetch(manifests)
        for each, identity in zip(manifests, identities, strict=True):
            at = self._register.seen_at(each.remote.uri, identity)
            if at is not None:  # a manifest that tells no time of its own is as old as its first copy here
                os.utime(each.place, (at.timestamp(), at.timestamp()))
            self.manifests.append((each.remote.uri, identity))
        said = deliveries(
            LocalObject(
                each.remote.uri,
                str(each.place),
                each.remote.size_bytes,
                kept_identity(each.remote.identity, final=each.remote.final),
            )
            for each in all_of_it
        )
        self._taken.missing.extend(said.missing)
        for each in manifests:
            self._mirror.drop(each.place)
        return said

    def _is_held(self, remote: RemoteObject, delivery: Delivery | None) -> bool:
        if not is_same(self._register.of(remote.uri), remote):
            return False
        before = self._register.read(remote.uri)
        return delivery is None or before is None or before.delivery == delivery
