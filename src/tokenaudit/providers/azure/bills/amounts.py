"""Numbers of a bill, exact: prices and costs as decimals, and how much one unit of measure is."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tokenaudit.providers import bill_numbers
from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.bill_numbers import BadNumberError

if TYPE_CHECKING:
    from decimal import Decimal

_BLOCK = re.compile(
    r"\s*(?:([0-9][0-9,]*)(?:\.0+)?)?\s*((?:K|MM?|thousands?|millions?)(?![A-Za-z]))?\s*/?\s*(.*)", re.IGNORECASE
)
_FACTOR = {"k": 1_000, "t": 1_000, "m": 1_000_000}
"""How many a letter or word means, by what it begins with."""


def number(text: str | None, name: str) -> Decimal | None:
    """A decimal as the bill writes it; None for an empty cell. Raises RecordError for anything else."""
    try:
        return None if text is None else bill_numbers.number(text)
    except BadNumberError as error:
        raise RecordError(f"{name} {error}") from None


def price(text: str | None) -> Decimal | None:
    """The same for what is only compared or multiplied: a price that is 0 or cannot be read says nothing."""
    try:
        return number(text, "price") or None
    except RecordError:
        return None


def stored(value: Decimal | None) -> Decimal | None:
    """An amount as the ledger keeps it, to 12 places. Raises RecordError where it does not fit."""
    try:
        return None if value is None else bill_numbers.stored(value)
    except BadNumberError as error:
        raise RecordError(f"an amount {error}") from None


@lru_cache(maxsize=1024)
def block(unit: str) -> int:
    """How many are sold as one: `1K` 1,000, `1M` and `1 Million` 1,000,000, `100` 100, `1/Hour`, `1 Hour`, a word 1."""
    found = _BLOCK.match(unit)
    digits, letter = (found.group(1), found.group(2)) if found else (None, None)
    return int((digits or "1").replace(",", "")[:12]) * _FACTOR.get((letter or "").lower()[:1], 1) or 1


@lru_cache(maxsize=1024)
def counted(unit: str) -> str:
    """What is counted, without how many: `1 Hour` counts `Hour`; a unit that is only a number counts `Units`."""
    found = _BLOCK.match(unit)
    return (found.group(3).strip() if found else "") or "Units"
