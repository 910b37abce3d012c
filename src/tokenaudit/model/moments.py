"""What has to be kept of a ratio of sums to judge it later: how sure it is, and whether it changed."""

from __future__ import annotations

from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.cells import Group


@dataclass(frozen=True, slots=True)
class Moments:
    """Sufficient statistics of sum(y) / sum(x) over clusters: what belongs together and is not independent.

    A cluster is a trace, a session or a caller, or one request where the log names none of them; y and x are sums over
    it, in the units of the metric. `n` counts requests. Moments of disjoint clusters add up.
    """

    clusters: int
    n: int
    sum_y: float
    sum_x: float
    sum_yy: float
    sum_xy: float
    sum_xx: float

    @classmethod
    def of(cls, clusters: Iterable[tuple[float, float]]) -> Moments:
        """Of clusters of one request each, given as (y, x)."""
        pairs = tuple(clusters)
        return cls(
            clusters=len(pairs),
            n=len(pairs),
            sum_y=sum(y for y, _ in pairs),
            sum_x=sum(x for _, x in pairs),
            sum_yy=sum(y * y for y, _ in pairs),
            sum_xy=sum(y * x for y, x in pairs),
            sum_xx=sum(x * x for _, x in pairs),
        )

    @property
    def ratio(self) -> float | None:
        """Sum of y over sum of x, never a mean of ratios; None where x sums to nothing."""
        return self.sum_y / self.sum_x if self.sum_x else None

    def plus(self, other: Moments) -> Moments:
        """Both together. No cluster may be in both."""
        return Moments(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


@dataclass(frozen=True, slots=True)
class MomentCell:
    """The moments of one metric on one side and in one group; `metric` names the ratio and its unit."""

    side: str
    group: Group
    metric: str
    moments: Moments
