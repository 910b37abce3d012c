"""What the ledger remembers of its pulls: until when each feed was pulled whole, and what held nothing for it.

It is a file of its own, `pull.json`, written whole after the commit of what it tells: if it is lost or behind, the next
pull asks for more than it needs to, and the rows stay right.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import LedgerError
from tokenaudit.ledger.whole_files import read_json, write_json

if TYPE_CHECKING:
    from pathlib import Path

FILE_NAME = "pull.json"
_FORMAT = 1


@dataclass(frozen=True)
class Passed:
    """An object that was fetched and brought no rows: a manifest, an empty file, one of no kind that is known.

    `readers` says which sources looked at it: others may find something in it. `seen_at` is when it was first fetched
    in this form.
    """

    identity: str
    readers: str
    seen_at: datetime


@dataclass
class Pulled:
    """`watermarks` and `kinds` (logs, metrics, costs) by provider and feed, `passed` by address."""

    watermarks: dict[str, dict[str, datetime]] = field(default_factory=dict)
    passed: dict[str, Passed] = field(default_factory=dict)
    kinds: dict[str, dict[str, str]] = field(default_factory=dict)

    def until(self, provider: str, feed: str) -> datetime | None:
        """Until when this feed was pulled whole; None where it never was."""
        return self.watermarks.get(provider, {}).get(feed)

    def reach(self, provider: str, feed: str, kind: str, since: datetime, until: datetime) -> datetime | None:
        """Notes that the feed, of this kind, was pulled whole from `since` to `until`; returns its watermark.

        A watermark never jumps over a gap: what begins after it leaves it where it is.
        """
        before = self.until(provider, feed)
        self.kinds.setdefault(provider, {})[feed] = kind
        if before is None or since <= before:
            self.watermarks.setdefault(provider, {})[feed] = max(until, before or until)
        return self.until(provider, feed)


def load(folder: Path) -> Pulled:
    """What the ledger in `folder` remembers. Raises LedgerError for a damaged file."""
    path = folder / FILE_NAME
    document = read_json(path)
    try:
        return Pulled(
            {
                provider: {feed: datetime.fromisoformat(text) for feed, text in feeds.items()}
                for provider, feeds in document.get("watermarks", {}).items()
            },
            {uri: _passed(entry) for uri, entry in document.get("passed", {}).items()},
            {
                provider: {feed: str(kind) for feed, kind in feeds.items()}
                for provider, feeds in document.get("kinds", {}).items()
            },
        )
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise LedgerError(
            f"{path} is not as tokenaudit writes it", hint="delete the file: the next pull asks for a little more"
        ) from error


def save(folder: Path, pulled: Pulled) -> None:
    """Writes it, whole or not at all."""
    document: dict[str, Any] = {
        "format": _FORMAT,
        "watermarks": {
            provider: {feed: at.isoformat() for feed, at in feeds.items()}
            for provider, feeds in pulled.watermarks.items()
        },
        "kinds": pulled.kinds,
        "passed": {
            uri: {"identity": each.identity, "readers": each.readers, "seen_at": each.seen_at.isoformat()}
            for uri, each in pulled.passed.items()
        },
    }
    write_json(folder / FILE_NAME, document)


def _passed(entry: dict[str, str]) -> Passed:
    return Passed(entry["identity"], entry["readers"], datetime.fromisoformat(entry["seen_at"]))
