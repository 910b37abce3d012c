"""What failed attempts cost: the money that bought no answer, and what an answer costs with it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True)
class FailureCost:
    """Costs are in the currency of what was put in. A figure that nothing can be divided by is None.

    `cost_per_success` is the total, failed and repeated attempts included, over the requests that were answered.
    `waste_ratio` is the share of the total that bought no answer, and `retry_factor` is attempts per logical request.
    """

    total: Decimal
    cost_per_attempt: Decimal | None
    cost_per_logical_request: Decimal | None
    cost_per_success: Decimal | None
    waste_ratio: float | None
    retry_factor: float | None


def cost_of_failures(
    attempts: int, logical_requests: int | None, succeeded: int, cost_of_successful: Decimal, cost_of_failed: Decimal
) -> FailureCost:
    """A logical request is one or more attempts at the same answer; None where the logs cannot tell which belong."""
    total = cost_of_successful + cost_of_failed
    return FailureCost(
        total=total,
        cost_per_attempt=_each(total, attempts),
        cost_per_logical_request=_each(total, logical_requests),
        cost_per_success=_each(total, succeeded),
        waste_ratio=float(cost_of_failed / total) if total else None,
        retry_factor=attempts / logical_requests if logical_requests else None,
    )


def _each(total: Decimal, count: int | None) -> Decimal | None:
    return total / count if count else None
