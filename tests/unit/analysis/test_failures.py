"""Failed attempts are paid by those that succeed."""

from __future__ import annotations

from decimal import Decimal

import pytest
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.failures import FailureCost, cost_of_failures


def test_the_worked_example() -> None:
    asked, expect = ORACLES["cost_of_failures"]["input"], ORACLES["cost_of_failures"]["expect"]
    found = cost_of_failures(
        asked["attempts"],
        asked["logical_requests"],
        asked["succeeded"],
        Decimal(asked["cost_successful_attempts"]),
        Decimal(asked["cost_failed_billed_attempts"]),
    )
    assert found.total == Decimal(expect["total"])
    told = (found.cost_per_attempt, found.cost_per_logical_request, found.cost_per_success)
    names = ("cost_per_attempt", "cost_per_logical_request", "cost_per_successful_request")
    assert [float(cost) for cost in told if cost is not None] == [pytest.approx(expect[name]) for name in names]
    assert found.waste_ratio == pytest.approx(expect["waste_share"])
    assert found.retry_factor == expect["retry_factor"]


def test_what_nothing_can_be_divided_by_is_unknown() -> None:
    assert cost_of_failures(0, None, 0, Decimal(0), Decimal(0)) == FailureCost(Decimal(0), None, None, None, None, None)


def test_money_without_a_success_is_all_waste() -> None:
    found = cost_of_failures(4, 2, 0, Decimal(0), Decimal("0.8"))
    assert (found.cost_per_success, found.waste_ratio, found.retry_factor) == (None, 1.0, 2.0)
    assert (found.cost_per_attempt, found.cost_per_logical_request) == (Decimal("0.2"), Decimal("0.4"))
