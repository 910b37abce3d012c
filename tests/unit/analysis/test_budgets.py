"""Budgets: how each figure is worked out, and what is unknown is not kept."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.analysis.windows import ONE, TWO, p95, usage, window

from tokenaudit.analysis.budgets import Known, budgets_section, hold, spent_by_day
from tokenaudit.model.baseline import EVERYTHING
from tokenaudit.model.gate_policy import Budget

MONDAY, TUESDAY = date(2026, 10, 5), date(2026, 10, 6)
SPENT = spent_by_day([(ONE, MONDAY, Decimal(4)), (ONE, TUESDAY, Decimal(6)), (TWO, TUESDAY, Decimal(11))])
CELLS = (usage(requests=100), usage(requests=300, model="acme/two"))
WINDOW = window(p95(900, 10), p95(2_000, 10, subject=TWO), cells=CELLS)
KNOWN = Known(WINDOW, SPENT, {"priced_ratio": 0.98, "coverage_ratio": None})


@pytest.mark.parametrize(
    ("budget", "value", "status"),
    [
        (Budget("usd_per_day", Decimal(17)), "17", "pass"),
        (Budget("usd_per_day", Decimal("16.99")), "17", "over-budget"),
        (Budget("usd_per_month", Decimal(90)), "90", "pass"),
        (Budget("usd_per_month", Decimal(50), model="acme/two"), "47.142857", "pass"),
        (Budget("usd_per_request", Decimal("0.05")), "0.0525", "over-budget"),
        (Budget("usd_per_request", Decimal("0.1"), model="one"), "0.1", "pass"),
        (Budget("priced_ratio", Decimal("0.98")), "0.98", "pass"),
        (Budget("priced_ratio", Decimal("0.99")), "0.98", "over-budget"),
        (Budget("coverage_ratio", Decimal("0.5")), None, "insufficient-data"),
        (Budget("reconciled_ratio", Decimal("0.5")), None, "insufficient-data"),
    ],
)
def test_each_budget(budget: Budget, value: str | None, status: str) -> None:
    (held,) = hold([budget], KNOWN)
    assert held.status == status
    assert held.value == (None if value is None else pytest.approx(Decimal(value)))
    assert held.is_bad == (status == "over-budget")


def test_durations_are_held_model_by_model() -> None:
    held = hold([Budget("latency_p95_ms", Decimal(1_000))], KNOWN)
    assert {each.subject: each.status for each in held} == {ONE: "pass", TWO: "over-budget"}


def test_a_cost_of_some_models_is_held_model_by_model() -> None:
    """Seventeen dollars together, and eleven are allowed."""
    held = hold([Budget("usd_per_day", Decimal(11), model="acme/*")], KNOWN)
    assert {each.subject: each.value for each in held} == {ONE: Decimal(6), TWO: Decimal(11)}
    assert {each.status for each in held} == {"pass"}


def test_levels() -> None:
    broken = Decimal(1)
    assert hold([Budget("usd_per_day", broken, "off")], KNOWN) == ()
    (warned,) = hold([Budget("usd_per_day", broken, "warn")], KNOWN)
    assert (warned.status, warned.is_bad) == ("over-budget", False)


def test_how_a_figure_was_worked_out_is_said() -> None:
    budgets = [
        Budget("usd_per_month", Decimal(1)),
        Budget("usd_per_day", Decimal(1)),
        Budget("usd_per_request", Decimal(1)),
    ]
    rows = budgets_section(hold(budgets, KNOWN)).rows
    assert [row["how"] for row in rows] == [
        "projected: 30 days at the mean of the window's 7",
        "the dearest day, 2026-10-06",
        "over 400 requests",
    ]


def test_what_has_no_price_is_not_within_budget() -> None:
    (held,) = hold([Budget("usd_per_day", Decimal(1))], Known(WINDOW, {}, {}))
    assert (held.value, held.status) == (None, "insufficient-data")


@pytest.mark.parametrize("metric", ["usd_per_month", "latency_p95_ms"])
def test_a_budget_of_what_there_is_not_is_not_kept_in_silence(metric: str) -> None:
    """Of a model whose name has a letter too many, nobody would ever hear again."""
    (held,) = hold([Budget(metric, Decimal(1), model="acme/onne")], KNOWN)
    assert (held.subject, held.status, held.is_open) == ((None, "acme/onne"), "insufficient-data", True)
    assert held.how == "nothing in the window is of it"
    (bare,) = hold([Budget("first_token_p95_ms", Decimal(1), "warn")], KNOWN)
    assert (bare.subject, bare.is_open) == (EVERYTHING, False)
