from __future__ import annotations

from decimal import Decimal

import pytest

from tokenaudit.providers.focus import scale

BLOCK = 1000
TOKENS = 1_250_000


def azure(
    consumed: str | None, pricing: str | None, price: str, cost: str, block: int | None = BLOCK, **line: str
) -> tuple[int | None, str]:
    """Tokens and scale of a line, as price and cost decide."""
    row: dict[str, object] = {
        "consumed_quantity": consumed and Decimal(consumed),
        "pricing_quantity": pricing and Decimal(pricing),
        "contracted_cost": Decimal(cost),
        "consumed_unit": line.pop("consumed_unit", None),
        "pricing_unit": line.pop("pricing_unit", None),
    }
    reading = scale.of_azure(row, {"ContractedUnitPrice": price, **line}, block)
    return (None, scale.UNKNOWN) if reading is None else (scale.tokens(row, reading), reading.scale)


@pytest.mark.parametrize(
    ("consumed", "pricing", "expected"),
    [
        ("1250000", "1250", scale.BLOCKS),  # as FOCUS has it: consumed in tokens, priced in blocks
        ("1250", "1.25", scale.BLOCKS),  # consumed in blocks already, and divided once too often
        ("1250", "1250", scale.BLOCKS),
        (None, "1250", scale.BLOCKS),
        ("1250", None, scale.BLOCKS),
        ("1250000", None, scale.UNITS),
        (None, "1250000", scale.UNITS),
    ],
)
def test_price_and_cost_say_what_the_quantity_counts(consumed: str | None, pricing: str | None, expected: str) -> None:
    assert azure(consumed, pricing, "0.002", "2.5") == (TOKENS, expected)


def test_a_price_of_one_token_is_told_from_one_of_a_block() -> None:
    assert azure("1250000", "1250000", "0.000002", "2.5", block=1_000_000) == (TOKENS, scale.UNITS)
    assert azure("1250000", "1.25", "0.000002", "2.5", block=1_000_000)[0] == TOKENS


def test_the_block_is_the_size_of_the_line_before_the_name_of_the_meter() -> None:
    assert azure("1250", "1250", "0.002", "2.5", block=1_000_000, x_PricingBlockSize="1000")[0] == TOKENS
    assert azure("4", "4", "2", "8", block=1_000_000, x_PricingBlockSize="1")[0] == 4_000_000


def test_a_price_in_another_currency_is_converted() -> None:
    assert azure("1250000", "1250", "0.002", "2.3", x_BillingExchangeRate="0.92") == (TOKENS, scale.BLOCKS)


@pytest.mark.parametrize(("price", "cost"), [("0.002", "0"), ("0", "0"), ("0.002", "77"), ("x", "2.5")])
def test_what_does_not_fit_is_unknown(price: str, cost: str) -> None:
    assert azure("1250000", "1250", price, cost, pricing_unit="Units") == (None, scale.UNKNOWN)


def test_where_no_price_decides_a_unit_that_names_tokens_does() -> None:
    assert azure("1250000", "1250", "0", "0", consumed_unit="Tokens") == (TOKENS, scale.UNITS)
    assert azure("1250", "1250", "0", "0", consumed_unit="Units", pricing_unit="1K Tokens") == (TOKENS, scale.BLOCKS)


def test_without_a_block_nothing_is_guessed() -> None:
    assert azure("1250000", "1250", "0.002", "2.5", block=None) == (None, scale.UNKNOWN)


@pytest.mark.parametrize(
    ("unit", "tokens"),
    [
        ("1K tokens", 2000),
        ("1M tokens", 2_000_000),
        ("1,000 tokens", 2000),
        ("1,000,000 Tokens", 2_000_000),
        ("1000000 tokens", 2_000_000),
        ("1MM tokens", 2_000_000),
        ("Millions of tokens", 2_000_000),
        ("Units", 2_000_000),
        ("Million Input Tokens", 2_000_000),
        ("Tokens", 2),
        ("1K text units", 2000),
        ("Months", None),
        ("Hrs", None),
        (None, None),
    ],
)
def test_aws_writes_the_unit(unit: str | None, tokens: int | None) -> None:
    row = {"consumed_quantity": Decimal(2), "consumed_unit": unit}
    reading = scale.of_aws(row)
    assert (None if reading is None else scale.tokens(row, reading)) == tokens


def test_the_unit_of_the_price_stands_in_for_that_of_the_consumption() -> None:
    row = {"consumed_quantity": None, "pricing_quantity": Decimal(2), "pricing_unit": "1K tokens"}
    assert scale.of_aws(row) == scale.Reading("pricing_quantity", 1000, scale.BLOCKS)
