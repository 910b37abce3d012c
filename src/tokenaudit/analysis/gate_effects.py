"""How far a figure moved, and how sure that is: what a verdict is made of. Formulas: methods in docs/gate.md.

Ratios and quantiles are compared by the logarithm of after over before, shares by their difference: a share may be 0.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import expm1, log1p, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

from tokenaudit.analysis.statistics import change, paired_change, quantile_change, standard_error

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.analysis.statistics import Change
    from tokenaudit.model.baseline import Quantile
    from tokenaudit.model.gauges import Gauge
    from tokenaudit.model.moments import Moments

_NORMAL = NormalDist()
CLUSTERS_MIN = 20
"""Fewer clusters do not tell how much clusters differ: the normal approximation is no longer one."""


@dataclass(frozen=True, slots=True)
class Effect:
    """A difference with its standard error; on the logarithm where it is `relative`, else in the figure's own unit."""

    difference: float
    error: float
    relative: bool

    @property
    def change(self) -> float:
        """The relative change, or the difference of two shares."""
        return self._said(self.difference)

    def bound(self, confidence: float, *, upper: bool) -> float:
        """The one-sided bound of the change."""
        half = _NORMAL.inv_cdf(confidence) * self.error
        return self._said(self.difference + (half if upper else -half))

    def p_beyond(self, threshold: float, *, upwards: bool) -> float:
        """How likely a difference like this one is where the true one is at the threshold, in that direction."""
        edge = log1p(threshold) if self.relative else threshold
        beyond = (self.difference if upwards else -self.difference) - edge
        if not self.error:
            return 0.0 if beyond > 0 else 1.0
        return _NORMAL.cdf(-beyond / self.error)

    def is_within(self, threshold: float, confidence: float, *, upwards: bool) -> bool:
        """Whether the bound in that direction is not beyond the threshold."""
        edge = log1p(threshold) if self.relative else threshold
        towards = self.difference if upwards else -self.difference
        return towards + _NORMAL.inv_cdf(confidence) * self.error <= edge

    def _said(self, difference: float) -> float:
        return expm1(difference) if self.relative else difference


def of_ratio(before: Moments, after: Moments) -> Effect | None:
    """Of a ratio of sums; None where there is no relative change, because something is 0."""
    return _relative(change(before, after))


def of_share(before: Moments, after: Moments) -> Effect | None:
    """Of a share of a whole, in points. None where one of them is of nothing."""
    if before.ratio is None or after.ratio is None:
        return None
    errors = (_share_error(before), _share_error(after))
    return Effect(after.ratio - before.ratio, sqrt(sum(each * each for each in errors)), relative=False)


def of_quantile(before: Quantile, after: Quantile) -> Effect | None:
    """Of a quantile with an interval on each side; None where one has none."""
    intervals = [(each.value, each.lower, each.upper) for each in (before, after)]
    known = [(value, low, high) for value, low, high in intervals if low is not None and high is not None]
    return _relative(quantile_change(known[0], known[1])) if len(known) == 2 else None


def of_pairs(pairs: Sequence[tuple[float, float]]) -> Effect | None:
    """Of the same cases before and after."""
    return _relative(paired_change(pairs))


def enough(gauge: Gauge, before: Moments | Quantile, after: Moments | Quantile, clusters: Sequence[int]) -> bool:
    """Whether both sides have as many requests, and clusters of them, as a verdict needs."""
    return min(before.n, after.n) >= gauge.n_min and all(each >= CLUSTERS_MIN for each in clusters)


def _relative(found: Change | None) -> Effect | None:
    return None if found is None else Effect(log1p(found.estimate), found.log_se, relative=True)


def _share_error(moments: Moments) -> float:
    """By the delta method; never less than that of a share with one more case on each side (Agresti and Coull 1998).

    No failure among fifty requests is not the certainty that there are none.
    """
    share = (moments.sum_y + 1) / (moments.sum_x + 2)
    least = sqrt(max(share * (1 - share), 0.0) / (min(moments.n, moments.sum_x) + 2))
    return max(standard_error(moments) or 0.0, least)
