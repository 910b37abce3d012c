"""What tokens cost under the user's contract: list price less the discounts of the configuration, exactly."""

from __future__ import annotations

from dataclasses import replace
from decimal import Context, Inexact, InvalidOperation, Overflow
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tokenaudit.model.rates import CONTRACT

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tokenaudit.model.discounts import Discount
    from tokenaudit.model.rates import Rate, RateKey
    from tokenaudit.pricing.resolve import Resolution

_EXACT = Context(prec=80, traps=[Inexact, InvalidOperation, Overflow])


class ContractRates:
    """Resolves a key as list prices are resolved, and takes off the discount that holds for it.

    Of several the last one counts. A rate of the user's own is the contract already: nothing is taken off it. What has
    no discount costs its list price under the contract too.
    """

    def __init__(self, listed: Callable[[RateKey], Resolution], discounts: Sequence[Discount]) -> None:
        """`listed` gives the list price of a key."""
        self._listed = listed
        self._discounts = tuple(reversed(discounts))
        self._known: dict[RateKey, Resolution] = {}

    def __call__(self, key: RateKey) -> Resolution:
        """The contract's rate; its source names the discount, and its layer is `contract` where there is one."""
        found = self._known.get(key)
        if found is None:
            found = self._known[key] = self._contracted(key, self._within_its_days(key))
        return found

    def _within_its_days(self, key: RateKey) -> Resolution:
        """The list price, for the days on which no discount begins or ends."""
        found = self._listed(key)
        days = {day for each in self._discounts for day in (each.valid_from, each.valid_until) if day is not None}
        return replace(
            found,
            since=max({found.since, *(day for day in days if day <= key.day)}),
            until=min({found.until, *(day for day in days if day > key.day)}),
        )

    def _contracted(self, key: RateKey, found: Resolution) -> Resolution:
        if found.rate is None or found.layer == CONTRACT:
            return found
        held = next((each for each in self._discounts if _holds(each, key, found.rate)), None)
        if held is None:
            return found
        usd = _EXACT.scaleb(_EXACT.multiply(found.rate.usd_per_mtok, 100 - held.percent), -2)
        note = found.rate.note if usd or found.rate.note else "free"
        rate = replace(found.rate, usd_per_mtok=usd, source=f"{found.rate.source}, {held}", note=note)
        return replace(found, rate=rate, layer=CONTRACT)


def _holds(discount: Discount, key: RateKey, rate: Rate) -> bool:
    if discount.provider != key.provider or key.day < discount.valid_from:
        return False
    if discount.valid_until is not None and key.day >= discount.valid_until:
        return False
    names = (key.model, key.model.partition("/")[2])  # a bare name means any vendor's, as everywhere
    return any(_like(each, discount.model) for each in names) and (
        discount.meter is None or any(_like(each, discount.meter) for each in (rate.sku, key.kind) if each)
    )


def _like(text: str, pattern: str) -> bool:
    return fnmatchcase(text.lower(), pattern.lower())
