"""Blocks or units: tokens come out right, whichever way a file counts, as long as it can be told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.providers.azure.made_bills import bill, exported

from tokenaudit.providers.azure.bills import amounts
from tokenaudit.providers.azure.bills.scale import Measure, Scale, Scales, proof
from tokenaudit.providers.bill_numbers import EXACT, whole

TOKENS = st.integers(1_000, 10**12)
PRICES = st.decimals("0.01", "600", places=4)  # for a million
BLOCKS = st.sampled_from([1_000, 1_000_000])
SCALES: st.SearchStrategy[Scale] = st.sampled_from(["blocks", "units"])


def measure(quantity: str, block: int = 1_000_000, cost: str | None = None, **more: object) -> Measure:
    prices = tuple(Decimal(str(each)) for each in (more.pop("price", None),) if each)
    listed = more.pop("listed", None)
    return Measure(
        Decimal(quantity),
        block,
        sells_tokens=True,
        cost=Decimal(cost) if cost else None,
        prices=prices,
        list_price=Decimal(str(listed)) if listed else None,
        unit_given=bool(more.pop("unit_given", False)),
    )


@given(TOKENS, PRICES, BLOCKS, SCALES)
def test_tokens_are_the_same_however_they_are_counted(tokens: int, price: Decimal, block: int, scale: Scale) -> None:
    in_blocks = EXACT.divide(Decimal(tokens), Decimal(block))
    a_block = price * block / 1_000_000
    quantity = in_blocks if scale == "blocks" else Decimal(tokens)
    line = Measure(quantity, block, sells_tokens=True, cost=in_blocks * a_block, prices=(a_block,))
    assert proof(line) == (1, scale)
    amount = line.amount(scale)
    assert amount is not None
    assert whole(amount) == tokens


@pytest.mark.parametrize(
    ("line", "proved"),
    [
        (measure("72.1", cost="180.25", price="2.5"), (1, "blocks")),
        (measure("72100000", cost="180.25", price="2.5"), (1, "units")),
        (measure("-72.1", cost="-180.25", price="2.5"), (1, "blocks")),
        (measure("72.1", cost="178.5", price="2.5"), (1, "blocks")),  # within 1 %
        (measure("72.1", cost="150", price="2.5", listed="2.5"), (2, "blocks")),
        (measure("72100000", cost="150", listed="2.5"), (2, "units")),
        (measure("72.101", 1_000, cost="0.0150"), (3, "blocks")),
        (measure("72100", 1_000, cost="150"), (4, "blocks")),
        (measure("72100", 1_000, cost="0.15"), (4, "units")),
        (measure("72100", 1_000, cost="10"), None),  # 0.14 and 140 a million
        (measure("72100", 1_000, cost="10", unit_given=True), (5, "blocks")),
        (measure("72100", cost="0", price="2.5"), None),
        (measure("0", cost="1", price="2.5"), None),
    ],
)
def test_the_strongest_proof_counts(line: Measure, proved: tuple[int, str] | None) -> None:
    assert proof(line) == proved


def test_a_list_price_that_is_far_from_both_proves_nothing() -> None:
    assert proof(measure("7", 1_000_000, cost="7000", listed="1")) is None


@pytest.mark.parametrize(("currency", "scale"), [("USD", "units"), ("EUR", "units"), ("", "units"), ("JPY", "unknown")])
def test_what_a_price_may_be_depends_on_the_currency(currency: str, scale: str) -> None:
    """330 yen a million tokens, in units, would be a plausible 0.33 in blocks of a thousand."""
    cost = "330" if currency == "JPY" else "0.33"
    line = {"UnitOfMeasure": "1K", "MeterName": "gpt 4.1 Inp glbl Tokens", "Quantity": "1000000"}
    unpriced = {"EffectivePrice": "", "UnitPrice": "", "PayGPrice": "", "CostInBillingCurrency": cost}
    (row,) = exported(bill({**line, **unpriced, "BillingCurrencyCode": currency})).rows
    assert row["quantity_scale"] == scale


def test_lines_without_proof_take_their_meter_s_scale_then_the_file_s() -> None:
    scales = Scales()
    for meter, line in (("a", measure("72.5", price="2", cost="145")), ("b", measure("5000000", price="2", cost="10"))):
        scales.note(meter, line)
    free = measure("3")
    assert scales.of("a", free) == "blocks"
    assert scales.of("b", free) == "units"
    assert scales.of("c", free) == "unknown"  # the file says both


def test_a_weak_proof_does_not_outvote_a_strong_one() -> None:
    scales = Scales()
    scales.note("a", measure("5000000", price="2", cost="10"))
    scales.note("b", measure("72.5", 1_000, cost="0.145"))
    assert scales.of("c", measure("3")) == "units"
    assert scales.of("b", measure("4", 1_000)) == "blocks"


def test_one_that_is_a_unit_says_nothing_of_others() -> None:
    scales = Scales()
    scales.note("ptu", Measure(Decimal(24), 1, sells_tokens=False, cost=Decimal(24), prices=(Decimal(1),)))
    assert scales.of("ptu", Measure(Decimal(24), 1, sells_tokens=False, cost=None)) == "blocks"
    assert scales.of("a", measure("3")) == "unknown"


@given(st.lists(st.tuples(TOKENS, PRICES), min_size=1, max_size=5), SCALES)
def test_no_token_of_a_bill_is_lost(lines: list[tuple[int, Decimal]], scale: Scale) -> None:
    made = [
        {
            "Quantity": format(Decimal(tokens) / 1_000_000 if scale == "blocks" else Decimal(tokens), "f"),
            "EffectivePrice": str(price),
            "CostInBillingCurrency": format(Decimal(tokens) * price / 1_000_000, "f"),
        }
        for tokens, price in lines
    ]
    rows = exported(bill(*made)).rows
    assert sum(row["tokens"] for row in rows) == sum(tokens for tokens, _ in lines)
    assert {row["quantity_scale"] for row in rows} == {scale}
    billed = sum(Decimal(each["CostInBillingCurrency"]) for each in made)
    assert abs(sum(row["billed_cost"] for row in rows) - billed) < Decimal("1e-9")


@pytest.mark.parametrize(
    ("unit", "block", "counted"),
    [
        ("1K", 1_000, "Units"),
        ("1M", 1_000_000, "Units"),
        ("10K", 10_000, "Units"),
        ("100", 100, "Units"),
        ("1", 1, "Units"),
        ("1/Hour", 1, "Hour"),
        ("1 Hour", 1, "Hour"),
        ("100 Hours", 100, "Hours"),
        ("1 MB", 1, "MB"),
        ("1 Month", 1, "Month"),
        ("Tokens", 1, "Tokens"),
        ("1,000 Calls", 1_000, "Calls"),
        ("0", 1, "Units"),
        ("1 Million", 1_000_000, "Units"),
        ("1 Million Tokens", 1_000_000, "Tokens"),
        ("1MM", 1_000_000, "Units"),
        ("1.0M", 1_000_000, "Units"),
        ("1 Thousand", 1_000, "Units"),
        ("Thousands", 1_000, "Units"),
        ("Minutes", 1, "Minutes"),
    ],
)
def test_units_of_measure(unit: str, block: int, counted: str) -> None:
    assert amounts.block(unit) == block
    assert amounts.counted(unit) == counted
