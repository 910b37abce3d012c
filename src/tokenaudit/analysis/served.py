"""Whom a line of a bill pays for: the requests among which it is divided, and by what weight.

A line that sells tokens is for the requests of its model, capacity for those that it served, and a consumption unit for
those of Claude; of one account and its days. Where a bill sells long prompts by a meter of their own, they are for the
requests of that length.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.meters import azure_meters

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.model.cells import BillCell, Group, TokenCell
    from tokenaudit.model.rates import RateKey

ZERO = Decimal(0)
USAGE = "Usage"
CONSUMPTION_UNIT = "consumption_unit"

Key = tuple[str, str]
"""A group, as text that sorts, and a token column: what an allocation gives a share to."""


def serves(cell: BillCell) -> bool:
    """Whether the line pays for requests: for their tokens, or for the capacity that served them."""
    return cell.kind is not None or cell.tier == "provisioned" or _is_consumption(cell)


def _is_consumption(cell: BillCell) -> bool:
    return cell.kind is None and azure_meters.read(cell.meter or "").unit_kind == CONSUMPTION_UNIT


def pays_flat(line: BillCell, cell: TokenCell) -> bool:
    """Whether the line paid for these requests without counting their tokens: with capacity, or consumption units."""
    if line.category != USAGE or line.kind is not None or not _same_account(line, cell):
        return False
    if _is_consumption(line):
        return (cell.model or "").startswith("anthropic/") and line.model in (None, cell.model)
    return line.tier == cell.tier == "provisioned" and line.model in (None, cell.model)


class Served:
    """Requests by what a line of a bill can name of them, each with its list cost as weight."""

    def __init__(
        self, cells: Iterable[TokenCell], everyone: Iterable[TokenCell], pricing: Pricing, bills: Iterable[BillCell]
    ) -> None:
        self._pricing = pricing
        self._long = {_sold(each): each.prompt_band for each in bills if each.prompt_band}
        self._mine = _by_day(cells)
        self._everyone = _by_day(everyone)

    def by(self, line: BillCell) -> tuple[dict[Key, Decimal], dict[Key, int], dict[Key, Group]]:
        """Weights and tokens of the requests that the line served, and the groups of those that are on the side.

        The requests of others are together under keys that have no group.
        """
        all_mine, everyone = self._of_length(_of(self._mine, line), _of(self._everyone, line), line)
        groups = {repr(cell.group): cell.group for cell in all_mine}
        mine = self._weighed(all_mine, line)
        others = self._weighed(everyone, line, everyone=True)
        for (_, column), weight in mine.items():
            if (_NOBODY, column) in others:
                others[_NOBODY, column] = others[_NOBODY, column].without(weight)
        whole = {**others, **mine}
        unpriced = any(weight.unpriced for weight in whole.values())
        by_tokens = unpriced and line.kind is not None  # of one model and kind: as good as prices
        weights = {key: Decimal(each.tokens) if by_tokens else each.list_cost for key, each in whole.items()}
        tokens = {key: each.tokens for key, each in mine.items()}
        return weights, tokens, {key: groups[key[0]] for key in mine}

    def _of_length(
        self, mine: Iterable[TokenCell], everyone: Iterable[TokenCell], line: BillCell
    ) -> tuple[list[TokenCell], list[TokenCell]]:
        """Where a bill sells long prompts by a meter of their own: the requests of the length that the line is for.

        Where no log tells of any, what served them is in the others: all of them are meant.
        """
        both = [cell for cell in mine if _fits(cell, line)], [cell for cell in everyone if _fits(cell, line)]
        band = self._long.get(_sold(line))
        if band is None:
            return both
        so_long = [[cell for cell in cells if (cell.prompt_band >= band) == bool(line.prompt_band)] for cells in both]
        told = any(cell.tokens.get(f"{line.kind}_tokens") for cells in so_long for cell in cells)
        return (so_long[0], so_long[1]) if told else both

    def _weighed(self, cells: Iterable[TokenCell], line: BillCell, *, everyone: bool = False) -> dict[Key, _Weight]:
        weights: dict[Key, _Weight] = defaultdict(_Weight)
        for cell in cells:
            for column, count in cell.tokens.items():
                if column not in PRICED_TOKENS or not count or line.kind not in (None, column.removesuffix("_tokens")):
                    continue
                key = (_NOBODY if everyone else repr(cell.group), column)
                rate = self._pricing.resolve(_as_tokens(cell, column)).rate if cell.model else None
                cost = ZERO if rate is None else self._pricing.cost_usd(count, rate)
                weights[key] = weights[key].plus(count, cost, unpriced=rate is None)
        return weights


@dataclass(frozen=True)
class _Weight:
    tokens: int = 0
    list_cost: Decimal = ZERO
    unpriced: bool = False

    def plus(self, tokens: int, cost: Decimal, *, unpriced: bool) -> _Weight:
        return _Weight(self.tokens + tokens, self.list_cost + cost, self.unpriced or unpriced)

    def without(self, other: _Weight) -> _Weight:
        return _Weight(max(self.tokens - other.tokens, 0), max(self.list_cost - other.list_cost, ZERO), self.unpriced)


_NOBODY = ""


def _by_day(cells: Iterable[TokenCell]) -> dict[tuple[str, str, date], list[TokenCell]]:
    found: dict[tuple[str, str, date], list[TokenCell]] = defaultdict(list)
    for cell in cells:
        found[cell.side, cell.provider, cell.day].append(cell)
    return found


def _of(cells: Mapping[tuple[str, str, date], list[TokenCell]], line: BillCell) -> Iterator[TokenCell]:
    """Those of the days that the line is for."""
    for number in range(line.days):
        yield from cells.get((line.side, line.provider, line.day + timedelta(days=number)), ())


def _as_tokens(cell: TokenCell, column: str) -> RateKey:
    """The rate key of the tokens, as if they were bought one by one: capacity itself has no price by token."""
    key = cell.rate_key(column.removesuffix("_tokens"))
    return replace(key, tier="standard") if key.tier in ("provisioned", "reserved") else key


def _fits(cell: TokenCell, line: BillCell) -> bool:
    if line.kind is None:
        return pays_flat(line, cell)
    same = cell.model == line.model and (cell.tier == "provisioned") == (line.tier == "provisioned")
    return same and _same_account(line, cell)


def _sold(line: BillCell) -> tuple[object, ...]:
    return line.side, line.provider, line.account, line.model, line.kind, line.day


def _same_account(line: BillCell, cell: TokenCell) -> bool:
    return line.account is None or cell.account in (None, line.account)
