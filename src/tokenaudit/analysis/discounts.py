"""How far a bill lies below list price, and whether it does so by one discount or by a different one for each SKU."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

Sku = TypeVar("Sku", bound="Hashable")

SPREAD = Decimal("0.005")
"""Half a percentage point: ratios that lie no farther apart are one discount, told apart by rounding only."""
LEAST_LIST_COST = Decimal(1)
"""A SKU that costs less at list price says nothing: the rounding of its bill is more than a discount."""


@dataclass(frozen=True, slots=True)
class SkuCost:
    """What one SKU costs at list price and on the bill, in one currency."""

    list_cost: Decimal
    billed_cost: Decimal

    @property
    def ratio(self) -> Decimal | None:
        """Billed over list; None where the list price is zero."""
        return self.billed_cost / self.list_cost if self.list_cost else None


@dataclass(frozen=True, slots=True)
class Discount(Generic[Sku]):
    """Billed over list: 0.88 is a discount of 12 percent.

    `effective_ratio` is that of all SKUs together. `uniform_ratio` is the one ratio that all SKUs share, or None where
    they do not. `per_sku` holds the SKUs that are dear enough to judge by, and `outliers` those of them that lie
    farther from the usual ratio than rounding explains: another tier, another region, cached tokens, or an old list.
    """

    effective_ratio: Decimal | None
    uniform_ratio: Decimal | None
    per_sku: dict[Sku, Decimal]
    outliers: dict[Sku, Decimal]

    @property
    def uniform_discount(self) -> Decimal | None:
        """The share of the list price that is let off, where it is one for all: 0.12."""
        return None if self.uniform_ratio is None else 1 - self.uniform_ratio


def discount(costs: Mapping[Sku, SkuCost]) -> Discount[Sku]:
    """Compares the SKUs of one provider and currency: uniform if their ratios differ by at most `SPREAD`."""
    told = {key: cost for key, cost in costs.items() if cost.list_cost >= LEAST_LIST_COST}
    ratios = {key: cost.billed_cost / cost.list_cost for key, cost in told.items()}
    if not ratios:
        return Discount(_together(costs.values()), None, {}, {})
    uniform = max(ratios.values()) - min(ratios.values()) <= SPREAD
    usual = usual_ratio(told.values())
    outliers = {key: ratio for key, ratio in ratios.items() if usual is not None and abs(ratio - usual) > SPREAD}
    return Discount(
        effective_ratio=_together(costs.values()),
        uniform_ratio=_together(told.values()) if uniform else None,
        per_sku=ratios,
        outliers={} if uniform else outliers,
    )


def usual_ratio(costs: Iterable[SkuCost]) -> Decimal | None:
    """The ratio at which half of the list cost lies below: a median, so that a few odd lines do not move it."""
    ordered = sorted((cost.billed_cost / cost.list_cost, cost.list_cost) for cost in costs if cost.list_cost > 0)
    total = sum((weight for _, weight in ordered), Decimal(0))
    passed = Decimal(0)
    for ratio, weight in ordered:
        passed += weight
        if passed * 2 >= total:
            return ratio
    return None


def _together(costs: Iterable[SkuCost]) -> Decimal | None:
    listed = billed = Decimal(0)
    for cost in costs:
        listed += cost.list_cost
        billed += cost.billed_cost
    return billed / listed if listed else None
