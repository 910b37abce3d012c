"""The list price that a bill shows."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from tests.unit.pricing.made import line

from tokenaudit.pricing.billed import billed_rates


def test_a_rate_is_the_list_cost_of_a_million_tokens_on_its_day() -> None:
    (rate,) = billed_rates([line(), line(account="111122224444", tokens=500_000, list_cost=Decimal("1.5"))])
    assert rate.usd_per_mtok == 3
    assert (rate.source, rate.note, rate.source_date) == ("bill", "list price of aws.cur", date(2026, 5, 1))
    assert (rate.valid_from, rate.valid_until) == (date(2026, 5, 1), date(2026, 5, 2))
    assert (rate.region, rate.scope, rate.tier, rate.kind) == ("us-east-1", "regional", "standard", "input")


def test_days_and_kinds_are_rates_of_their_own() -> None:
    rates = billed_rates([line(), line(day=date(2026, 5, 2), list_cost=Decimal(2)), line(kind="output")])
    assert {(rate.valid_from.day, rate.kind): rate.usd_per_mtok for rate in rates} == {
        (1, "input"): 3,
        (2, "input"): 2,
        (1, "output"): 3,
    }


def test_long_prompts_are_rates_of_their_own() -> None:
    rates = billed_rates([line(), line(prompt_band=272_000, list_cost=Decimal(6))])
    assert {rate.prompt_band: rate.usd_per_mtok for rate in rates} == {0: 3, 272_000: 6}


def test_a_price_that_does_not_come_out_even_has_twelve_digits() -> None:
    (rate,) = billed_rates([line(tokens=7_000_000, list_cost=Decimal(22))])
    assert rate.usd_per_mtok == Decimal("3.14285714286")


@pytest.mark.parametrize(
    "silent",
    [
        {"list_cost": None},
        {"list_cost": Decimal(0)},
        {"tokens": None},
        {"tokens": 0},
        {"currency": "EUR"},
        {"category": "Tax"},
        {"model": None},
        {"kind": None},
        {"scope": None},
        {"tier": None},
        {"list_cost": Decimal(3000)},
        {"list_cost": Decimal("0.0005")},
        {"list_cost": Decimal(-3)},
    ],
)
def test_a_line_that_leaves_something_open_says_no_price(silent: dict[str, Any]) -> None:
    assert billed_rates([line(**silent)]) == ()
