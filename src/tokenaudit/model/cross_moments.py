"""Moments of requests that stand each for itself, priced after they were summed.

What a request costs is a sum of tokens times prices; its square is a sum of products of two counts of tokens, times the
product of their prices. Where prices are the same, those products can be summed over the requests first. All of it is
whole numbers, so the moments are exact, and rounded once, at the end.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations_with_replacement
from math import lcm
from operator import add
from typing import TYPE_CHECKING, NamedTuple, TypeVar

from tokenaudit.model.moments import Moments
from tokenaudit.model.unit_metrics import metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from tokenaudit.model.cells import Group
    from tokenaudit.model.unit_metrics import Amount, Metric

ROW = ""
"""The column that is 1 in each row: the sum of its products with another column is the sum of that column."""
REQUESTS = "request_count"

Key = TypeVar("Key")
Prices = tuple[tuple[str, int], ...]
"""The token columns that have a price, and it in a whole number of the same small unit."""
_Sum = list[tuple[int, int]]
"""Which of the sums of a cell to add up, and each times what."""


class Alike(NamedTuple):
    """What requests have in common that differ in nothing but numbers.

    `used` are the token columns of which each of them has any, `told` whether they tell tokens at all, be it 0.
    """

    prices: Prices
    outcome: str
    told: bool
    used: tuple[str, ...]


class CrossCell(NamedTuple):
    """Requests that are alike, and for each of `pairs` the sum of the product of the two columns over their rows."""

    group: Group
    alike: Alike
    sums: tuple[int, ...]


def pairs(columns: Sequence[str]) -> list[tuple[str, str]]:
    """The pairs of columns of which a cell has the sum of products: of `ROW` and these, each with itself and others."""
    return list(combinations_with_replacement((ROW, *columns), 2))


def in_whole_numbers(table: Mapping[Key, Mapping[str, Decimal]]) -> tuple[dict[Key, Prices], int]:
    """The prices of a table in whole numbers, and how many of these are one USD per 1M tokens."""
    scale = lcm(*(price.as_integer_ratio()[1] for prices in table.values() for price in prices.values()))
    whole: dict[Key, Prices] = {}
    for key, prices in table.items():
        ratios = {kind: price.as_integer_ratio() for kind, price in prices.items()}
        whole[key] = tuple((kind, over * (scale // under)) for kind, (over, under) in ratios.items())
    return whole, scale


def cross_moments(
    cells: Iterable[CrossCell], columns: Sequence[str], kinds: Sequence[str], scale: int
) -> Iterator[tuple[Group, str, Moments]]:
    """Group, metric and its moments, where there is anything of the metric (`unit_metrics.metrics` of these kinds).

    `columns` are those that `pairs` of the cells are of; without `request_count` among them each row is one request.
    `scale` is that of the prices.
    """
    places = _places(columns)
    wanted = metrics(kinds)
    groups: defaultdict[Group, dict[Alike, tuple[int, ...]]] = defaultdict(dict)
    for group, alike, sums in cells:
        before = groups[group].get(alike)
        groups[group][alike] = sums if before is None else tuple(map(add, before, sums))
    plans: dict[Alike, list[list[_Sum]]] = {}
    for group, parts in groups.items():
        for alike in parts:
            if alike not in plans:
                plans[alike] = [_plan(metric, alike, places) for metric in wanted]
        for number, metric in enumerate(wanted):
            told = [0] * 7
            for alike, sums in parts.items():
                for part, plan in enumerate(plans[alike][number]):
                    for place, weight in plan:
                        told[part] += weight * sums[place]
            if told[0]:
                yield group, metric.name, _rounded(metric, told, scale)


def _places(columns: Sequence[str]) -> dict[tuple[str, str], int]:
    """Where in `sums` the sum over two columns is, in either order."""
    places = {pair: place for place, pair in enumerate(pairs(columns))}
    if REQUESTS not in columns:
        places |= {(REQUESTS, each): places[ROW, each] for each in (ROW, *columns)}
        places[REQUESTS, REQUESTS] = places[ROW, ROW]
    return places | {(two, one): place for (one, two), place in places.items()}


def _plan(metric: Metric, alike: Alike, places: Mapping[tuple[str, str], int]) -> list[_Sum]:
    """For each field of `Moments` how it is reckoned from the sums of a cell."""
    y, x, one = _weights(metric.y, alike), _weights(metric.x, alike), {ROW: 1}
    # One kind of token rests on who used any of it.
    counted = one if x or metric.x.of != "priced" else {}
    of = ((counted, one), (counted, {REQUESTS: 1}), (y, one), (x, one), (y, y), (y, x), (x, x))
    return [
        [(places[first, second], a * b) for first, a in left.items() for second, b in right.items()]
        for left, right in of
    ]


def _weights(amount: Amount, alike: Alike) -> dict[str, int]:
    """An amount as a sum of columns, each times a whole number."""
    if amount.outcomes and alike.outcome not in amount.outcomes:
        return {}
    if amount.of == "requests" or (amount.of == "told" and alike.told):
        return {REQUESTS: 1}
    used = [kind for kind in amount.kinds if kind in alike.used]
    if amount.of == "tokens":
        return dict.fromkeys(used, 1)
    prices = dict(alike.prices)
    return {kind: prices[kind] if amount.of == "cost" else 1 for kind in used if kind in prices}


def _rounded(metric: Metric, told: Sequence[int], scale: int) -> Moments:
    y, x = (each.divisor * (scale if each.of == "cost" else 1) for each in (metric.y, metric.x))
    clusters, n, *sums = told
    return Moments(clusters, n, *(part / by for part, by in zip(sums, (y, x, y * y, y * x, x * x), strict=True)))
