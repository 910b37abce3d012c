"""Numbers of a bill, exact: what a text says, what the ledger keeps of it, and how many whole tokens that is."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation, localcontext

from tokenaudit.model.columns import MAX_TOKENS

_STEP = Decimal(1).scaleb(-12)  # the ledger's decimals have 12 places, and 26 digits before them
_KEPT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_TOO_LARGE = Decimal(10) ** 26
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")

EXACT = Context(prec=100, rounding=ROUND_HALF_EVEN)
"""For products and quotients of what a bill says: far more digits than the ledger keeps."""

WHOLE_WITHIN = 1e-6
"""How far, relatively, a quantity may be from whole tokens: exports write it as a rounded decimal, or as a float."""
_WHOLE_WITHIN = Decimal(str(WHOLE_WITHIN))


class BadNumberError(ValueError):
    """A cell that should hold a number and does not, or one that no ledger column can hold; its text says which."""


def number(text: str) -> Decimal:
    """The number that a text is, with every digit; scientific notation is read. Raises BadNumberError."""
    stripped = text.strip()
    if not _NUMBER.fullmatch(stripped):
        raise BadNumberError("is not a number")
    value = Decimal(stripped)
    if abs(value) >= _TOO_LARGE:
        raise BadNumberError("is too large")
    return value


def stored(value: Decimal) -> Decimal:
    """A number as the ledger keeps it: to 12 places, half to even. Raises BadNumberError where it does not fit."""
    try:
        return value.quantize(_STEP, context=_KEPT)
    except InvalidOperation:
        raise BadNumberError("is too large") from None


def amount(text: str) -> Decimal:
    """A text as the ledger keeps it. Raises BadNumberError."""
    return stored(number(text))


def times(*factors: Decimal | None) -> Decimal | None:
    """The exact product; None where a factor is unknown."""
    product = Decimal(1)
    for factor in factors:
        if factor is None:
            return None
        product = EXACT.multiply(product, factor)
    return product


def whole(value: Decimal) -> int | None:
    """The whole number that this is within 1e-6 of itself, which is how bills round; else None."""
    with localcontext(EXACT):
        nearest = value.to_integral_value()
        close = abs(value - nearest) <= _WHOLE_WITHIN * abs(value)
    return int(nearest) if close and abs(nearest) <= MAX_TOKENS else None
