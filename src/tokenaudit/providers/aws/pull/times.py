"""Days, hours and months of a window. All of it is UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.question import Window

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

CLOSED_AFTER = timedelta(days=14)
"""The bill of a month is restated for about this long after its end, and may go down."""


def ends(window: Window) -> tuple[datetime, datetime]:
    """Both ends of a window that has them."""
    if window.since is None or window.until is None:
        raise AssertionError(window)
    return window.since.astimezone(UTC), window.until.astimezone(UTC)


def midnight(day: date) -> datetime:
    """The beginning of a day."""
    return datetime.combine(day, time(), UTC)


def whole_hour(moment: datetime) -> datetime:
    """The beginning of its hour."""
    return moment.replace(minute=0, second=0, microsecond=0)


def days(since: datetime, until: datetime) -> Iterator[date]:
    """Every day that overlaps [since, until)."""
    day = since.date()
    while midnight(day) < until:
        yield day
        day += DAY


def months(since: datetime, until: datetime) -> Iterator[date]:
    """The first day of every month that overlaps [since, until)."""
    first = since.date().replace(day=1)
    while midnight(first) < until:
        yield first
        first = next_month(first)


def next_month(first: date) -> date:
    """The first day of the month after the one that begins on `first`."""
    return (first + timedelta(days=32)).replace(day=1)
