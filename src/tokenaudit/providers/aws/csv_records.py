"""A CSV of millions of lines, cut into records exactly, so that those which do not matter are never parsed.

A record ends at a newline that an even number of quotes precedes (RFC 4180). Counting both is far
cheaper than parsing.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

    Positions = NDArray[np.int64]

WINDOW = 8 * 1024 * 1024
"""What is looked at in one piece."""

LONGEST = 1024 * 1024
"""A record of more than this is a quote that was never closed."""

_SAMPLE = 64
_WORD = 8


@dataclass(frozen=True)
class Records:
    """Some records: their bytes, the end of each in them, and the line on which each begins, counted from 1.

    A `torn` one has a quote that is never closed: its first line alone is meant, the others are records of their own.
    """

    data: bytes
    ends: Positions
    lines: Positions
    torn: bool = False

    def __len__(self) -> int:
        return len(self.ends)

    def __iter__(self) -> Iterator[tuple[int, bytes]]:
        """Line and bytes of each."""
        start = 0
        for line, end in zip(self.lines.tolist(), self.ends.tolist(), strict=True):
            yield line, self.data[start:end]
            start = end

    def take(self, wanted: Positions) -> Records:
        """The records of these positions alone."""
        starts = np.concatenate((np.zeros(1, np.int64), self.ends[:-1]))[wanted]
        ends = self.ends[wanted]
        data = b"".join([self.data[a:b] for a, b in zip(starts.tolist(), ends.tolist(), strict=True)])
        return Records(data, np.cumsum(ends - starts), self.lines[wanted])


def records(slices: Iterable[bytes]) -> Iterator[Records]:
    """All records, in order. Never raises; a byte-order mark is left where it is."""
    held, line = b"", 1
    for window in chain(_windows(slices), (b"",)):
        data, held = held + window if held else window, b""
        while data:
            found, line = _cut(data, line)
            if len(found):
                yield found
                data = data[int(found.ends[-1]) :]
            if window and len(data) <= LONGEST:
                held, data = data, b""
            elif data:
                whole = not window and data.count(b'"') % 2 == 0
                end = len(data) if whole else data.find(b"\n") + 1 or len(data)
                yield Records(data[:end], np.array([end], np.int64), np.array([line], np.int64), not whole)
                line += 1
                data = data[end:]


def with_word(found: Records, word: bytes) -> Records:
    """The records that hold this word of seven bytes or more without a newline; all, where many of the first do."""
    sample = min(len(found), _SAMPLE)
    if sample and found.data.count(word, 0, int(found.ends[sample - 1])) * 4 > sample:
        return found
    may_have = np.unique(np.searchsorted(found.ends, _hints(found.data, word), side="right"))
    starts = np.concatenate((np.zeros(1, np.int64), found.ends[:-1]))[may_have].tolist()
    ends = found.ends[may_have].tolist()
    has = [found.data.find(word, a, b) >= 0 for a, b in zip(starts, ends, strict=True)]
    return found.take(may_have[np.array(has, bool)])


def _hints(data: bytes, word: bytes) -> Positions:
    """Where in the data the word may be, in order.

    Wherever it begins, four bytes that begin at a multiple of four lie within its first seven: looking for the four
    that these can be takes a third of the time that looking for the word takes, and lets other threads run.
    """
    quads = np.frombuffer(data, np.uint32, len(data) // 4)
    mask = np.zeros(len(quads), bool)
    for at in range(4):
        mask |= quads == np.frombuffer(word, np.uint32, 1, at)[0]
    return np.flatnonzero(mask) * 4


def _windows(slices: Iterable[bytes]) -> Iterator[bytes]:
    for piece in _ahead(slices):
        for start in range(0, len(piece), WINDOW):
            yield piece[start : start + WINDOW] if len(piece) > WINDOW else piece


def _ahead(slices: Iterable[bytes]) -> Iterator[bytes]:
    """The same, the next one inflated by a second thread meanwhile: that is half of the work."""
    stream = iter(slices)
    with ThreadPoolExecutor(1) as second:
        coming = second.submit(next, stream, None)
        while (piece := coming.result()) is not None:
            coming = second.submit(next, stream, None)
            yield piece


def _cut(data: bytes, line: int) -> tuple[Records, int]:
    """The records that end in these bytes, and the line after them."""
    seen = np.frombuffer(data, np.uint8)
    newlines = _rare(seen == ord("\n"))
    if not len(newlines):
        return Records(data, newlines, newlines), line
    quotes = (seen[: int(newlines[-1]) + 1] == ord('"')).view(np.uint8)
    starts = np.concatenate((np.zeros(1, np.int64), newlines[:-1] + 1))
    odd_on_line = np.bitwise_xor.reduceat(quotes, starts)
    closed = np.flatnonzero(np.bitwise_xor.accumulate(odd_on_line) == 0)
    begins = np.concatenate((np.zeros(1, np.int64), closed + 1)) + line
    return Records(data, newlines[closed] + 1, begins[:-1]), int(begins[-1])


def _rare(mask: NDArray[np.bool_]) -> Positions:
    """Where the mask is true, which is seldom: eight of its bytes are looked at in one."""
    whole = len(mask) // _WORD * _WORD
    words = np.flatnonzero(mask[:whole].view(np.uint64) != 0)  # of booleans, numpy finds them far quicker
    rows, columns = np.nonzero(mask[:whole].reshape(-1, _WORD)[words])
    return np.concatenate((words[rows] * _WORD + columns, whole + np.flatnonzero(mask[whole:])))
