"""Columns by their distinct values: what is said in few ways is worked out once for each, not for every line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    Positions = NDArray[np.int64]

_ROOM = 8
"""Up to this many conceivable combinations for each row are looked up in a table; more are sorted."""

T = TypeVar("T")


@dataclass(frozen=True)
class Codes:
    """A text column: the distinct values, and which of them each row has. None is a value like any other."""

    of_row: Positions
    values: list[str | None]


def coded(column: pa.Array | None, length: int) -> Codes:
    """The column by its distinct values. An empty text is None."""
    if column is None:
        return Codes(np.zeros(length, np.int64), [None])
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    values = [each or None for each in column.dictionary.to_pylist()]
    of_row = np.asarray(pc.fill_null(column.indices, len(values))).astype(np.int64, copy=False)
    return Codes(of_row, [*values, None])


def combined(columns: Sequence[Codes], function: Callable[..., T]) -> tuple[Positions, list[T]]:
    """The function's answer for each distinct combination, and which of them each row has."""
    key = columns[0].of_row
    size = len(columns[0].values)
    for each in columns[1:]:
        if len(each.values) == 1:
            continue
        if size > 1 << 40:
            _, key = np.unique(key, return_inverse=True)
            size = int(key.max(initial=-1)) + 1
        key = key * len(each.values) + each.of_row
        size *= len(each.values)
    first, of_row = _first_and_codes(key, size)
    rows = [[each.values[code] for code in each.of_row[first].tolist()] for each in columns]
    return of_row, [function(*values) for values in zip(*rows, strict=True)]


def spread(of_row: Positions, values: Sequence[Any], kind: pa.DataType) -> pa.Array:
    """A plain column that holds for each row the value of its code."""
    return pa.array(values, kind).take(pa.array(of_row))


def texts(of_row: Positions, values: Sequence[str | None]) -> pa.DictionaryArray:
    """The same for texts, dictionary-encoded, each distinct text once."""
    known: dict[str, int] = {}
    positions = [None if value is None else known.setdefault(value, len(known)) for value in values]
    indices = pa.array(positions, pa.int32()).take(pa.array(of_row))
    return pa.DictionaryArray.from_arrays(indices, pa.array(list(known), pa.string()))


def _first_and_codes(key: Positions, size: int) -> tuple[Positions, Positions]:
    """Where each distinct key stands first, and the number of its key for each row."""
    if size > _ROOM * len(key):
        _, first, of_row = np.unique(key, return_index=True, return_inverse=True)
        return first, of_row
    at = np.full(size, -1, np.int64)
    at[key[::-1]] = np.arange(len(key) - 1, -1, -1)
    used = np.flatnonzero(at >= 0)
    number = np.empty(size, np.int64)
    number[used] = np.arange(len(used))
    return at[used], number[key]
