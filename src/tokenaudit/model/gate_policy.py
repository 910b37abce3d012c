"""What a gate is told to do: which figures it judges how strictly, and the budgets that need no baseline."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tokenaudit.model.gauges import GAUGES

if TYPE_CHECKING:
    from collections.abc import Mapping
    from decimal import Decimal

    from tokenaudit.model.baseline import Subject
    from tokenaudit.model.gauges import Gauge, Level

USD_PER_DAY, USD_PER_MONTH = "usd_per_day", "usd_per_month"
PRICED_RATIO, COVERAGE_RATIO, RECONCILED_RATIO = AT_LEAST = ("priced_ratio", "coverage_ratio", "reconciled_ratio")
"""Budgets with a `min`: shares that may not fall below it."""
AT_MOST = ("usd_per_request", USD_PER_DAY, USD_PER_MONTH, "latency_p95_ms", "first_token_p95_ms")
"""Budgets with a `max`."""
DAYS_PER_MONTH = 30


@dataclass(frozen=True, slots=True)
class Budget:
    """A figure may not be above (`AT_MOST`) or below (`AT_LEAST`) `limit`. `model` is a shell pattern."""

    metric: str
    limit: Decimal
    level: Level = "error"
    model: str = "*"

    def is_of(self, subject: Subject) -> bool:
        """Whether it is for this model. `*` is for everything together, except for durations, which are by model."""
        model = (subject[1] or "?").lower()
        wanted = self.model.lower()
        return fnmatchcase(model, wanted) or fnmatchcase(model.partition("/")[2], wanted)


@dataclass(frozen=True, slots=True)
class Ratchet:
    """Against slow drift: what may change in all since a baseline that stays where it is."""

    max_drift: float
    level: Level = "error"


@dataclass(frozen=True)
class Policy:
    """How a check judges. `confidence` is that of the one-sided bounds."""

    gauges: Mapping[str, Gauge] = field(default_factory=lambda: GAUGES)
    budgets: tuple[Budget, ...] = ()
    ratchet: Ratchet | None = None
    confidence: float = 0.95

    def drifting(self, ratchet: Ratchet) -> Policy:
        """The policy for the pinned baseline: the figures that gate, with the threshold of the ratchet."""
        gauges = {
            name: replace(gauge, threshold=ratchet.max_drift, level=ratchet.level)
            for name, gauge in self.gauges.items()
            if gauge.level == "error" and gauge.form != "share"
        }
        return replace(self, gauges=gauges, budgets=(), ratchet=None)
