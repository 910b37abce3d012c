"""Token cells added up by side and group, with what they cost at list price and what could not be priced."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from tokenaudit.model.columns import PRICED_TOKENS, PROMPT_TOKENS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokenaudit.model.cells import Group, TokenCell
    from tokenaudit.model.rates import Rate, RateKey

_MILLION = 1_000_000


class Resolved(Protocol):
    """The answer of a price book to one rate key (`pricing.resolve.Resolution`)."""

    @property
    def rate(self) -> Rate | None:
        """The rate, None where there is none."""

    @property
    def assumed(self) -> tuple[str, ...]:
        """What the log left open and was taken as the usual."""

    @property
    def why(self) -> str:
        """Why there is no rate."""


@dataclass(frozen=True)
class Pricing:
    """How to price: the rate of a key, and the exact cost of tokens at a rate."""

    resolve: Callable[[RateKey], Resolved]
    cost_usd: Callable[[int, Rate], Decimal]


@dataclass
class Sums:
    """One side of one group. Costs are exact; a kind of token that was never priced has no entry."""

    requests: int = 0
    errors: int = 0
    metered: int = 0
    """Those of the requests that metrics count: how they ended is not known."""
    tokens: dict[str, int | None] = field(default_factory=dict)
    cost_usd: dict[str, Decimal] = field(default_factory=dict)
    priced_tokens: Counter[str] = field(default_factory=Counter)

    def add(self, other: Sums) -> None:
        """Adds another's figures to these."""
        self.requests += other.requests
        self.errors += other.errors
        self.metered += other.metered
        for name, count in other.tokens.items():
            self.add_tokens(name, count)
        for kind, cost in other.cost_usd.items():
            self.cost_usd[kind] = self.cost_usd.get(kind, Decimal(0)) + cost
        self.priced_tokens.update(other.priced_tokens)

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
        return None if cost is None or not tokens else cost * _MILLION / tokens

    def total_tokens(self) -> int | None:
        """All tokens of all kinds; None where no request tells any."""
        known = [count for name in PRICED_TOKENS if (count := self.tokens.get(name)) is not None]
        return sum(known) if known else None

    def error_ratio(self) -> float | None:
        """Throttled and failed requests over all whose end is known."""
        known = self.requests - self.metered
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
    """Requests by what was assumed (`scope`, `tier`, `version`) and provider."""

    def side(self, label: str) -> Sums:
        """All groups of one side together."""
        total = Sums()
        for (side, _), sums in self.sums.items():
            if side == label:
                total.add(sums)
        return total


def tally(cells: Iterable[TokenCell], pricing: Pricing, *, strict: bool = False) -> Tally:
    """Adds up and prices. With `strict`, a price that rests on an assumption is no price."""
    result = Tally()
    for cell in cells:
        sums = result.sums.setdefault((cell.side, cell.group), Sums())
        sums.requests += cell.requests
        sums.errors += cell.error_count
        sums.metered += cell.metered_count
        for name, count in cell.tokens.items():
            sums.add_tokens(name, count)
        assumed: set[str] = set()
        for name in PRICED_TOKENS:
            count = cell.tokens.get(name)
            if count:
                assumed.update(_price(result, sums, cell, name, count, pricing, strict=strict))
        for what in assumed:
            result.assumed[what][cell.provider] += cell.requests
    return result


def _price(  # one step of `tally`, with its state
    result: Tally, sums: Sums, cell: TokenCell, name: str, count: int, pricing: Pricing, *, strict: bool
) -> tuple[str, ...]:
    label = cell.model or cell.name or "model not named in the log"
    found = pricing.resolve(cell.rate_key(name.removesuffix("_tokens")))
    if found.rate is None or (strict and found.assumed):
        why = found.why or f"{' and '.join(found.assumed)} not in the log, and --strict assumes nothing"
        result.unpriced[label, why] += count
        return ()
    sums.cost_usd[name] = sums.cost_usd.get(name, Decimal(0)) + pricing.cost_usd(count, found.rate)
    sums.priced_tokens[name] += count
    return found.assumed
