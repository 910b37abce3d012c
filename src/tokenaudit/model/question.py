"""What a report asks of the ledger: which rows, on which side, grouped by what."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta


@dataclass(frozen=True)
class Window:
    """UTC, half-open: since <= started_at < until. None is unbounded."""

    since: datetime | None = None
    until: datetime | None = None

    def in_days(self) -> Window:
        """All of the days of which it holds a part."""
        since = None if self.since is None else _midnight(self.since)
        until = None if self.until is None else _midnight(self.until)
        if until is not None and until != self.until:
            until = until + timedelta(days=1) if until.date() < date.max else None
        return Window(since, until)


def _midnight(at: datetime) -> datetime:
    return datetime.combine(at, time(), at.tzinfo)


@dataclass(frozen=True)
class Condition:
    """`key` is a ledger column or `tag:NAME`; a value matches by shell pattern; any of `patterns` will do."""

    key: str
    patterns: tuple[str, ...]


@dataclass(frozen=True)
class Filter:
    """Rows inside the window that meet every condition."""

    conditions: tuple[Condition, ...] = ()
    window: Window = field(default_factory=Window)


BILL_KEYS = frozenset({"provider", "account", "region", "model", "day", "week", "month"})
"""What a bill can be grouped and filtered by; everything else only the logs know."""


def bill_part(whole: Filter) -> Filter:
    """The filter with only those conditions that a bill can be asked."""
    return Filter(tuple(each for each in whole.conditions if each.key in BILL_KEYS), whole.window)


@dataclass(frozen=True)
class Side:
    """One side of a comparison: its label as the user wrote it, and its rows."""

    label: str
    filter: Filter


@dataclass(frozen=True)
class Question:
    """Both sides, what they share, and the group keys (ledger columns, `tag:NAME`, `week`, `month`)."""

    sides: tuple[Side, ...]
    by: tuple[str, ...] = ("model",)
    base: Filter = field(default_factory=Filter)


@dataclass(frozen=True)
class Alias:
    """What the configuration, or the cloud itself, says about a name that the log leaves opaque; it fills only nulls.

    `match` names the ledger column that holds the opaque name (`deployment`, `resource` or `model_ref`). Without a
    `model` it still tells scope and tier.
    """

    match: str
    name: str
    model: str | None
    provider: str | None = None
    resource: str | None = None
    version: str | None = None
    scope: str | None = None
    tier: str | None = None
