"""Money divided by largest remainder: it adds up, it is fair, and it does not depend on order or scale."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.allocate import Allocation, allocate

if TYPE_CHECKING:
    from random import Random

CENT = Decimal("0.01")
weights = st.dictionaries(
    st.text("abc0", max_size=3),
    st.one_of(st.integers(0, 10**12), st.decimals(0, 10**6, places=9)),
    min_size=1,
    max_size=12,
)
weighty = weights.filter(lambda drawn: any(drawn.values()))
totals = st.one_of(
    st.decimals(-(10**9), 10**9, places=6), st.decimals(-(10**4), 10**4, places=14), st.integers(-50, 50).map(Decimal)
)


def in_all(found: Allocation[str]) -> Fraction:
    return sum(map(Fraction, found.shares.values()), Fraction(found.unallocated))


@pytest.mark.parametrize("example", ORACLES["largest_remainder"]["cases"])
def test_the_worked_examples(example: dict[str, list[int]]) -> None:
    numbered = dict(enumerate(example["weights"]))
    found = allocate(Decimal(str(example["total_cents"])) * CENT, numbered, CENT)
    assert [int(share / CENT) for share in found.shares.values()] == example["expect"]
    assert found.unallocated == 0


def test_without_a_weight_above_zero_all_of_it_is_unallocated() -> None:
    assert allocate(Decimal("5.25"), {"a": 0, "b": Decimal(0)}) == Allocation(
        {"a": Decimal(0), "b": Decimal(0)}, Decimal("5.25")
    )
    assert allocate(Decimal("-5.25"), {}) == Allocation({}, Decimal("-5.25"))


def test_a_key_without_weight_bears_nothing() -> None:
    assert allocate(Decimal(1), {"a": 0, "b": 3}).shares == {"a": Decimal(0), "b": Decimal(1)}


def test_digits_below_the_unit_make_the_unit_finer() -> None:
    found = allocate(Decimal("0.0100000001"), {"a": 1, "b": 1}, CENT)
    assert found.shares == {"a": Decimal("0.0050000001"), "b": Decimal("0.0050000000")}


def test_ties_go_by_the_text_of_the_key_and_not_by_place() -> None:
    assert allocate(2 * CENT, {"c": 1, "a": 1, "b": 1}, CENT).shares == {"c": 0, "a": CENT, "b": CENT}


def test_more_digits_than_decimals_usually_keep() -> None:
    total = Decimal("123456789012345678901234567890.123457")
    found = allocate(total, {"a": 1, "b": 2})
    assert in_all(found) == Fraction(total)


@pytest.mark.parametrize(("bad", "unit"), [({"a": -1, "b": 2}, CENT), ({"a": 1}, Decimal(0))])
def test_what_cannot_be_meant_is_refused(bad: dict[str, int], unit: Decimal) -> None:
    with pytest.raises(ValueError, match=r"weight|unit"):
        allocate(Decimal(1), bad, unit)


@given(totals, weights)
def test_the_parts_are_the_whole(total: Decimal, drawn: dict[str, Decimal | int]) -> None:
    found = allocate(total, drawn)
    assert in_all(found) == Fraction(total)
    assert list(found.shares) == list(drawn)
    assert all(share * total >= 0 for share in found.shares.values())


@given(totals, weighty)
def test_who_weighs_more_never_bears_less(total: Decimal, drawn: dict[str, Decimal | int]) -> None:
    shares = allocate(total, drawn).shares
    by_weight = sorted(drawn, key=lambda key: drawn[key])
    for light, heavy in pairwise(by_weight):
        if drawn[light] < drawn[heavy]:
            assert abs(shares[light]) <= abs(shares[heavy])


@given(totals, weighty)
def test_no_part_is_a_unit_away_from_its_quota(total: Decimal, drawn: dict[str, Decimal | int]) -> None:
    weight_sum = sum(map(Fraction, drawn.values()))
    for key, share in allocate(total, drawn).shares.items():
        assert abs(Fraction(share) - Fraction(total) * Fraction(drawn[key]) / weight_sum) < Fraction(1, 10**6)


@given(totals, weighty, st.randoms(use_true_random=False))
def test_the_order_of_the_weights_does_not_matter(
    total: Decimal, drawn: dict[str, Decimal | int], order: Random
) -> None:
    keys = list(drawn)
    order.shuffle(keys)
    assert allocate(total, {key: drawn[key] for key in keys}).shares == allocate(total, drawn).shares


@given(totals, weighty, st.integers(1, 10**9))
def test_the_scale_of_the_weights_does_not_matter(total: Decimal, drawn: dict[str, Decimal | int], scale: int) -> None:
    assert allocate(total, {key: weight * scale for key, weight in drawn.items()}) == allocate(total, drawn)


@given(totals, weighty)
def test_a_credit_divides_like_a_charge(total: Decimal, drawn: dict[str, Decimal | int]) -> None:
    credit = allocate(total.copy_negate(), drawn).shares
    assert {key: share.copy_negate() for key, share in credit.items()} == allocate(total, drawn).shares
