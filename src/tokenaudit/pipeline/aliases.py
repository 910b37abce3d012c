"""What opaque names stand for: what tokenaudit.toml says of them, then what the clouds said when they were pulled."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise
from typing import TYPE_CHECKING

from tokenaudit.ledger import inventory
from tokenaudit.model.question import Alias
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.config import Loaded
    from tokenaudit.ledger.inventory import Entry
    from tokenaudit.ledger.ledger import Ledger


def aliases(ledger: Ledger, loaded: Loaded) -> tuple[Alias, ...]:
    """Every name that is known. Of several statements about one name the last counts: those of tokenaudit.toml are."""
    configured = loaded.config.aliases()
    return (*_completed(newest(inventory.load(ledger.folder)), configured), *configured)


def newest(entries: Iterable[Entry]) -> list[Entry]:
    """What each name stands for now."""
    return list({entry.key: entry for entry in entries}.values())


def renamed(ledger: Ledger) -> Iterator[Caveat]:
    """Names that came to stand for something else: a ledger that is read counts all their requests as the newest."""
    by_key: dict[object, list[Entry]] = {}
    for entry in inventory.load(ledger.folder):
        by_key.setdefault(entry.key, []).append(entry)
    for entries in by_key.values():
        for before, after in pairwise(entries):
            text = (
                f"{after.match} {after.name} of {after.account} was {_said(before)} until "
                f"{before.last_seen_at:%Y-%m-%d} at least and is {_said(after)} since {after.first_seen_at:%Y-%m-%d} "
                "at the latest; requests whose log leaves it open all count as the latter"
            )
            yield Caveat("changed_name", text)


def _said(entry: Entry) -> str:
    return " ".join(part for part in (entry.model or "an unknown model", *entry.stands_for[1:]) if part)


def _completed(entries: Iterable[Entry], configured: Sequence[Alias]) -> Iterator[Alias]:
    """The inventory as aliases. Where tokenaudit.toml speaks of the same name, it only fills what that leaves open.

    Only a deployment is a name within its resource, and a model's name is nobody's own: the form of `Config.aliases`.
    """
    for entry in entries:
        alias = Alias(
            entry.match,
            entry.name,
            entry.model,
            None if entry.match == "model_ref" else entry.provider,
            entry.resource if entry.match == "deployment" else None,
            entry.version,
            entry.scope,
            entry.tier,
        )
        for own in configured:
            if _same_name(own, alias):
                kept = alias.version if own.model == alias.model else None
                alias = replace(
                    alias,
                    model=own.model,
                    version=own.version or kept,
                    scope=own.scope or alias.scope,
                    tier=own.tier or alias.tier,
                )
        yield alias


def _same_name(own: Alias, found: Alias) -> bool:
    return (
        own.match == found.match
        and own.name.lower() == found.name.lower()
        and own.provider in (None, found.provider)
        and (own.resource is None or own.resource.lower() == (found.resource or "").lower())
    )
