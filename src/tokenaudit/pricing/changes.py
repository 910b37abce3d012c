"""What two price books say differently, as stretches of days: a back-dated change shows from its first day on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.rates import Rate, Sold
from tokenaudit.pricing.resolve import OWN_LISTS
from tokenaudit.pricing.succession import by_what_is_sold

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True)
class Change:
    """From `since` until before `until` (None: without an end) one book says `before` and the other `after`.

    None is no price; not both are None.
    """

    sold: Sold
    since: date
    until: date | None
    before: Rate | None
    after: Rate | None

    @property
    def kind(self) -> str:
        """`added`, `removed` or `changed`."""
        return "changed" if self.before and self.after else "added" if self.after else "removed"

    @property
    def ratio(self) -> Decimal | None:
        """How much dearer it became, 0.1 for a tenth; None where one price is missing or was 0."""
        if self.before is None or self.after is None or not self.before.usd_per_mtok:
            return None
        return self.after.usd_per_mtok / self.before.usd_per_mtok - 1


def changes(before: Iterable[Rate], after: Iterable[Rate]) -> tuple[Change, ...]:
    """Every difference in amount, by what is sold and in time; a rate that is only read anew is none.

    Where one book alone has a price of a region's own, the other's price there is the one for all regions.
    """
    old, new = by_what_is_sold(before), by_what_is_sold(after)
    keys = sorted({*old, *new}, key=lambda key: tuple(str(part or "") for part in key))
    return tuple(each for key in keys for each in _of_one(key, _listed(key, old), _listed(key, new)))


_Listed = tuple[list[Rate], list[Rate]]
"""What a book says of one thing: its own rates, and of a region those for all regions, which hold where it has none."""


def _listed(key: Sold, book: Mapping[Sold, list[Rate]]) -> _Listed:
    region = key[4]
    has_other = region is not None and not region.startswith(OWN_LISTS)
    return book.get(key, []), book.get((*key[:4], None, *key[5:]), []) if has_other else []


def _of_one(key: Sold, old: _Listed, new: _Listed) -> Iterator[Change]:
    rates = (rate for listed in (old, new) for each in listed for rate in each)
    days = sorted({day for rate in rates for day in (rate.valid_from, rate.valid_until) if day is not None})
    open_change: Change | None = None
    for number, day in enumerate(days):
        until = days[number + 1] if number + 1 < len(days) else None
        one, other = _in_force(old, new, day)
        if _usd(one) == _usd(other):
            found = None
        elif open_change is not None and (_usd(open_change.before), _usd(open_change.after)) == (
            _usd(one),
            _usd(other),
        ):
            open_change = Change(key, open_change.since, until, open_change.before, open_change.after)
            continue
        else:
            found = Change(key, day, until, one, other)
        if open_change is not None:
            yield open_change
        open_change = found
    if open_change is not None:
        yield open_change


def _in_force(old: _Listed, new: _Listed, day: date) -> tuple[Rate | None, Rate | None]:
    """The two prices of a day. Where no book has one of its own, what they say of all regions is told there alone."""
    own = [_holding(each, day) for each, _ in (old, new)]
    if own == [None, None]:
        return None, None
    before, after = (mine or _holding(rest, day) for mine, (_, rest) in zip(own, (old, new), strict=True))
    return before, after


def _holding(rates: list[Rate], day: date) -> Rate | None:
    return next((rate for rate in rates if rate.holds(day)), None)


def _usd(rate: Rate | None) -> Decimal | None:
    return None if rate is None else rate.usd_per_mtok
