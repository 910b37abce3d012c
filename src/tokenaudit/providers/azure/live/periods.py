"""A window in days and months, as APIs are asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.question import Window

DAY = timedelta(days=1)
CLOSING = timedelta(days=7)
"""A month's bill closes within 72 hours of its end and may be corrected until its fifth day; some are later."""


def bounds(window: Window, now: datetime) -> tuple[datetime, datetime]:
    """Both ends, the later one not in the future. A pull sets both; whoever does not gets the last day."""
    until = min(window.until or now, now)
    return window.since or until - DAY, until


def billed(window: Window, now: datetime) -> tuple[datetime, datetime]:
    """The same for bills, which change for some days after the month that they are of."""
    since, until = bounds(window, now)
    return since - CLOSING, until


def days(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Whole days, UTC, that hold something of [since, until)."""
    day = since.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    while day < until:
        yield day, day + DAY
        day += DAY


def months(since: datetime, until: datetime) -> Iterator[tuple[datetime, datetime]]:
    """Whole months, UTC, that hold something of [since, until)."""
    month = since.astimezone(UTC).replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while month < until:
        following = (month + timedelta(days=32)).replace(day=1)
        yield month, following
        month = following


def tomorrow(now: datetime) -> datetime:
    """The end of today."""
    return now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0) + DAY


def hour(at: datetime) -> datetime:
    """The beginning of its hour."""
    return at.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
