"""The price of each token cell and kind, each rate key resolved once for all days on which the answer is the same."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.rate_table import Priced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from decimal import Decimal

    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.rate_table import RateTable
    from tokenaudit.model.rates import Rate, RateKey


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

    @property
    def layer(self) -> str:
        """Whose rate it is: one of `model.rates.LAYERS`."""

    @property
    def since(self) -> date:
        """The first day of those on which the answer is the same."""

    @property
    def until(self) -> date:
        """The day after the last of them."""


@dataclass(frozen=True)
class Pricing:
    """How to price: the rate of a key, and the exact cost of tokens at a rate."""

    resolve: Callable[[RateKey], Resolved]
    cost_usd: Callable[[int, Rate], Decimal]


def rate_table(cells: Iterable[TokenCell], pricing: Pricing, *, strict: bool = False) -> RateTable:
    """What the tokens of these cells cost, of the kinds that any of them holds, for an engine to price each request."""
    cells = tuple(cells)
    kinds = [kind for kind in PRICED_TOKENS if any(cell.tokens.get(kind) for cell in cells)]
    prices = CellPrices(pricing, strict=strict)
    table: dict[Priced, dict[str, Decimal]] = {}
    for cell in cells:
        key = Priced(
            *(cell.provider, cell.model, cell.model_version, cell.region, cell.scope, cell.tier),
            cell.prompt_band,
            cell.day,
        )
        if key not in table:
            of_kind = prices.of(cell)
            found = {kind: of_kind(kind).rate for kind in kinds} if cell.model is not None else {}
            table[key] = {kind: rate.usd_per_mtok for kind, rate in found.items() if rate is not None}
    return dict(table)


@dataclass(frozen=True, eq=False)
class CellPrice:
    """What tokens of one kind cost; `rate` is None, and `why` says why, where they have no price."""

    column: str
    label: str
    rate: Rate | None
    layer: str
    why: str
    assumed: tuple[str, ...]


class CellPrices:
    """The price of each cell and kind. A key is resolved once for all days on which the answer is the same."""

    def __init__(self, pricing: Pricing, *, strict: bool) -> None:
        self._pricing = pricing
        self._strict = strict
        self._latest: dict[tuple[object, ...], dict[str, tuple[date, date, CellPrice]]] = defaultdict(dict)
        self._prices: dict[tuple[object, ...], CellPrice] = {}

    def of(self, cell: TokenCell) -> Callable[[str], CellPrice]:
        """The prices of this cell, by token column."""
        latest = self._latest[
            cell.provider,
            cell.model,
            cell.name,
            cell.model_version,
            cell.region,
            cell.scope,
            cell.tier,
            cell.prompt_band,
        ]

        def price(column: str) -> CellPrice:
            known = latest.get(column)
            if known is None or not known[0] <= cell.day < known[1]:
                known = latest[column] = self._resolved(cell, column)
            return known[2]

        return price

    def bought_as(self, cell: TokenCell) -> tuple[str | None, str | None]:
        """Scope and tier: those of the log, else those that it was priced as. A failed request often tells no tier."""
        scope, tier = cell.scope, cell.tier
        if cell.model is not None and (scope is None or tier is None):
            of_kind = self.of(cell)
            rate = next((rate for kind in PRICED_TOKENS if (rate := of_kind(kind).rate) is not None), None)
            if rate is not None:
                scope, tier = scope or rate.scope, tier or rate.tier
        return scope, tier

    def _resolved(self, cell: TokenCell, column: str) -> tuple[date, date, CellPrice]:
        label = cell.model or cell.name or "model not named in the log"
        found = self._pricing.resolve(cell.rate_key(column.removesuffix("_tokens")))
        rate, why, assumed = found.rate, found.why, found.assumed
        if rate is not None and self._strict and assumed:
            rate, why = None, f"{' and '.join(assumed)} assumed, and --strict assumes nothing"
        if rate is None:
            assumed = ()
        key = (column, label, id(rate) if rate is not None else why, found.layer, assumed)
        if key not in self._prices:
            self._prices[key] = CellPrice(column, label, rate, found.layer, why, assumed)
        return found.since, found.until, self._prices[key]
