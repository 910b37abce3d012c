"""What the tokens that agree were billed at: at a discount, or at a rate that is not the usual one.

The usual ratio of a SKU (a cell without its day) is the median of billed over list on its days, weighted by list cost;
but where it has on any day the ratio that most SKUs of the bill have, it is that one, so that a rate that changed early
in the month is found by the days before.

A cell is a `rate_mismatch` where its bill is off that ratio by more than `SPREAD` of its list cost and by more than a
cent, and where its SKU is billed above list price: no contract does that, so that the list is old or the wrong one. A
ratio that is usual for its SKU and below list price is a `discount`, which is never bad, whether it is one for all SKUs
or not.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from statistics import median_low
from typing import TYPE_CHECKING

from tokenaudit.analysis.discounts import LEAST_LIST_COST, SPREAD, Discount, SkuCost, discount, usual_ratio

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenaudit.analysis.cell_keys import CellKey, Series
    from tokenaudit.analysis.gaps import Status
    from tokenaudit.analysis.lineup import Cell

CENT = Decimal("0.01")
Payer = tuple[str, str | None]
"""Provider and currency: what can have one discount."""


@dataclass(frozen=True, slots=True)
class BilledRates:
    """The class of each cell that is not simply `ok`, and the discount of each provider and currency."""

    statuses: dict[CellKey, Status]
    discounts: dict[Payer, Discount[Series]]


def billed_rates(cells: Iterable[Cell]) -> BilledRates:
    """Looks at cells whose tokens agree. Those that have no list price, or were billed nothing, say nothing."""
    skus: dict[tuple[Payer, Series], list[tuple[Cell, SkuCost]]] = defaultdict(list)
    for cell in cells:
        if cell.bill and cell.list_cost and cell.billed_cost is not None:
            cost = SkuCost(cell.list_cost, cell.billed_cost)
            skus[(cell.key.provider, cell.currency), cell.key.series].append((cell, cost))
    common = _common(skus)
    statuses: dict[CellKey, Status] = {}
    usual: dict[Payer, dict[Series, SkuCost]] = defaultdict(dict)
    for (payer, series), priced in skus.items():
        found = _of_sku(priced, common.get(payer))
        statuses.update(found)
        like = [cost for cell, cost in priced if found.get(cell.key) != "rate_mismatch"]
        if like:
            usual[payer][series] = _sum(like)
    return BilledRates(statuses, {payer: discount(costs) for payer, costs in usual.items()})


def _common(skus: Mapping[tuple[Payer, Series], Sequence[tuple[Cell, SkuCost]]]) -> dict[Payer, Decimal]:
    """The median over SKUs, each with one vote: by cost, the one SKU that changed could outweigh all others."""
    votes: dict[Payer, list[Decimal]] = defaultdict(list)
    for (payer, _), priced in skus.items():
        ratio = usual_ratio(cost for _, cost in priced)
        if ratio is not None and _sum(cost for _, cost in priced).list_cost >= LEAST_LIST_COST:
            votes[payer].append(ratio)
    return {payer: median_low(ratios) for payer, ratios in votes.items()}


def _of_sku(priced: Sequence[tuple[Cell, SkuCost]], common: Decimal | None) -> dict[CellKey, Status]:
    ratio = usual_ratio(cost for _, cost in priced)
    if common is not None and any(_has(cost, common) for _, cost in priced):
        ratio = common
    if ratio is None or _sum(cost for _, cost in priced).list_cost < LEAST_LIST_COST:
        return {}
    found: dict[CellKey, Status] = {}
    for cell, cost in priced:
        off = abs(cost.billed_cost - ratio * cost.list_cost)
        if ratio > 1 + SPREAD or off > max(CENT, SPREAD * cost.list_cost):
            found[cell.key] = "rate_mismatch"
        elif ratio < 1 - SPREAD:
            found[cell.key] = "discount"
    return found


def _has(cost: SkuCost, ratio: Decimal) -> bool:
    return (
        cost.list_cost >= LEAST_LIST_COST and abs(cost.billed_cost - ratio * cost.list_cost) <= SPREAD * cost.list_cost
    )


def _sum(costs: Iterable[SkuCost]) -> SkuCost:
    listed = billed = Decimal(0)
    for cost in costs:
        listed += cost.list_cost
        billed += cost.billed_cost
    return SkuCost(listed, billed)
