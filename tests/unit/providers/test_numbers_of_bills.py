from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.bill_numbers import EXACT, BadNumberError, amount, times, whole


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", "1"),
        ("-0.5", "-0.5"),
        ("1.2E-3", "0.0012"),
        ("9.921344e+01", "99.21344"),
        (".5", "0.5"),
        ("0.0000000000005", "0"),
        ("0.0000000000015", "0.000000000002"),
        ("1E-300", "0"),
        (" 1\n", "1"),
    ],
)
def test_a_number_has_twelve_places_rounded_half_to_even(text: str, value: str) -> None:
    assert amount(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "x", "1,5", "NaN", "Infinity", "1_000", "1e30", "0x10", "٣", "1E+999", "--1"])
def test_what_is_no_number_of_a_bill_is_refused(text: str) -> None:
    with pytest.raises(BadNumberError):
        amount(text)


@given(st.integers(-(2**53), 2**53), st.sampled_from([1, 1000, 1_000_000]))
def test_whole_tokens_come_back_from_blocks(tokens: int, block: int) -> None:
    assert whole(EXACT.multiply(Decimal(tokens) / block, Decimal(block))) == tokens


@pytest.mark.parametrize(
    ("quantity", "block", "tokens"),
    [
        ("0.0125", 1000, None),
        ("1.0000000001", 1000, 1000),
        ("0", 1000, 0),
        ("1e11", 1_000_000, None),
        ("0.0000000001", 1000, None),
    ],
)
def test_a_part_of_a_token_is_none(quantity: str, block: int, tokens: int | None) -> None:
    product = times(Decimal(quantity), Decimal(block))
    assert product is not None
    assert whole(product) == tokens


def test_what_is_rounded_up_beyond_the_ledgers_digits_is_refused() -> None:
    with pytest.raises(BadNumberError, match="too large"):
        amount("9" * 26 + ".9999999999999")


def test_a_product_with_something_unknown_is_unknown() -> None:
    assert times(Decimal(2), None) is None
