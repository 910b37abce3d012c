"""Numbers of a bill, exact: prices and costs as decimals, and how much one unit of measure is."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext
from functools import lru_cache

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers.azure.decoding import RecordError

ONE = Decimal(1)
_PLACES = Decimal("1e-12")  # the ledger's decimals have 12 places, and 26 digits before them
_TOO_LARGE = Decimal("1e26")
_EXACT = Context(prec=80, rounding=ROUND_HALF_EVEN)
_WHOLE_WITHIN = Decimal("1e-6")

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_BLOCK = re.compile(r"\s*([0-9][0-9,]*)?\s*([KM](?![A-Za-z]))?\s*/?\s*(.*)", re.IGNORECASE)
_LETTER = {"k": 1_000, "m": 1_000_000}


def number(text: str | None, name: str) -> Decimal | None:
    """A decimal as the bill writes it; None for an empty cell. Raises RecordError for anything else."""
    if text is None:
        return None
    if not _NUMBER.fullmatch(text.strip()):
        raise RecordError(f"{name} is not a number")
    value = Decimal(text.strip())
    if abs(value) >= _TOO_LARGE:
        raise RecordError(f"{name} is too large")
    return value


def price(text: str | None) -> Decimal | None:
    """The same for what is only compared or multiplied: a price that is 0 or cannot be read says nothing."""
    try:
        return number(text, "price") or None
    except RecordError:
        return None


def stored(value: Decimal | None) -> Decimal | None:
    """An amount as the ledger keeps it, to 12 places. Raises RecordError where it does not fit."""
    if value is None:
        return None
    try:
        return value.quantize(_PLACES, context=Context(prec=38, rounding=ROUND_HALF_EVEN))
    except InvalidOperation:
        raise RecordError("an amount is too large") from None


def times(*factors: Decimal | None) -> Decimal | None:
    """The exact product; None where a factor is unknown."""
    product = ONE
    with localcontext(_EXACT):
        for factor in factors:
            if factor is None:
                return None
            product *= factor
    return product


def per(value: Decimal, divisor: Decimal) -> Decimal:
    """A quotient, to far more places than the ledger keeps."""
    return _EXACT.divide(value, divisor)


def whole(value: Decimal) -> int | None:
    """The whole number that this is within 1e-6 of itself, which is how bills round; else None."""
    with localcontext(_EXACT):
        nearest = value.to_integral_value()
        close = abs(value - nearest) <= _WHOLE_WITHIN * abs(value)
    return int(nearest) if close and abs(nearest) <= MAX_TOKENS else None


@lru_cache(maxsize=1024)
def block(unit: str) -> int:
    """How many are sold as one: `1K` 1,000, `1M` 1,000,000, `100` 100, `1/Hour`, `1 Hour` and a bare word 1."""
    found = _BLOCK.match(unit)
    digits, letter = (found.group(1), found.group(2)) if found else (None, None)
    return int((digits or "1").replace(",", "")[:12]) * _LETTER.get((letter or "").lower(), 1) or 1


@lru_cache(maxsize=1024)
def counted(unit: str) -> str:
    """What is counted, without how many: `1 Hour` counts `Hour`; a unit that is only a number counts `Units`."""
    found = _BLOCK.match(unit)
    return (found.group(3).strip() if found else "") or "Units"
