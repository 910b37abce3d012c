"""Amounts, units and identities of the lines of AWS bills."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.aws.bill_amounts import amount, amounts, whole_tokens
from tokenaudit.providers.aws.bill_units import block_tokens
from tokenaudit.providers.aws.charge_ids import ChargeIds

STEP = Decimal("1e-12")


@given(st.decimals(-(10**15), 10**15, places=18), st.booleans())
def test_an_amount_is_the_nearest_that_the_ledger_can_hold(value: Decimal, odd_company: bool) -> None:  # noqa: FBT001
    """Alone and among others, also where one of these is no number and the whole column takes the slow way."""
    column, bad = amounts(pa.array([str(value), None, "x" if odd_company else "1"]))
    assert abs(column[0].as_py() - value) <= STEP / 2
    assert column[0].as_py() == amount(str(value))
    assert column[1].as_py() is None
    assert bad.tolist() == [False, False, odd_company]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0.0000000000005", "0"),
        ("0.0000000000015", "0.000000000002"),
        ("-0.0000000000025", "-0.000000000002"),
        ("0.1234567890123456789", "0.123456789012"),
        ("1.5E-7", "0.00000015"),
        (" 2 ", "2"),
    ],
)
def test_halves_go_to_the_even_neighbour(text: str, expected: str) -> None:
    assert amount(text) == Decimal(expected)
    assert amounts(pa.array([text]))[0][0].as_py() == Decimal(expected)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-inf", "1,000.00", "many", "1e26", "0x10", "--1", "1_000"])
def test_what_is_no_amount(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        amount(text)
    assert amounts(pa.array([text, "1"]))[1].tolist() == [True, False]


def test_no_amount_is_null_and_never_0() -> None:
    assert amount(None) is None
    assert amount("") is None
    assert amounts(pa.array(["", None, "0"]))[0].to_pylist() == [None, None, Decimal(0)]


@pytest.mark.parametrize(
    ("quantity", "block", "tokens"),
    [
        (10666.36, 1_000, 10_666_360),
        (3_564_377.45, 1_000, 3_564_377_450),
        (0.3, 1_000_000, 300_000),
        (2.0000000004, 1_000, 2_000),
        (0.0005, 1_000, None),
        (1e16, 1_000, None),
        (float("nan"), 1_000, None),
        (5.0, float("nan"), None),
        (0.0, 1_000, 0),
        (-2.0, 1_000, -2_000),
    ],
)
def test_tokens_are_whole_or_unknown(quantity: float, block: float, tokens: int | None) -> None:
    assert whole_tokens(np.array([quantity]), np.array([block])).to_pylist() == [tokens]


@pytest.mark.parametrize(
    ("unit", "description", "tokens"),
    [
        ("1K tokens", None, 1_000),
        ("1K Tokens", None, 1_000),
        ("1,000 tokens", None, 1_000),
        ("1000 input tokens", None, 1_000),
        ("Thousand Tokens", None, 1_000),
        ("1M tokens", None, 1_000_000),
        ("1M Tokens", None, 1_000_000),
        ("Million Input Tokens", None, 1_000_000),
        ("1,000,000 tokens", None, 1_000_000),
        ("Tokens", None, 1),
        ("Units", None, 1_000_000),
        ("Units", "AWS Marketplace software usage|us-east-1|Million Output Tokens", 1_000_000),
        ("Units", "AWS Marketplace software usage|us-east-1|Thousand Output Tokens", 1_000),
        ("1K tokens", "x|y|Million Input Tokens", 1_000),
        (None, "$0.004 per 1K tokens for Mistral Large input tokens in US East (N.Virginia)", 1_000),
        (None, "$3 per Million Input Tokens", 1_000_000),
        (None, None, None),
        ("Hrs", "$3 per 1K tokens", None),
        ("1K TPM-Month", None, None),
        ("N/A", None, None),
    ],
)
def test_a_unit_is_read_from_its_own_line(unit: str | None, description: str | None, tokens: int | None) -> None:
    assert block_tokens(unit, description) == tokens


@given(st.lists(st.sampled_from([b"a", b"b", b"c", b"d"]), max_size=40), st.integers(1, 40))
def test_ids_tell_equal_lines_apart_however_they_come_in_batches(identities: list[bytes], size: int) -> None:
    whole = ChargeIds("export").of(identities).to_pylist()
    ids = ChargeIds("export")
    parts = [ids.of(identities[start : start + size]).to_pylist() for start in range(0, len(identities), size)]
    assert [each for part in parts for each in part] == whole
    assert len(set(whole)) == len(whole)
    assert all(len(each) == 32 for each in whole)


def test_an_id_depends_on_the_export_and_on_nothing_that_stands_before() -> None:
    (one,) = ChargeIds("export").of([b"a"]).to_pylist()
    assert ChargeIds("export").of([b"b", b"a"]).to_pylist()[1] == one
    assert ChargeIds("another").of([b"a"]).to_pylist() != [one]


def test_ids_of_many_batches_are_all_different() -> None:
    ids = ChargeIds("export")
    found = Counter(each for number in range(50) for each in ids.of([b"same", b"%d" % number]).to_pylist())
    assert len(found) == 100
