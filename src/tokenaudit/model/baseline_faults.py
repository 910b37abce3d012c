"""What is wrong with a baseline that can be read: a merge or a hand may have left figures that no window has."""

from __future__ import annotations

from collections import Counter
from dataclasses import astuple
from math import isfinite
from typing import TYPE_CHECKING

from tokenaudit.model.gauges import GAUGES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.baseline import Baseline, Quantile, Ratio, UsageCell

_MOST = 1e40
"""No sum over requests is greater, and products of some that are would be no floats."""


def faults(baseline: Baseline) -> Iterator[str]:
    """Each fault in a few words; nothing for a baseline as `baseline save` writes it."""
    if any(each is not None and each.tzinfo is None for each in (baseline.since, baseline.until)):
        yield "a time without its zone"
    if baseline.first_day > baseline.last_day:
        yield "its last day is before its first"
    readings: tuple[Ratio | Quantile, ...] = (*baseline.ratios, *baseline.quantiles)
    places = Counter((each.subject, each.metric) for each in readings)
    yield from (f"{metric} is there {count} times" for (_, metric), count in places.items() if count > 1)
    for ratio in baseline.ratios:
        yield from _of_ratio(ratio)
    for quantile in baseline.quantiles:
        yield from _of_quantile(quantile)
    for number, cell in enumerate(baseline.cells):
        yield from (f"cell {number}: {fault}" for fault in _of_cell(cell))


def _of_ratio(ratio: Ratio) -> Iterator[str]:
    moments = ratio.moments
    if _is_quantile(ratio.metric) is True:
        yield f"{ratio.metric} is no ratio"
    if not all(0 <= each <= _MOST for each in astuple(moments)) or not 0 < moments.clusters <= moments.n:
        yield f"{ratio.metric} has sums that nothing has"


def _of_quantile(quantile: Quantile) -> Iterator[str]:
    if _is_quantile(quantile.metric) is False:
        yield f"{quantile.metric} is no quantile"
    lower = quantile.value if quantile.lower is None else quantile.lower
    upper = quantile.value if quantile.upper is None else quantile.upper
    if not (0 <= lower <= quantile.value <= upper and isfinite(upper)):
        yield f"{quantile.metric} is outside its interval"


def _is_quantile(metric: str) -> bool | None:
    """None where this version does not know it."""
    return GAUGES[metric].form == "quantile" if metric in GAUGES else None


def _of_cell(cell: UsageCell) -> Iterator[str]:
    if min(cell.requests, cell.answered, *cell.tokens.values()) < 0:
        yield "fewer than none"
    if any(not cell.tokens.get(kind) for kind in cell.cost_usd):
        yield "a cost of no tokens"
    prices = (*cell.cost_usd.values(), *cell.usd_per_mtok.values())
    if not all(each.is_finite() and 0 <= each <= _MOST for each in prices):
        yield "a cost or a price that nothing has"
