"""What the clouds say that opaque names stand for, kept beside the tables in `inventory.json`.

One entry for each thing that a name of an account stood for, with the time from which to which it was seen. A name
that comes to stand for something else gets a second entry: a pull cannot know when exactly that happened.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import LedgerError
from tokenaudit.ledger.whole_files import read_json, write_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from tokenaudit.model.pulling import InventoryItem

FILE_NAME = "inventory.json"
_FORMAT = 1

Key = tuple[str, str, str, str, str]


@dataclass(frozen=True)
class Entry:
    """A name, what it stands for, and when it was first and last seen to. See `model.pulling.InventoryItem`."""

    match: str
    name: str
    model: str | None
    provider: str
    account: str
    resource: str | None
    version: str | None
    scope: str | None
    tier: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    facts: Mapping[str, str] = field(default_factory=dict)

    @property
    def key(self) -> Key:
        """Whose name it is; upper and lower case are the same, as they are for the clouds."""
        return self.provider, self.account, (self.resource or "").lower(), self.match, self.name.lower()

    @property
    def stands_for(self) -> tuple[str | None, ...]:
        """What requests under this name are counted as."""
        return self.model, self.version, self.scope, self.tier


def load(folder: Path) -> tuple[Entry, ...]:
    """What is known, by name, the newest of each last. Raises LedgerError for a damaged file."""
    path = folder / FILE_NAME
    try:
        return tuple(_entry(each) for each in read_json(path).get("entries", ()))
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LedgerError(
            f"{path} is not as tokenaudit writes it",
            hint="delete the file, and fetch it again with `tokenaudit pull all --only inventory`",
        ) from error


def merge(known: Iterable[Entry], found: Iterable[InventoryItem], at: datetime) -> tuple[Entry, ...]:
    """What is known after these were found at `at`. What was not found stays: old logs name it still."""
    by_key: dict[Key, list[Entry]] = {}
    for entry in known:
        by_key.setdefault(entry.key, []).append(entry)
    for item in found:
        new = Entry(
            item.match,
            item.name,
            item.model,
            item.provider,
            item.account,
            item.resource,
            item.version,
            item.scope,
            item.tier,
            at,
            at,
            dict(item.facts),
        )
        before = by_key.setdefault(new.key, [])
        if before and before[-1].stands_for == new.stands_for:
            before[-1] = replace(new, first_seen_at=before[-1].first_seen_at)
        else:
            before.append(new)
    return tuple(entry for key in sorted(by_key) for entry in by_key[key])


def save(folder: Path, entries: Iterable[Entry]) -> None:
    """Writes it, whole or not at all."""
    write_json(folder / FILE_NAME, {"format": _FORMAT, "entries": [_plain(each) for each in entries]})


def _plain(entry: Entry) -> dict[str, Any]:
    times = {name: getattr(entry, name).isoformat() for name in ("first_seen_at", "last_seen_at")}
    return {name: value for name, value in {**asdict(entry), **times}.items() if value not in (None, {})}


def _entry(plain: dict[str, Any]) -> Entry:
    times = {name: datetime.fromisoformat(plain[name]) for name in ("first_seen_at", "last_seen_at")}
    optional = dict.fromkeys(("model", "resource", "version", "scope", "tier"))
    return Entry(**{**optional, **plain, **times})
