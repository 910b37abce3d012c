"""How sure a ratio of sums is, and whether it changed: delta method over clusters.

The ratio is always one of sums, its standard error that of Deng et al. 2018 (arXiv 1803.06336): residuals of whole
clusters, because requests of one trace resemble each other. Bounds of a change are one-sided, since a gate asks one
question at a time: is it worse by more than so much?
"""

from __future__ import annotations

from dataclasses import dataclass
from math import exp, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from tokenaudit.analysis.multiplicity import benjamini_hochberg, holm
from tokenaudit.analysis.ranks import mann_whitney, order_statistic_ranks, quantile
from tokenaudit.model.moments import Moments

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "Change",
    "benjamini_hochberg",
    "change",
    "holm",
    "interval",
    "mann_whitney",
    "order_statistic_ranks",
    "paired_change",
    "quantile",
    "quantile_change",
    "standard_error",
]

_NORMAL = NormalDist()
_ROUNDING = 1e-11
"""Of the square of a sum, less than this share is what rounding left."""

Quantile = tuple[float, float, float]
"""An estimate, and the lower and the upper end of its interval."""


@dataclass(frozen=True, slots=True)
class Change:
    """A relative change: 0.1 is ten percent more than before.

    `lower` and `upper` are one-sided bounds, each at the level asked for. `log_se` is the standard error of the
    logarithm of the ratio of after to before. `p_higher` is small where after is higher than before: the probability of
    a rise at least as large if there were none; `p_lower` likewise of a fall.
    """

    estimate: float
    lower: float
    upper: float
    log_se: float
    p_higher: float
    p_lower: float


def standard_error(moments: Moments) -> float | None:
    """Standard error of the ratio by the delta method, in its unit; None below two clusters and without a ratio."""
    ratio = moments.ratio
    if ratio is None or moments.clusters < 2:
        return None
    squares = moments.sum_yy - 2 * ratio * moments.sum_xy + ratio * ratio * moments.sum_xx
    if squares <= _ROUNDING * moments.sum_yy:  # every cluster has the same ratio
        return 0.0
    return sqrt(moments.clusters / (moments.clusters - 1) * squares) / abs(moments.sum_x)


def interval(moments: Moments, level: float = 0.95) -> tuple[float, float] | None:
    """Two-sided normal interval of the ratio; None where it has no standard error."""
    ratio, error = moments.ratio, standard_error(moments)
    if ratio is None or error is None:
        return None
    half = _NORMAL.inv_cdf((1 + level) / 2) * error
    return ratio - half, ratio + half


def change(before: Moments, after: Moments, level: float = 0.95) -> Change | None:
    """The change between two independent ratios, judged by the logarithm of one over the other.

    None where either has no standard error, or is not above zero: from nothing there is no relative change.
    """
    old, new = before.ratio, after.ratio
    old_error, new_error = standard_error(before), standard_error(after)
    if not old or not new or old_error is None or new_error is None or old < 0 or new < 0:
        return None
    return _of_logs(log(new) - log(old), sqrt((old_error / old) ** 2 + (new_error / new) ** 2), level)


def paired_change(pairs: Iterable[tuple[float, float]], level: float = 0.95) -> Change | None:
    """The change between (before, after) of the same cases: what differs between cases drops out.

    The ratio is sum of after over sum of before; its bounds are symmetrical. None below two pairs, and where either sum
    is not above zero.
    """
    moments = Moments.of((after, before) for before, after in pairs)
    ratio, error = moments.ratio, standard_error(moments)
    if not ratio or error is None or ratio < 0 or moments.sum_x < 0:
        return None
    half = _NORMAL.inv_cdf(level) * error
    higher, lower = _p_values(ratio - 1, error)
    return Change(ratio - 1, ratio - half - 1, ratio + half - 1, error / ratio, higher, lower)


def quantile_change(
    before: Quantile, after: Quantile, level: float = 0.95, *, interval_level: float = 0.95
) -> Change | None:
    """The change of a quantile, from its estimate and interval on each side (Woodruff, on logarithms).

    `interval_level` is that of the intervals given, two-sided. None where a figure is not above zero.
    """
    if min(*before, *after) <= 0:
        return None
    width = 2 * _NORMAL.inv_cdf((1 + interval_level) / 2)
    errors = [(log(upper) - log(lower)) / width for _, lower, upper in (before, after)]
    return _of_logs(log(after[0]) - log(before[0]), sqrt(sum(error * error for error in errors)), level)


def _of_logs(difference: float, error: float, level: float) -> Change:
    half = _NORMAL.inv_cdf(level) * error
    higher, lower = _p_values(difference, error)
    return Change(exp(difference) - 1, exp(difference - half) - 1, exp(difference + half) - 1, error, higher, lower)


def _p_values(difference: float, error: float) -> tuple[float, float]:
    """Of a rise and of a fall. Without any error a difference is certain, and none is no evidence at all."""
    if error:
        return _NORMAL.cdf(-difference / error), _NORMAL.cdf(difference / error)
    return (0.0 if difference > _ROUNDING else 1.0), (0.0 if difference < -_ROUNDING else 1.0)
