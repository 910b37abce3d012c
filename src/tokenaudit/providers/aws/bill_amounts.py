"""Amounts of a bill: texts into decimals of the ledger, and quantities into whole tokens."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers import bill_numbers

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from numpy.typing import NDArray

AMOUNT = pa.decimal128(38, 12)
_FINER = pa.decimal128(38, 18)


def amount(text: str | None) -> Decimal | None:
    """One amount, rounded half-even to 12 decimals; None for none. Raises BadNumberError, a ValueError."""
    return None if text is None or not text.strip() else bill_numbers.amount(text)


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
    """Tokens of quantities in blocks; null where they are not whole, within a millionth, or NaN says "unknown"."""
    tokens = quantity * block_tokens
    near = np.rint(tokens)
    exact = (np.abs(tokens - near) <= bill_numbers.WHOLE_WITHIN * np.abs(near)) & (np.abs(near) <= MAX_TOKENS)
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
