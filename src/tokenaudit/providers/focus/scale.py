"""How many tokens a line sells: what its quantity counts.

AWS writes the unit of each line. Azure's documents contradict each other, so there the price decides: quantity times
unit price has to be the cost, and only one reading of the quantity makes it so. Where a line cannot tell, because it
costs nothing, the other lines of the same meter in the same file do.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, NamedTuple

from tokenaudit.providers.bill_numbers import EXACT, BadNumberError, amount, whole

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Scale = Literal["blocks", "units", "unknown"]
Quantity = Literal["consumed_quantity", "pricing_quantity"]

BLOCKS: Scale = "blocks"
UNITS: Scale = "units"
UNKNOWN: Scale = "unknown"


class Reading(NamedTuple):
    """Which quantity to take, and how many tokens one of it is."""

    column: Quantity
    block_tokens: int
    scale: Scale


_QUANTITIES: tuple[tuple[Quantity, str], ...] = (
    ("consumed_quantity", "consumed_unit"),
    ("pricing_quantity", "pricing_unit"),
)
_UNITS = (
    (re.compile(r"1?\s*m(?:m|illions?)?\b.*|1,?000,?000\b.*", re.IGNORECASE), 1_000_000),
    (re.compile(r"1?\s*k\b.*|thousand\b.*|1,?000\b.*", re.IGNORECASE), 1000),
    (re.compile(r"(?:1\s*)?tokens?|counts?", re.IGNORECASE), 1),
)
# AWS Marketplace sells tokens in units of a million.
_UNITS_OF_AWS = (*_UNITS, (re.compile(r"units?", re.IGNORECASE), 1_000_000))

_TOLERANCE = Decimal("0.01")
# No million tokens costs less (the cheapest are cached ones of small models, in batches), or more, in any currency.
_CHEAPEST, _DEAREST = Decimal("0.002"), Decimal(20_000_000)
_PRICES = (
    ("ContractedUnitPrice", "contracted_cost"),
    ("x_EffectiveUnitPrice", "effective_cost"),
    ("x_BilledUnitPrice", "billed_cost"),
    ("x_OnDemandUnitPrice", "contracted_cost"),
    ("ListUnitPrice", "list_cost"),
)


def of_aws(row: Mapping[str, object]) -> Reading | None:
    """What the unit of the line says; None where it is no unit of tokens."""
    return next(_readings_of_units(row, _UNITS_OF_AWS, ""), None)


def of_azure(row: Mapping[str, object], line: Mapping[str, str], block_tokens: int | None) -> Reading | None:
    """What price and cost say of the quantities, else a unit that names tokens; None where neither decides.

    A block is `x_PricingBlockSize` tokens, or as many as the meter's name says. The unit price is for a block; where no
    reading makes that true, for a token.
    """
    block = _block(line, block_tokens)
    if block is not None:
        for price, cost in _money(row, line):
            for priced in (block, 1):
                for reading in _readings(block):
                    quantity = row.get(reading.column)
                    if isinstance(quantity, Decimal) and _fits(quantity * reading.block_tokens, price / priced, cost):
                        return reading
    return next(_readings_of_units(row, _UNITS, "token"), None)


def tokens(row: Mapping[str, object], reading: Reading) -> int | None:
    """The tokens of a line, read so."""
    quantity = row.get(reading.column)
    return whole(EXACT.multiply(quantity, Decimal(reading.block_tokens))) if isinstance(quantity, Decimal) else None


def _readings_of_units(
    row: Mapping[str, object], units: Iterable[tuple[re.Pattern[str], int]], said: str
) -> Iterator[Reading]:
    """The quantities whose unit is one of these, and says this word."""
    for column, unit in _QUANTITIES:
        text = str(row.get(unit) or "").strip()
        if row.get(column) is None or said not in text.lower():
            continue
        for pattern, block_tokens in units:
            if pattern.fullmatch(text):
                yield Reading(column, block_tokens, UNITS if block_tokens == 1 else BLOCKS)
                break


def _block(line: Mapping[str, str], block_tokens: int | None) -> int | None:
    size = _number(line.get("x_PricingBlockSize"))
    if size is not None and size > 1 and size == int(size):
        return int(size)
    return block_tokens


def _readings(block: int) -> Iterator[Reading]:
    yield Reading("pricing_quantity", block, BLOCKS)
    yield Reading("consumed_quantity", block, BLOCKS)
    yield Reading("consumed_quantity", 1, UNITS)
    yield Reading("pricing_quantity", 1, UNITS)


def _fits(tokens: Decimal, price: Decimal, cost: Decimal) -> bool:
    """Whether so many tokens at the price of one are the cost, and that price is one that tokens have."""
    if not tokens or abs(tokens * price - cost) > abs(cost) * _TOLERANCE:
        return False
    return _CHEAPEST <= cost / tokens * 1_000_000 <= _DEAREST


def _money(row: Mapping[str, object], line: Mapping[str, str]) -> Iterator[tuple[Decimal, Decimal]]:
    """Pairs of a unit price and the cost that it makes; a price in another currency once more, converted."""
    rate = _number(line.get("x_BillingExchangeRate"))
    for price_name, cost_name in _PRICES:
        price, cost = _number(line.get(price_name)), row.get(cost_name)
        if not price or not isinstance(cost, Decimal) or not cost:
            continue
        yield price, cost
        if rate and rate != 1:
            yield price * rate, cost


def _number(text: str | None) -> Decimal | None:
    try:
        return None if text is None else amount(text)
    except BadNumberError:
        return None
