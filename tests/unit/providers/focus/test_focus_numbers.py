from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.focus.numbers import BadNumberError, decimal, whole_tokens


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
    ],
)
def test_a_number_has_twelve_places_rounded_half_to_even(text: str, value: str) -> None:
    assert decimal(text) == Decimal(value)


@pytest.mark.parametrize("text", ["", "x", "1,5", "NaN", "Infinity", "1_000", "1e30", "0x10", " 1", "1E+999", "--1"])
def test_what_is_no_number_of_a_bill_is_refused(text: str) -> None:
    with pytest.raises(BadNumberError):
        decimal(text)


@given(st.integers(-(2**53), 2**53), st.sampled_from([1, 1000, 1_000_000]))
def test_whole_tokens_come_back_from_blocks(tokens: int, block: int) -> None:
    assert whole_tokens(Decimal(tokens) / block, block) == tokens


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
    assert whole_tokens(Decimal(quantity), block) == tokens
