"""Direct standardisation: the means that two sides would have if both had the same mix of kinds of requests.

Only strata with enough requests on both sides are held against each other (common support). Each weighs as much as it
has requests on both sides together, so M = sum of w_b m_b, and SE^2 = sum of w_b^2 s_b^2 / n_b.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import fsum, sqrt
from typing import TYPE_CHECKING

from tokenaudit.model.timings import Spread

if TYPE_CHECKING:
    from collections.abc import Hashable, Iterable, Mapping

LEAST = 30
"""Requests that a stratum needs on either side, for its mean and variance to mean something."""
COVERED = 0.5
"""Below this share of a side's requests in common strata the sides are not comparable."""
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Mean:
    """A side's mean over the common strata with common weights, and its standard error; None without any."""

    mean_ms: float | None
    se_ms: float | None
    covered_ratio: float
    crude: Spread

    @property
    def interval_ms(self) -> tuple[float, float] | None:
        """The 95 % interval of the mean."""
        if self.mean_ms is None or self.se_ms is None:
            return None
        return self.mean_ms - Z95 * self.se_ms, self.mean_ms + Z95 * self.se_ms


@dataclass(frozen=True, slots=True)
class Standardised:
    """Two sides over the same mix. `weights` are those of the common strata, and add up to one."""

    left: Mean
    right: Mean
    weights: dict[Hashable, float]

    @property
    def comparable(self) -> bool:
        """Whether the common strata hold enough of both sides to speak for them."""
        return min(self.left.covered_ratio, self.right.covered_ratio) >= COVERED

    @property
    def difference_ms(self) -> float | None:
        """How much longer the right side takes, like for like."""
        if self.left.mean_ms is None or self.right.mean_ms is None:
            return None
        return self.right.mean_ms - self.left.mean_ms

    @property
    def reversal(self) -> bool:
        """Whether the side with the lower crude mean has the higher standardised one (Simpson)."""
        crude = (self.right.crude.mean_ms or 0.0) - (self.left.crude.mean_ms or 0.0)
        return self.difference_ms is not None and crude * self.difference_ms < 0

    @property
    def is_within_error(self) -> bool:
        """Whether the standardised difference is no larger than chance alone makes one in twenty of."""
        difference = self.difference_ms
        errors = self.left.se_ms, self.right.se_ms
        if difference is None or errors[0] is None or errors[1] is None:
            return True
        return abs(difference) <= Z95 * sqrt(errors[0] ** 2 + errors[1] ** 2)


def standardise(
    left: Mapping[Hashable, Spread],
    right: Mapping[Hashable, Spread],
    least: int = LEAST,
    beside: tuple[Spread, Spread] = (Spread(), Spread()),
) -> Standardised:
    """Two sides by stratum. `beside` are requests of either side that no stratum can be told of: never covered."""
    common = [each for each in left if each in right and min(left[each].n, right[each].n) >= least]
    pooled = sum(left[each].n + right[each].n for each in common)
    weights = {each: (left[each].n + right[each].n) / pooled for each in common}
    return Standardised(_mean(left, weights, beside[0]), _mean(right, weights, beside[1]), weights)


def together(spreads: Iterable[Spread]) -> Spread:
    """All of them in one."""
    return sum(spreads, Spread())


def _mean(side: Mapping[Hashable, Spread], weights: Mapping[Hashable, float], beside: Spread) -> Mean:
    crude = together((*side.values(), beside))
    if not weights:
        return Mean(None, None, 0.0, crude)
    parts = [(weight, side[stratum]) for stratum, weight in weights.items()]
    mean = fsum(weight * (spread.mean_ms or 0.0) for weight, spread in parts)
    variance = fsum(weight**2 * (spread.variance_ms2 or 0.0) / spread.n for weight, spread in parts)
    return Mean(mean, sqrt(variance), sum(spread.n for _, spread in parts) / crude.n, crude)
