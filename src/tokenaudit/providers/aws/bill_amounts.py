"""Amounts of a bill: texts into decimals of the ledger, and quantities into whole tokens."""

from __future__ import annotations

from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.columns import MAX_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

AMOUNT = pa.decimal128(38, 12)
_FINER = pa.decimal128(38, 18)
_STEP = Decimal(1).scaleb(-12)
_EXACT = Context(prec=60, rounding=ROUND_HALF_EVEN)
_LARGEST = Decimal(10) ** 26

TOLERANCE = 1e-6
"""How far, relatively, a quantity may be from whole tokens: exports write it as a rounded decimal, or as a float."""


def amount(text: str | None) -> Decimal | None:
    """One amount, rounded half-even to 12 decimals; None for none. Raises ValueError for what is no finite number."""
    if text is None or not text.strip():
        return None
    try:
        found = Decimal(text.strip())
    except InvalidOperation as error:
        raise ValueError(text) from error
    if not found.is_finite() or abs(found) >= _LARGEST:
        raise ValueError(text)
    return _EXACT.quantize(found, _STEP)


def amounts(column: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    """The same for a column of texts, null where there is none, and which texts are no amounts."""
    try:
        return column.cast(AMOUNT), np.zeros(len(column), bool)
    except pa.ArrowInvalid:
        pass  # more decimals than the ledger has, or something odd
    try:
        return pc.round(column.cast(_FINER), 12, "half_to_even").cast(AMOUNT), np.zeros(len(column), bool)
    except pa.ArrowInvalid:
        return _one_by_one(column)


def whole_tokens(quantity: NDArray[np.float64], block_tokens: NDArray[np.float64]) -> pa.Array:
    """Tokens of quantities in blocks; null where they are not whole, within `TOLERANCE`, or NaN says "unknown"."""
    tokens = quantity * block_tokens
    near = np.rint(tokens)
    exact = (np.abs(tokens - near) <= TOLERANCE * np.abs(near)) & (np.abs(near) <= MAX_TOKENS)
    return pa.array(np.where(exact, near, 0).astype(np.int64), pa.int64(), mask=~exact)


def _one_by_one(column: pa.Array) -> tuple[pa.Array, NDArray[np.bool_]]:
    texts: Sequence[str | None] = column.to_pylist()
    found: list[Decimal | None] = []
    bad = np.zeros(len(texts), bool)
    for position, text in enumerate(texts):
        try:
            found.append(amount(text))
        except ValueError:
            found.append(None)
            bad[position] = True
    return pa.array(found, AMOUNT), bad
