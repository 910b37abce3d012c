"""The list price that a bill itself shows: list cost over tokens, of each rate key and day."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.rates import Rate
from tokenaudit.pricing.book import CURRENCY, HIGHEST, LOWEST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tokenaudit.model.cells import BillCell

SOURCE = "bill"
DIGITS = 12
"""Significant digits of a rate: more than any list has, and fewer than the rounding of a line's cost disturbs."""

_ROUNDED = Context(prec=DIGITS, rounding=ROUND_HALF_EVEN)
_MILLION = 1_000_000
_DAY = timedelta(days=1)

Meter = tuple[str, str, str | None, str, str, str, int]
"""provider, model, region, scope, tier, kind, length of prompt."""


def billed_rates(bills: Iterable[BillCell]) -> tuple[Rate, ...]:
    """One rate a meter and day, of the lines that sell tokens in US dollars and tell both list cost and tokens.

    `Rate.source` is `bill`, the note names the bill, and the rate holds on its day only. A line that leaves scope or
    tier open, or whose list cost is 0, says nothing of a price; a price beyond the bounds of a book is a scale taken
    for another, and left out. A bill knows no version: where the price depends on it, its rate is that of the day's
    mixture. So it is with the length of prompts, where the meters for long ones do not say that they are.
    """
    costs: dict[tuple[Meter, date], Decimal] = defaultdict(Decimal)
    tokens: dict[tuple[Meter, date], int] = defaultdict(int)
    sources: dict[tuple[Meter, date], set[str]] = defaultdict(set)
    for each in bills:
        meter = _meter(each)
        if meter is None or not each.tokens or not each.list_cost:
            continue
        key = meter, each.day
        costs[key] += each.list_cost
        tokens[key] += each.tokens
        sources[key].add(each.source)
    return tuple(_rates(costs, tokens, sources))


def _rates(
    costs: dict[tuple[Meter, date], Decimal],
    tokens: dict[tuple[Meter, date], int],
    sources: dict[tuple[Meter, date], set[str]],
) -> Iterator[Rate]:
    for (meter, day), cost in costs.items():
        provider, model, region, scope, tier, kind, prompt_band = meter
        usd = _ROUNDED.divide(cost * _MILLION, Decimal(tokens[meter, day]))
        if LOWEST <= usd <= HIGHEST:
            yield Rate(
                provider=provider,
                model=model,
                scope=scope,
                tier=tier,
                kind=kind,
                usd_per_mtok=usd,
                valid_from=day,
                valid_until=day + _DAY,
                source=SOURCE,
                source_date=day,
                region=region,
                prompt_band=prompt_band,
                note=f"list price of {' and '.join(sorted(sources[meter, day]))}",
            )


def _meter(cell: BillCell) -> Meter | None:
    if cell.category != "Usage" or cell.currency != CURRENCY or cell.model is None or cell.kind is None:
        return None
    if cell.scope is None or cell.tier is None:
        return None
    return cell.provider, cell.model, cell.region, cell.scope, cell.tier, cell.kind, cell.prompt_band
