"""The same six effects by another method, as a cross-check: logarithmic mean Divisia index I, additive (LMDI-I).

Where it and the Shapley shares point the same way and are about as large, the explanation does not hang on the method.
Each cost of a cell and token kind is a product of factors, and its change is divided among them in proportion to the
logarithms of their changes. Where a factor is zero on one side, the analytical limit is taken: the whole change belongs
to the factors that are zero, in equal parts; a small number in place of zero would make large errors (Wood and Lenzen
2006, Energy Policy 34:1326). Costs below zero have no logarithm: list prices have none.
"""

from __future__ import annotations

from collections import defaultdict
from math import log, log1p
from typing import TYPE_CHECKING, TypeVar

from tokenaudit.analysis.attribution import (
    ANSWER,
    AUDIO_PROMPT,
    EFFECTS,
    TEXT_PROMPT,
    parts_of,
    populations,
    prices_of,
)

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Iterator, Sequence

    from tokenaudit.analysis.attribution import CostCell, Sized

Key = TypeVar("Key", bound="Hashable")

Factors = dict[str, float]
"""By effect: the factors of one cost, whose product it is."""


def lmdi(cells: Iterable[CostCell[Key]]) -> dict[Key, dict[str, float]]:
    """The effects of every cell in USD; they add up to its change up to the rounding of floats."""
    found: dict[Key, dict[str, float]] = {}
    for alike in populations(cells):
        for cell in alike.cells:
            effects = found[cell.key] = dict.fromkeys(EFFECTS, 0.0)
            for before, after in _products(cell, (alike.before, alike.after)):
                for effect, share in _divided(before, after).items():
                    effects[effect] += share
    return found


def total_lmdi(parts: Iterable[dict[str, float]]) -> dict[str, float]:
    """Effects added up, in the order of `EFFECTS`."""
    totals: defaultdict[str, float] = defaultdict(float)
    for part in parts:
        for effect, share in part.items():
            totals[effect] += share
    return {effect: totals[effect] for effect in EFFECTS}


def _products(cell: Sized[Key], totals: tuple[int, int]) -> Iterator[tuple[Factors, Factors]]:
    """The factors of each of the cell's costs, before and after."""
    for kind in TEXT_PROMPT:
        yield _both(cell, totals, kind, "prompt_tokens", TEXT_PROMPT)
    yield _both(cell, totals, AUDIO_PROMPT, "prompt_tokens", (AUDIO_PROMPT,))
    for kind in ANSWER:
        yield _both(cell, totals, kind, "output_tokens", (kind,))


def _both(
    cell: Sized[Key], totals: tuple[int, int], kind: str, effect: str, together: Sequence[str]
) -> tuple[Factors, Factors]:
    prices = prices_of(cell, kind)
    found: list[Factors] = []
    for side, usage in enumerate(cell.usages):
        mine, of_all = cell.share(side, totals)
        requests = cell.requests[side] or cell.requests[1 - side] or 1
        parts, whole = parts_of(cell, side)
        found.append(
            {
                "volume": float(totals[side]),
                "mix": mine / of_all,
                effect: sum(usage.tokens.get(each, 0) for each in together) / requests,
                "cache_hit": parts[kind] / whole if kind in parts else 1.0,
                "price": float(prices[side]),
            }
        )
    return found[0], found[1]


def _divided(before: Factors, after: Factors) -> Factors:
    old, new = _product(before), _product(after)
    if old and new:
        mean = old if old == new else (new - old) / log1p((new - old) / old)
        return {effect: mean * log(after[effect] / value) for effect, value in before.items()}
    if old == new:
        return {}
    empty = [effect for effect, value in (after if old else before).items() if not value]
    return dict.fromkeys(empty, (new - old) / len(empty))


def _product(factors: Factors) -> float:
    product = 1.0
    for value in factors.values():
        product *= value
    return product
