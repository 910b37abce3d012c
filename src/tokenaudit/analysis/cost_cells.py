"""Token cells of two sides as the cells of an attribution: what is bought at one tariff.

Requests of a provider's model, scope and tier are one cell as long as they are priced alike. Where regions, versions or
lengths of prompts have prices of their own, each tariff is a cell, so that a shift from one to another is `mix`, and
`price` is what lists and contracts did: with unchanged rates it is exactly zero. Two are priced alike if every kind of
token has the same price in both, on the first and the last day of either side. A price that changes within a side
counts with the tokens that were used at it.

Models that the user paired across sides are one cell by that label, and where the sides share no provider, a model is
one cell by its name: whatever provider, scope, tier and region that stands for, its price is what was paid on average.

Requests are those that were answered and tell their tokens. What failed costs what its tokens cost, and is no request:
otherwise a burst of refused requests would be more volume of shorter prompts. (Where all failed, they are counted after
all.) Tokens without a price are in no cell, nor are requests all of whose tokens have none,
and a model of which no token has one on one of the sides is not there at all, nor what it is paired with: that its cost
became known is no change.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.analysis.attribution import CostCell, Usage
from tokenaudit.analysis.cell_prices import CellPrices
from tokenaudit.model.columns import PRICED_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from tokenaudit.analysis.cell_prices import CellPrice, Pricing
    from tokenaudit.model.cells import TokenCell


class Bought(NamedTuple):
    """What a cell of the attribution is. Where models are paired across sides, `model` is the label, the rest is None.

    `tariff` numbers cells that have all else in common.
    """

    provider: str | None
    model: str
    scope: str | None
    tier: str | None
    tariff: int = 0


class _Sku(NamedTuple):
    """Everything that decides a price, but for the day."""

    provider: str
    model: str
    scope: str | None
    tier: str | None
    version: str | None
    region: str | None
    band: int


@dataclass
class _Used:
    """What was used of something on one side, by price; `first` and `last` are cells of its first and last day."""

    requests: int = 0
    attempts: int = 0
    tokens: Counter[CellPrice] = field(default_factory=Counter)
    unpriced: bool = False
    first: TokenCell | None = None
    last: TokenCell | None = None

    @property
    def counts(self) -> bool:
        """Whether it is part of the cost: not where nothing that was used has a price."""
        return bool(self.tokens) or (self.requests > 0 and not self.unpriced)

    def add(self, cell: TokenCell, prices: CellPrices) -> None:
        of_kind = prices.of(cell)
        used = [(of_kind(kind), count) for kind in PRICED_TOKENS if (count := cell.tokens.get(kind))]
        priced = [(price, count) for price, count in used if price.rate is not None]
        for price, count in priced:
            self.tokens[price] += count
        self.unpriced |= len(priced) < len(used)
        if priced or not used:  # requests whose tokens are in no cost would be requests of fewer tokens
            self.attempts += cell.requests
            self.requests += cell.requests - cell.error_count - cell.tokenless_count
        if self.first is None or cell.day < self.first.day:
            self.first = cell
        if self.last is None or cell.day > self.last.day:
            self.last = cell


_Pair = tuple[_Used, _Used]
"""Both sides of one SKU."""


def cost_cells(
    cells: Iterable[TokenCell],
    sides: tuple[str, str],
    pricing: Pricing,
    labels: Mapping[str, str] | None = None,
    *,
    strict: bool = False,
) -> list[CostCell[Bought]]:
    """The cells of an attribution from the first of `sides` to the second, in the order of their keys.

    What is on neither side is passed over. `labels` gives models that the user paired their common label. With
    `strict`, a price that rests on an assumption is no price.
    """
    prices = CellPrices(pricing, strict=strict)
    used: defaultdict[_Sku, _Pair] = defaultdict(lambda: (_Used(), _Used()))
    for cell in cells:
        if cell.model is not None and cell.side in sides:
            used[_sku(cell, prices)][sides.index(cell.side)].add(cell, prices)
    providers = [{sku.provider for sku, pair in used.items() if pair[side].counts} for side in (0, 1)]
    apart = all(providers) and providers[0].isdisjoint(providers[1])
    families: defaultdict[Bought, dict[_Sku, _Pair]] = defaultdict(dict)
    for sku in sorted(used, key=_sortable):
        if any(side.counts or side.unpriced for side in used[sku]):
            label = (labels or {}).get(sku.model) or (sku.model if apart else None)
            family = Bought(None, label, None, None) if label else Bought(*sku[:4])
            families[family][sku] = used[sku]
    for family, skus in families.items():
        for alike in [tuple(skus)] if family.provider is None else [(sku,) for sku in skus]:
            if any(_is_untold([skus[sku][side] for sku in alike]) for side in (0, 1)):
                for sku in alike:
                    del skus[sku]
    return [
        CostCell(
            family._replace(tariff=number),
            *(_usage([pair[side] for pair in alike], pricing, prices) for side in (0, 1)),
        )
        for family in sorted(families, key=_sortable)
        for number, alike in enumerate(_tariffs(families[family], prices, paired=family.provider is None))
    ]


def _is_untold(side: Iterable[_Used]) -> bool:
    """Whether it used tokens of which none has a price: then its cost is not known, and nor is that it changed."""
    side = tuple(side)
    return any(used.unpriced for used in side) and not any(used.tokens for used in side)


def _sku(cell: TokenCell, prices: CellPrices) -> _Sku:
    scope, tier = prices.bought_as(cell)
    return _Sku(*(cell.provider, cell.model or "", scope, tier), cell.model_version, cell.region, cell.prompt_band)


def _sortable(key: _Sku | Bought) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in key)


def _tariffs(skus: Mapping[_Sku, _Pair], prices: CellPrices, *, paired: bool) -> list[list[_Pair]]:
    """The SKUs that are priced alike, together."""
    if paired:
        return [list(skus.values())] if skus else []
    days = sorted({day for side in (0, 1) for day in _ends(pair[side] for pair in skus.values())})
    alike: defaultdict[tuple[Decimal | None, ...], list[_Pair]] = defaultdict(list)
    for pair in skus.values():
        seen = next(side.last for side in pair if side.last is not None)
        alike[tuple(price for day in days for price in _listed(seen, day, prices).values())].append(pair)
    return list(alike.values())


def _ends(side: Iterable[_Used]) -> set[date]:
    """The first and the last day of one side."""
    days = [cell.day for used in side for cell in (used.first, used.last) if cell is not None]
    return {min(days), max(days)} if days else set()


def _listed(cell: TokenCell, day: date, prices: CellPrices) -> dict[str, Decimal | None]:
    """What a million tokens of each kind would have cost on a day; None where there is no price."""
    of_kind = prices.of(replace(cell, day=day))
    rates = {kind: of_kind(kind).rate for kind in PRICED_TOKENS}
    return {kind: None if rate is None else rate.usd_per_mtok for kind, rate in rates.items()}


def _usage(side: list[_Used], pricing: Pricing, prices: CellPrices) -> Usage:
    """What several SKUs used on one side. Kinds that none used are priced as those of the most used one."""
    counted = [used for used in side if used.counts]
    tokens: Counter[str] = Counter()
    cost: defaultdict[str, Decimal] = defaultdict(Decimal)
    for used in counted:
        for price, count in used.tokens.items():
            if price.rate is not None:
                tokens[price.column] += count
                cost[price.column] += pricing.cost_usd(count, price.rate)
    main = max(counted, key=lambda used: used.tokens.total(), default=_Used()).last
    listed = _listed(main, main.day, prices) if main is not None else {}
    known = {kind: usd for kind, usd in listed.items() if usd is not None}
    requests = sum(used.requests for used in counted)
    if tokens and not requests:  # nothing was answered, and yet it cost
        requests = sum(used.attempts for used in counted)
    return Usage(requests, dict(tokens), dict(cost), known)
