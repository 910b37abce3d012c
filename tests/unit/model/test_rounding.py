"""Rounded parts add up to the rounded sum, and none is off by a whole unit."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.rounding import rounded

CENT = Decimal("0.01")
parts = st.dictionaries(st.integers(), st.fractions(-(10**6), 10**6), max_size=8)


def test_three_thirds_are_one() -> None:
    third = Fraction(1, 3)
    assert rounded({"a": third, "b": third, "c": third}, CENT) == {
        "a": Decimal("0.34"),
        "b": Decimal("0.33"),
        "c": Decimal("0.33"),
    }


def test_what_adds_up_already_is_left_alone() -> None:
    exact = {"a": Decimal("1.68"), "b": Decimal("-1.58"), "c": Decimal(0)}
    assert rounded(exact, CENT) == exact
    assert rounded({}, CENT) == {}


@given(parts, st.sampled_from([CENT, Decimal("1e-9"), Decimal(1)]))
def test_parts_add_up_and_stay_within_a_unit(given_parts: dict[int, Fraction], unit: Decimal) -> None:
    found = rounded(given_parts, unit)
    exact = sum(given_parts.values(), Fraction(0))
    assert abs(sum(map(Fraction, found.values()), Fraction(0)) - exact) * 2 <= Fraction(unit)
    for key, part in given_parts.items():
        assert abs(Fraction(found[key]) - part) < Fraction(unit)
        assert Fraction(found[key]) % Fraction(unit) == 0
