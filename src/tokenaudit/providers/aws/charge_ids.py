"""Identities of lines of a bill: a hash of what identifies them, and a number among lines that are identified alike."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Hashes = NDArray[np.uint64]

_BYTES = 16


class ChargeIds:
    """The ids of one object's lines, batch after batch, in the order of the lines. `export` is part of each."""

    def __init__(self, export: str) -> None:
        self._export = blake2b(export.encode(), digest_size=_BYTES).digest()
        self._seen = _Seen()

    def of(self, identities: Iterable[bytes]) -> pa.Array:
        """Texts of 32 hexadecimal digits, one for each identity."""
        export = self._export
        digests = [blake2b(export + each, digest_size=_BYTES).digest() for each in identities]
        ordinals = self._seen.ordinals(np.frombuffer(b"".join(digests), np.uint64)[::2])
        for position in np.flatnonzero(ordinals).tolist():
            again = digests[position] + str(ordinals[position]).encode()
            digests[position] = blake2b(again, digest_size=_BYTES).digest()
        text = b"".join(digests).hex().encode()
        offsets = np.arange(len(digests) + 1, dtype=np.int32) * (2 * _BYTES)
        return pa.Array.from_buffers(pa.string(), len(digests), [None, pa.py_buffer(offsets), pa.py_buffer(text)])


class _Seen:
    """How often each hash has come, in sorted arrays of growing size: a dict of millions would need a gigabyte."""

    def __init__(self) -> None:
        self._levels: list[tuple[Hashes, NDArray[np.int64]]] = []

    def ordinals(self, hashes: Hashes) -> NDArray[np.int64]:
        """How many equal ones came before each, in earlier calls and in this one."""
        unique, of_row, counts = np.unique(hashes, return_inverse=True, return_counts=True)
        before = np.zeros(len(unique), np.int64)
        for known, times in self._levels:
            at = np.minimum(np.searchsorted(known, unique), len(known) - 1)
            before += np.where(known[at] == unique, times[at], 0)
        self._remember(unique, counts)
        ordinals = before[of_row]
        if counts.max(initial=1) > 1:
            order = np.argsort(of_row, kind="stable")
            first = np.concatenate((np.zeros(1, np.int64), np.cumsum(counts)[:-1]))
            ordinals[order] += np.arange(len(hashes)) - np.repeat(first, counts)
        return ordinals

    def _remember(self, unique: Hashes, counts: NDArray[np.int64]) -> None:
        if not len(unique):
            return
        while self._levels and len(self._levels[-1][0]) <= 2 * len(unique):
            known, times = self._levels.pop()
            merged, at = np.unique(np.concatenate((known, unique)), return_inverse=True)
            total = np.zeros(len(merged), np.int64)
            np.add.at(total, at, np.concatenate((times, counts)))
            unique, counts = merged, total
        self._levels.append((unique, counts))
