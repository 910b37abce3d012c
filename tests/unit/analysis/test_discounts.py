"""A discount is one for all SKUs, or it is told by SKU."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.discounts import SkuCost, discount, usual_ratio


def costs(**billed_of_list: tuple[str, str]) -> dict[str, SkuCost]:
    return {sku: SkuCost(Decimal(listed), Decimal(billed)) for sku, (billed, listed) in billed_of_list.items()}


def test_the_worked_example() -> None:
    given_, expect = ORACLES["discount_detection"]["input"], ORACLES["discount_detection"]["expect"]
    ratios = [Decimal(str(ratio)) for ratio in given_["per_sku_ratio"]]
    each = Decimal(given_["list_cost"]) / len(ratios)
    skus = {number: SkuCost(each, each * ratio) for number, ratio in enumerate(ratios)}
    assert sum(sku.billed_cost for sku in skus.values()) == Decimal(given_["billed_cost"])
    found = discount(skus)
    assert found.effective_ratio == found.uniform_ratio == Decimal(str(expect["effective_ratio"]))
    assert found.uniform_discount is not None
    assert found.uniform_discount * 100 == Decimal(str(expect["uniform_discount_pct"]))
    assert found.outliers == {}


@pytest.mark.parametrize(("billed", "uniform"), [("0.885", True), ("0.8850001", False), ("0.5", False)])
def test_half_a_point_is_rounding_and_more_is_another_discount(billed: str, uniform: bool) -> None:  # noqa: FBT001  # of pytest
    found = discount(costs(a=("88", "100"), b=("8.8", "10"), c=(billed, "1")))
    assert (found.uniform_ratio is not None) is uniform
    assert found.outliers == ({} if uniform else {"c": Decimal(billed)})
    assert set(found.per_sku) == {"a", "b", "c"}


def test_a_sku_below_a_dollar_is_in_the_whole_and_judges_nothing() -> None:
    found = discount(costs(a=("88", "100"), b=("0.99", "0.99")))
    assert found.uniform_ratio == Decimal("0.88")
    assert found.effective_ratio == Decimal("88.99") / Decimal("100.99")
    assert found.per_sku == {"a": Decimal("0.88")}


def test_nothing_to_judge_by_is_no_discount() -> None:
    for nothing in (discount({}), discount(costs(a=("0", "0")))):
        assert (nothing.effective_ratio, nothing.uniform_ratio, nothing.uniform_discount) == (None, None, None)
    assert SkuCost(Decimal(0), Decimal(1)).ratio is None


def test_the_usual_ratio_is_where_most_of_the_money_is() -> None:
    few = costs(a=("90", "100"), b=("1", "2"), c=("3", "2")).values()
    assert usual_ratio(few) == Decimal("0.9")
    assert usual_ratio([]) is None


@given(st.decimals("0.01", 2, places=4), st.lists(st.integers(1, 10**6), min_size=1, max_size=20))
def test_one_ratio_for_all_is_found_as_it_is(ratio: Decimal, lists: list[int]) -> None:
    found = discount({number: SkuCost(Decimal(cost), cost * ratio) for number, cost in enumerate(lists)})
    assert found.uniform_ratio == found.effective_ratio == ratio
