"""Token cells added up by side and group, with what they cost at list price and what could not be priced."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.cell_prices import CellPrices
from tokenaudit.model.columns import PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.workings import Step

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.analysis.cell_prices import CellPrice, Pricing
    from tokenaudit.model.cells import Group, TokenCell

_MILLION = 1_000_000


@dataclass
class Sums:
    """One side of one group. Costs are exact; a kind of token that was never priced has no entry."""

    requests: int = 0
    errors: int = 0
    untold: int = 0
    """Those of the requests of which it is not known how they ended."""
    tokens: dict[str, int | None] = field(default_factory=dict)
    cost_usd: dict[str, Decimal] = field(default_factory=dict)
    priced_tokens: Counter[str] = field(default_factory=Counter)
    unmeasured: set[str] = field(default_factory=set)
    """Kinds whose cost is also for tokens that nobody counted: it has no price by the token."""

    def add(self, other: Sums) -> None:
        """Adds another's figures to these."""
        self.requests += other.requests
        self.errors += other.errors
        self.untold += other.untold
        for name, count in other.tokens.items():
            self.add_tokens(name, count)
        for kind, cost in other.cost_usd.items():
            self.cost_usd[kind] = self.cost_usd.get(kind, Decimal(0)) + cost
        self.priced_tokens.update(other.priced_tokens)
        self.unmeasured |= other.unmeasured

    def add_tokens(self, name: str, count: int | None) -> None:
        """Unknown and known make known: the unknown part is counted elsewhere, as requests without tokens."""
        if count is not None:
            self.tokens[name] = (self.tokens.get(name) or 0) + count
        else:
            self.tokens.setdefault(name, None)

    def list_cost_usd(self, kinds: Iterable[str] = PRICED_TOKENS) -> Decimal | None:
        """Cost of these kinds; None where none of them has a price."""
        costs = [self.cost_usd[kind] for kind in kinds if kind in self.cost_usd]
        return sum(costs, Decimal(0)) if costs else None

    def usd_per_mtok(self, kinds: Iterable[str] = PRICED_TOKENS) -> Decimal | None:
        """Cost of one million tokens of these kinds together, over those that have a price."""
        kinds = tuple(kinds)
        cost = self.list_cost_usd(kinds)
        tokens = sum(self.priced_tokens[kind] for kind in kinds)
        return None if cost is None or not tokens or self.unmeasured.intersection(kinds) else cost * _MILLION / tokens

    def total_tokens(self) -> int | None:
        """All tokens of all kinds; None where no request tells any."""
        known = [count for name in PRICED_TOKENS if (count := self.tokens.get(name)) is not None]
        return sum(known) if known else None

    def error_ratio(self) -> float | None:
        """Throttled and failed requests over all whose end is known."""
        known = self.requests - self.untold
        return self.errors / known if known > 0 else None

    def cache_hit_ratio(self) -> float | None:
        """Prompt tokens read from a cache, over all prompt tokens."""
        read = self.tokens.get("cache_read_tokens")
        prompt = sum(self.tokens.get(name) or 0 for name in PROMPT_TOKENS)
        return None if read is None or not prompt else read / prompt


@dataclass
class Tally:
    """Everything added up, and what is to be said about it."""

    sums: dict[tuple[str, Group], Sums] = field(default_factory=dict)
    unpriced: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tokens by model (or the provider's name for it) and reason."""
    assumed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    """Requests by what was assumed (`scope`, `tier`, `version`, `region`, `date`) and provider."""
    layers: dict[str, Counter[tuple[str, str]]] = field(default_factory=lambda: defaultdict(Counter))
    """Priced tokens by layer, and there by model and source."""
    covered: Counter[tuple[str, str]] = field(default_factory=Counter)
    """Tokens that are known to cost nothing, by model and by the note that says so."""
    steps: list[Step] = field(default_factory=list)
    """Every product of tokens and a price that the costs are sums of."""

    def partly_priced(self) -> set[tuple[str, Group]]:
        """The sides and groups of whose tokens some have no price: they cost more than is known."""
        return {place for place, sums in self.sums.items() if sums.priced_tokens.total() < (sums.total_tokens() or 0)}

    def side(self, label: str) -> Sums:
        """All groups of one side together."""
        total = Sums()
        for (side, _), sums in self.sums.items():
            if side == label:
                total.add(sums)
        return total


def tally(cells: Iterable[TokenCell], pricing: Pricing, *, strict: bool = False) -> Tally:
    """Adds up and prices. With `strict`, a price that rests on an assumption is no price.

    Tokens are summed by rate first and multiplied once: exact either way, and quick for many cells.
    """
    result = Tally()
    amounts: dict[tuple[str, Group], Counter[CellPrice]] = defaultdict(Counter)
    prices = CellPrices(pricing, strict=strict)
    for cell in cells:
        place = (cell.side, cell.group)
        sums = result.sums.get(place)
        if sums is None:
            sums = result.sums[place] = Sums()
        sums.requests += cell.requests
        sums.errors += cell.error_count
        sums.untold += cell.untold_count
        assumed: set[str] = set()
        at_price = amounts[place]
        of_kind = prices.of(cell)
        for name, count in cell.tokens.items():
            sums.add_tokens(name, count)
            if count and name in _PRICED:
                price = of_kind(name)
                at_price[price] += count
                assumed.update(price.assumed)
        for what in assumed:
            result.assumed[what][cell.provider] += cell.requests
    for place, at_price in amounts.items():
        for price, count in at_price.items():
            cost = _post(result, result.sums[place], price, count, pricing)
            step = Step(
                *place, price.label, price.column, count, price.rate, cost, price.layer, price.why, price.assumed
            )
            result.steps.append(step)
    return result


_PRICED = frozenset(PRICED_TOKENS)


def _post(result: Tally, sums: Sums, price: CellPrice, count: int, pricing: Pricing) -> Decimal | None:
    """Adds tokens at a price to the sums; returns what they cost."""
    if price.rate is None:
        result.unpriced[price.label, price.why] += count
        return None
    cost = pricing.cost_usd(count, price.rate)
    sums.cost_usd[price.column] = sums.cost_usd.get(price.column, Decimal(0)) + cost
    sums.priced_tokens[price.column] += count
    result.layers[price.layer][price.label, price.rate.source] += count
    if not price.rate.usd_per_mtok:
        result.covered[price.label, price.rate.note] += count
    return cost
