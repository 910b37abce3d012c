"""Numbers of a bill: exact decimals of 12 places, and whole tokens."""

from __future__ import annotations

import re
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation

PLACES = Decimal(1).scaleb(-12)
_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_EXACT = Context(prec=100)
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d{1,3})?")
_NEARLY_WHOLE = Decimal("1e-6")
_MAX_TOKENS = 2**53


class BadNumberError(ValueError):
    """A cell that should hold a number and does not, or one that no ledger column can hold."""


def decimal(text: str) -> Decimal:
    """A number to 12 places, rounded half to even; scientific notation is read. Raises BadNumberError."""
    if not _NUMBER.fullmatch(text):
        raise BadNumberError
    try:
        return Decimal(text).quantize(PLACES, context=_CONTEXT)
    except InvalidOperation:
        raise BadNumberError from None


def whole_tokens(quantity: Decimal, block_tokens: Decimal | int) -> int | None:
    """Tokens of a quantity that counts blocks of them; null where that is no whole number, but for 1e-6 of it."""
    exact = _EXACT.multiply(quantity, Decimal(block_tokens))
    nearest = int(exact.to_integral_value(ROUND_HALF_EVEN))
    if abs(nearest) > _MAX_TOKENS or abs(exact - nearest) > abs(exact) * _NEARLY_WHOLE:
        return None
    return nearest
