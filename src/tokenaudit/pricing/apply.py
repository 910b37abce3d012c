"""Tokens times a rate, exactly; and each distinct rate key resolved once, by the strongest layer that knows it."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, replace
from datetime import date
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from functools import cached_property
from typing import TYPE_CHECKING

from tokenaudit.model.rates import BILL, NOT_PER_TOKEN
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import Resolution, resolve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from tokenaudit.model.rates import Rate, RateKey

# Wide enough for any token count and any price; were a result ever rounded, it raises instead.
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])


def cost_usd(tokens: int, rate: Rate) -> Decimal:
    """`tokens` at `rate`, in USD, to the last digit. Raises ValueError for a negative count."""
    if tokens < 0:
        raise ValueError(f"{tokens} tokens")
    return _EXACT.scaleb(_EXACT.multiply(Decimal(tokens), rate.usd_per_mtok), -6)


@dataclass(frozen=True)
class Fallback:
    """A layer below the book: `bill` or `catalogue`. Its rates are asked for when a key first needs them."""

    layer: str
    rates: Callable[[], Iterable[Rate]]

    @cached_property
    def book(self) -> PriceBook:
        """The rates, checked as those of any book."""
        return PriceBook(self.rates())


class RateCache:
    """Resolves each distinct key once, and for all days on which the answer is the same."""

    def __init__(self, book: PriceBook, fallbacks: Sequence[Fallback] = ()) -> None:
        """Nothing is resolved yet, and no fallback loaded. `fallbacks` are asked in their order."""
        self._book = book
        self._fallbacks = fallbacks
        self._known: dict[tuple[object, ...], list[Resolution]] = {}

    def __call__(self, key: RateKey) -> Resolution:
        """The resolution of this key: of the book, else of the first fallback that has one.

        A bill also comes before a rate of the book that is only an estimate for the region: the bill names the region.
        """
        known = self._known.setdefault(
            (
                key.provider,
                key.model,
                key.model_version,
                key.region,
                key.scope,
                key.tier,
                key.kind,
                key.prompt_band,
            ),
            [],
        )
        place = bisect_right(known, key.day, key=_since)
        if place and key.day < known[place - 1].until:
            return known[place - 1]
        found = self._resolved(key)
        known.insert(place, found)
        return found

    def _resolved(self, key: RateKey) -> Resolution:
        found, asked = resolve(self._book, key), [self._book]
        if not _is_final(found, key):
            for fallback in self._fallbacks:
                if found.rate is not None and fallback.layer != BILL:
                    continue
                asked.append(fallback.book)
                other = resolve(fallback.book, key)
                if other.rate is not None:
                    found = replace(other, layer=fallback.layer)
                    break
        since, until = _unchanged(asked, key)
        return replace(found, since=since, until=until)


def _since(found: Resolution) -> date:
    return found.since


def _is_final(found: Resolution, key: RateKey) -> bool:
    """Whether no weaker layer is asked."""
    if not key.model or key.tier in NOT_PER_TOKEN:
        return True
    return found.rate is not None and "region" not in found.assumed


def _unchanged(books: Iterable[PriceBook], key: RateKey) -> tuple[date, date]:
    """The days around that of the key on which no price of its model begins or ends."""
    since, until = date.min, date.max
    for book in books:
        days = book.days(key.provider, key.model)
        place = bisect_right(days, key.day)
        since = max(since, days[place - 1]) if place else since
        until = min(until, days[place]) if place < len(days) else until
    return since, until
