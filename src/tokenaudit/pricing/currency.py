"""Amounts of a bill in US dollars, at the rate of the day, to the last digit. What has no rate stays what it is."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING

from tokenaudit.model.exchange import USD, ExchangeRate

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

# An amount has up to 38 digits and a rate a dozen; were a product ever rounded, it raises instead.
_EXACT = Context(prec=120, traps=[Inexact, InvalidOperation, Overflow])
_ONE = Decimal(1)

Layer = dict[str, tuple[ExchangeRate, ...]]


@dataclass(frozen=True)
class Converted:
    """An amount in US dollars, and what it was converted with.

    `rate` is US dollars for one unit of `currency`; `rate_date` the first day on which it was in force. An amount that
    was in dollars has rate 1, the day itself, and no source.
    """

    amount_usd: Decimal
    rate: Decimal
    rate_date: date
    source: str
    currency: str


class Exchange:
    """Dated rates to convert with. `overrides`, the user's own, win over the published `rates` where both hold."""

    def __init__(self, rates: Iterable[ExchangeRate], overrides: Iterable[ExchangeRate] = ()) -> None:
        """Rates in any order."""
        self._layers = (_layer(overrides), _layer(rates))
        self._known: dict[tuple[str, date], ExchangeRate | None] = {}

    def rate(self, currency: str, day: date) -> ExchangeRate | None:
        """The rate in force on that day: of those that hold, the one that began last. None where none holds."""
        key = (currency, day)
        if key not in self._known:
            found = (_in_force(layer, currency, day) for layer in self._layers)
            self._known[key] = next((rate for rate in found if rate is not None), None)
        return self._known[key]

    def convert(self, amount: Decimal, currency: str, day: date) -> Converted | None:
        """`amount` in US dollars at the rate of that day; None where no rate is known, to be shown apart, never summed.

        The product is exact: it is never rounded here.
        """
        if currency == USD:
            return Converted(amount, _ONE, day, "", USD)
        rate = self.rate(currency, day)
        if rate is None:
            return None
        return Converted(_EXACT.multiply(amount, rate.usd), rate.usd, rate.valid_from, rate.source, currency)


def rates_used(converted: Iterable[Converted]) -> tuple[ExchangeRate, ...]:
    """The distinct rates that these amounts were converted with, by currency and date; dollars used none."""
    used = {
        ExchangeRate(each.currency, each.rate, each.rate_date, each.source)
        for each in converted
        if each.currency != USD
    }
    return tuple(sorted(used, key=lambda rate: (rate.currency, rate.valid_from, rate.source)))


def describe(rate: ExchangeRate) -> str:
    """One rate in a line, for a caveat: `1 EUR = 1.1206 USD (2026-10-09, ECB reference rate)`."""
    return f"1 {rate.currency} = {rate.usd.normalize():f} USD ({rate.valid_from}, {rate.source})"


def _layer(rates: Iterable[ExchangeRate]) -> Layer:
    found: defaultdict[str, list[ExchangeRate]] = defaultdict(list)
    for rate in sorted(rates, key=lambda each: each.valid_from):
        found[rate.currency].append(rate)
    return {currency: tuple(each) for currency, each in found.items()}


def _in_force(layer: Mapping[str, tuple[ExchangeRate, ...]], currency: str, day: date) -> ExchangeRate | None:
    rates = layer.get(currency, ())
    begun = rates[: bisect_right(rates, day, key=lambda rate: rate.valid_from)]
    return next((rate for rate in reversed(begun) if rate.holds(day)), None)
