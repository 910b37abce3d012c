"""Days of a bill. A file spells all of them one way, and what that way is, is found out for the file as a whole.

Years in front (`2026-10-01`, with or without a time, or `20261001`) need no finding out. Of `10/01/2026` either number
may be the month: bills of an Enterprise Agreement are written in the United States, portals elsewhere may not be.
"""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Collection

Order = Literal["month_first", "day_first"]

LENGTH = 10
"""No day is longer; what follows is a time."""

_YEAR_FIRST = re.compile(r"([0-9]{4})[-/]([0-9]{2})[-/]([0-9]{2})(?![0-9])|([0-9]{4})([0-9]{2})([0-9]{2})(?:\.0)?$")
_YEAR_LAST = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})(?![0-9])")
_YEARS = range(2015, 2100)


def order_of(days: Collection[str], starts: Collection[str], ends: Collection[str]) -> Order:
    """Whether month or day stands first in a file with these days, and starts and ends of billing periods.

    In order: by the reading that fails for fewer of them; by the reading in which the billing periods begin on the
    first of a month and end on the last; by the reading in which more days lie in such a period; else month first, for
    only Enterprise Agreements are known to write the year last.
    """
    slashed = {text for text in (*days, *starts, *ends) if _YEAR_LAST.match(text)}
    if not slashed:
        return "month_first"
    american, other = (_doubts(slashed, starts, ends, order) for order in ("month_first", "day_first"))
    return "day_first" if other < american else "month_first"


@lru_cache(maxsize=4096)
def day(text: str, order: Order) -> date | None:
    """The day that a cell names; None when it names none, or one outside of the cloud's time."""
    found = _YEAR_FIRST.match(text)
    if found:
        parts = [part for part in found.groups() if part]
    else:
        found = _YEAR_LAST.match(text)
        if not found:
            return None
        first, second, year = found.groups()
        parts = [year, first, second] if order == "month_first" else [year, second, first]
    try:
        named = date(int(parts[0]), int(parts[1]), int(parts[2]))
    except ValueError:
        return None
    return named if named.year in _YEARS else None


def month_end(of: date) -> date:
    """The last day of the month."""
    return of.replace(day=monthrange(of.year, of.month)[1])


def _doubts(slashed: set[str], starts: Collection[str], ends: Collection[str], order: Order) -> tuple[int, int, int]:
    read = {text: day(text, order) for text in slashed}
    first = [read[text] for text in starts if text in read]
    last = [read[text] for text in ends if text in read]
    months = {(each.year, each.month) for each in (*first, *last) if each}
    return (
        sum(each is None for each in read.values()),
        sum(each is not None and each.day != 1 for each in first)
        + sum(each is not None and each != month_end(each) for each in last),
        sum(bool(months) and each is not None and (each.year, each.month) not in months for each in read.values()),
    )
