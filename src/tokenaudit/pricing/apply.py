"""Tokens times a rate, exactly; and each distinct rate key resolved once."""

from __future__ import annotations

from decimal import Context, Decimal, Inexact, InvalidOperation, Overflow
from typing import TYPE_CHECKING

from tokenaudit.pricing.resolve import Resolution, resolve

if TYPE_CHECKING:
    from tokenaudit.model.rates import Rate, RateKey
    from tokenaudit.pricing.book import PriceBook

# Wide enough for any token count and any price; were a result ever rounded, it raises instead.
_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])


def cost_usd(tokens: int, rate: Rate) -> Decimal:
    """`tokens` at `rate`, in USD, to the last digit. Raises ValueError for a negative count."""
    if tokens < 0:
        raise ValueError(f"{tokens} tokens")
    return _EXACT.scaleb(_EXACT.multiply(Decimal(tokens), rate.usd_per_mtok), -6)


class RateCache:
    """Resolves each distinct key once: reports have few keys and many rows."""

    def __init__(self, book: PriceBook) -> None:
        """Nothing is resolved yet."""
        self._book = book
        self._known: dict[RateKey, Resolution] = {}

    def __call__(self, key: RateKey) -> Resolution:
        """The resolution of this key, as `resolve` gives it."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = resolve(self._book, key)
        return found
