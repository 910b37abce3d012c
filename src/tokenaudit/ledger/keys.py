"""A 64-bit key for each id: how copies are looked for among millions of rows, without touching their texts.

Equal ids have equal keys. Different ones hardly ever do, and when they do that costs a second look, no row: whoever
finds two equal keys compares the ids themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tokenaudit.ledger.data import columns

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    Keys = NDArray[np.uint64]

NONE: Keys = np.zeros(0, np.uint64)

_REMEMBERED = 4_000_000
_WORD = 8
_ODD = np.uint64(0x9E3779B97F4A7C15)
_HALF = np.uint64(32)
_FIRST_BITS = 16
_REST = np.uint64(64 - _FIRST_BITS)
_FEW = 1 << (_FIRST_BITS - 3)


def keys_of(ids: pa.ChunkedArray) -> Keys:
    """The key of each id, in the order of the rows. Ids are texts and never null."""
    return np.concatenate([NONE, *(_of_texts(chunk.cast(pa.string())) for chunk in ids.chunks)])


def _of_texts(ids: pa.StringArray) -> Keys:
    """Eight bytes of all ids of one length at a time; the last eight may overlap those before them."""
    _, places, content = ids.buffers()
    if not len(ids) or content is None:
        return np.zeros(len(ids), np.uint64)
    offsets = np.frombuffer(places, np.int32, len(ids) + 1, ids.offset * 4)
    starts, lengths = offsets[:-1], np.diff(offsets)
    octets = np.frombuffer(content, np.uint8)
    if lengths.min() < _WORD:
        octets = np.concatenate((octets, np.zeros(_WORD, np.uint8)))
    words = np.ndarray(len(octets) - _WORD + 1, np.dtype("<u8"), octets, strides=(1,))
    keys = np.empty(len(ids), np.uint64)
    for length in distinct(lengths).tolist():
        rows = np.flatnonzero(lengths == length)
        keys[rows] = _of_equal_length(words, starts[rows], length)
    return keys


def _of_equal_length(words: Keys, starts: NDArray[np.int32], length: int) -> Keys:
    keys = np.full(len(starts), length, np.uint64)
    for at in range(0, length, _WORD):
        some = words[starts + max(min(at, length - _WORD), 0)]
        if length < _WORD:
            some &= np.uint64((1 << (_WORD * length)) - 1)
        keys ^= some
        keys *= _ODD
        keys ^= keys >> _HALF
    return keys


def distinct(keys: Keys) -> Keys:
    """Each once, sorted: what `numpy.unique` gives in a fiftieth of its time."""
    ordered = np.sort(keys)
    first = np.ones(len(ordered), bool)
    first[1:] = ordered[1:] != ordered[:-1]
    return ordered[first]


def repeated(keys: Keys) -> Keys:
    """Those that occur more than once, each once, sorted."""
    ordered = np.sort(keys)
    return distinct(ordered[1:][ordered[1:] == ordered[:-1]])


def among(keys: Keys, wanted: Keys) -> NDArray[np.bool_]:
    """Which of the keys are wanted; `wanted` is sorted."""
    if not len(wanted):
        return np.zeros(len(keys), bool)
    if len(wanted) > _FEW:
        return _found(keys, wanted)
    # Few are wanted, of many: those whose first bits are not among the wanted ones need not be looked for.
    first_bits = np.zeros(1 << _FIRST_BITS, bool)
    first_bits[wanted >> _REST] = True
    found: NDArray[np.bool_] = first_bits[keys >> _REST]
    found[found] = _found(keys[found], wanted)
    return found


def _found(keys: Keys, wanted: Keys) -> NDArray[np.bool_]:
    found: NDArray[np.bool_] = wanted[np.minimum(np.searchsorted(wanted, keys), len(wanted) - 1)] == keys
    return found


class KeyStore:
    """The keys of data files, by their names, which never come again. The newest are remembered, others read."""

    def __init__(self) -> None:
        self._held: dict[str, Keys] = {}
        self._length = 0

    def remember(self, path: Path, keys: Keys) -> None:
        """Keeps the keys of a file of usage rows; the oldest are forgotten when there are too many."""
        self._held[path.name] = keys
        self._length += len(keys)
        while self._length > _REMEMBERED:
            self._length -= len(self._held.pop(next(iter(self._held))))

    def of(self, path: Path) -> Keys:
        """Those of a file, row by row."""
        held = self._held.get(path.name)
        return keys_of(columns(path, "usage_id")[0]) if held is None else held
