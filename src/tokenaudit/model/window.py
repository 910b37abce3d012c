"""Instants and windows as people write them: UTC, half-open."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from tokenaudit.errors import UsageError
from tokenaudit.model.question import Window

_HINT = "write a month (2026-10), a day (2026-10-03), an instant (2026-10-03T14:00Z) or an age (30d, 12h)"
_AGE = re.compile(r"(\d+)([dhw])", re.ASCII)
_LONGEST = 5  # digits: centuries
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def instant(text: str, now: datetime) -> datetime:
    """The beginning of what `text` names; an age counts back from `now`. Raises UsageError for anything else."""
    return _period(text, now)[0]


def age(text: str) -> timedelta:
    """How long ago an age such as `7d` is. Raises UsageError for anything else."""
    found = _AGE.fullmatch(text.strip())
    if found is None or len(found.group(1)) > _LONGEST:
        raise UsageError(f"{text!r} is no age", hint="write days (7d), hours (12h) or weeks (2w)")
    return _length(found)


def window(since: str | None, until: str | None, now: datetime) -> Window:
    """`since` <= t < `until`; either may be absent. Raises UsageError when it would hold nothing."""
    result = Window(instant(since, now) if since else None, instant(until, now) if until else None)
    if result.since is not None and result.until is not None and result.since >= result.until:
        raise UsageError(
            f"nothing lies between {since} and {until}", hint="--until is exclusive and must be later than --since"
        )
    return result


def whole(text: str, now: datetime) -> Window:
    """All of the month or day that `text` names, or `A..B` from the beginning of A to the beginning of B."""
    first, dots, second = text.partition("..")
    if dots:
        return window(first, second, now)
    begin, end = _period(text, now)
    return Window(begin, end)


def is_window(text: str) -> bool:
    """Whether `text` looks like a month, a day, an instant, or two of them."""
    return re.match(r"\d{4}-\d\d", text) is not None


def _length(found: re.Match[str]) -> timedelta:
    return int(found.group(1)) * _UNITS[found.group(2)]


def _period(text: str, now: datetime) -> tuple[datetime, datetime | None]:
    ago = _AGE.fullmatch(text.strip())
    month = re.fullmatch(r"(\d{4})-(\d\d)", text.strip())
    try:
        if ago is not None:
            return now - _length(ago), None
        if month is not None:
            begin = datetime(int(month.group(1)), int(month.group(2)), 1, tzinfo=UTC)
            return begin, (begin + timedelta(days=32)).replace(day=1)
        at = datetime.fromisoformat(text.strip())
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
        return at, at + timedelta(days=1) if len(text.strip()) == len("2026-10-03") else None
    except (ValueError, OverflowError) as error:
        raise UsageError(f"{text!r} is no time that is understood here", hint=_HINT) from error
