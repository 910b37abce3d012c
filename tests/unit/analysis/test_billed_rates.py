"""Tokens that agree may still be billed at a rate that is not the usual one."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.analysis.measures import both, statuses

from tokenaudit.analysis.reconcile import Reconciliation, reconcile
from tokenaudit.model.columns import BEDROCK

if TYPE_CHECKING:
    from tokenaudit.model.measured import Measured

USD = (BEDROCK, "USD")


def priced(ratio: str, day: int = 1, list_cost: str = "100", **changes: object) -> list[Measured]:
    """A million tokens that agree, billed at this ratio to list."""
    costs = {"list_cost": list_cost, "billed_cost": str(Decimal(ratio) * Decimal(list_cost))}
    return both(1_000_000, 1_000_000, day, **(costs | changes))


def of(*rows: list[Measured]) -> Reconciliation:
    return reconcile([each for some in rows for each in some])


def test_at_list_price_all_is_ok() -> None:
    found = of(priced("1"), priced("0.996", kind="output"))
    assert statuses(found) == ["ok", "ok"]
    assert found.discounts[USD].uniform_ratio == Decimal("0.998")


def test_one_discount_for_all() -> None:
    found = of(*(priced("0.88", day, kind=kind) for day in (1, 2) for kind in ("input", "output")))
    assert set(statuses(found)) == {"discount"}
    assert found.discounts[USD].uniform_discount == Decimal("0.12")
    assert not found.is_outside


def test_a_discount_for_each_sku_is_a_discount() -> None:
    found = of(*(priced(ratio, day, model=ratio) for day in (1, 2) for ratio in ("0.5", "0.8", "1")))
    assert statuses(found) == ["discount", "discount", "ok"] * 2
    assert found.discounts[USD].uniform_ratio is None
    assert sorted(found.discounts[USD].per_sku.values()) == [Decimal("0.5"), Decimal("0.8"), Decimal(1)]
    assert not found.is_outside


def test_a_day_at_another_rate_is_a_mismatch_and_leaves_the_discount_as_it_is() -> None:
    found = of(*(priced("0.88", day) for day in (1, 2, 3)), priced("0.968", 4), priced("0.8", 5))
    assert statuses(found) == ["discount"] * 3 + ["rate_mismatch"] * 2
    assert found.discounts[USD].uniform_ratio == Decimal("0.88")
    assert found.is_outside


def test_a_rate_that_changed_for_most_days_is_told_by_the_rest_of_the_bill() -> None:
    others = [priced("0.88", day, kind="output") for day in range(1, 7)]
    found = of(*others, priced("0.88", 1), *(priced("0.95", day) for day in range(2, 6)))
    by_cell = {(judged.cell.key.kind, judged.cell.key.day.day): judged.status for judged in found.cells}
    assert [day for (_, day), status in by_cell.items() if status == "rate_mismatch"] == [2, 3, 4, 5]
    assert found.discounts[USD].uniform_ratio == Decimal("0.88")


def test_above_list_price_is_never_a_discount() -> None:
    found = of(priced("1.02"), priced("1.004", kind="output"))
    assert statuses(found) == ["rate_mismatch", "ok"]


@pytest.mark.parametrize(
    ("list_cost", "billed", "status"),
    [
        ("100", "88.5", "discount"),
        ("100", "88.51", "rate_mismatch"),
        ("0.5", "0.45", "discount"),
        ("0.5", "0.451", "rate_mismatch"),
    ],
)
def test_half_a_point_and_a_cent_are_rounding(list_cost: str, billed: str, status: str) -> None:
    odd = both(1_000_000, 1_000_000, 3, list_cost=list_cost, billed_cost=billed)
    assert statuses(of(priced("0.88", 1), priced("0.88", 2), odd)) == ["discount", "discount", status]


def test_a_sku_below_a_dollar_is_not_judged_by_its_money() -> None:
    assert statuses(of(priced("2", list_cost="0.99"))) == ["ok"]


def test_without_a_list_price_or_a_bill_in_money_nothing_is_said() -> None:
    found = of(both(5, 5, billed_cost="3"), both(5, 5, 2, list_cost="3"), both(5, 5, 3, list_cost="0", billed_cost="1"))
    assert statuses(found) == ["ok"] * 3
    assert found.discounts == {}


def test_each_currency_has_its_own_discount() -> None:
    euros = priced("0.9", account="123456789012", currency="EUR")
    found = of(priced("0.8"), euros)
    assert {payer: told.uniform_ratio for payer, told in found.discounts.items()} == {
        USD: Decimal("0.8"),
        (BEDROCK, "EUR"): Decimal("0.9"),
    }


def test_tokens_that_do_not_agree_say_nothing_of_the_rate() -> None:
    odd = both(1_000_000, 2_000_000, list_cost="200", billed_cost="400")
    assert statuses(of(odd, priced("0.88", 2))) == ["unlogged_excess", "discount"]
