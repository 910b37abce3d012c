"""A newer price list over an older book: the newer has the last word for the time of which it speaks."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.pricing.resolve import OWN_LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tokenaudit.model.rates import Rate, Sold


def succeed(older: Iterable[Rate], newer: Iterable[Rate]) -> tuple[Rate, ...]:
    """The rates of both as one book: of what the newer list prices, its rates from the first day that it names.

    A list tells today's price and since when it holds, and little of what was before: so the older book keeps what it
    knows of earlier days, and of all that the newer list does not name. A list in which all regions have one price
    names none of them: since the newest such price began, no region has an older one of its own.
    """
    newer = tuple(newer)
    begins: dict[Sold, date] = {}
    agreed: dict[Sold, date] = {}
    for rate in newer:
        key = rate.sold
        begins[key] = min(rate.valid_from, begins.get(key, rate.valid_from))
        if rate.region is None:
            agreed[key] = max(rate.valid_from, agreed.get(key, rate.valid_from))
    return (*_kept(older, begins, agreed), *newer)


def _kept(older: Iterable[Rate], begins: dict[Sold, date], agreed: dict[Sold, date]) -> Iterator[Rate]:
    for rate in older:
        first = begins.get(rate.sold)
        if first is None and rate.region is not None and not rate.region.startswith(OWN_LISTS):
            everywhere = agreed.get(replace(rate, region=None).sold)
            first = everywhere if everywhere is not None and rate.valid_from < everywhere else None
        if first is None or (rate.valid_until is not None and rate.valid_until <= first):
            yield rate
        elif rate.valid_from < first:
            yield replace(rate, valid_until=first)


def by_what_is_sold(rates: Iterable[Rate]) -> dict[Sold, list[Rate]]:
    """The rates of each key, in the order in which they came into force."""
    found: defaultdict[Sold, list[Rate]] = defaultdict(list)
    for rate in sorted(rates, key=lambda each: each.valid_from):
        found[rate.sold].append(rate)
    return found
