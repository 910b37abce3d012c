"""The trap set: what real logs do to a reader. Every good record has to be kept, every bad one counted as a reject.

Good, if odd: several gzip members (of equal length, or parting in the middle of a line), a byte-order mark, blank
lines, carriage returns, no newline at the end, invalid UTF-8 and lone surrogates in a prompt, NaN in a body, counts
written as `7.0` or `"7"`, other key orders, the same record twice. Bad: lines torn in the middle, and counts that are
negative, fractional, boolean, not a number, or beyond what a count can be.
"""

from __future__ import annotations

from random import Random
from typing import Protocol

from records import Line, Maker, Truth

TRAP_SHARE = 0.5
OBJECT_BYTES = 1_800_000
WEEK_SECONDS = 7 * 86_400

GOOD_COUNTS = (b"%d.0", b'"%d"', b"%de0")
BAD_COUNTS = (b"-%d", b"%d.5", b"true", b"NaN", b"9%d" + b"0" * 20, b'"many"')

# In the text of a prompt or an answer: invalid UTF-8, half of a surrogate pair, a NUL and a line separator.
_IN_TEXT = (b"\xff\xfe\x80 ", b"\\ud83d ", b"caf\xe9 ", b"\\udc00\\u0000 ", "\N{LINE SEPARATOR} ".encode())


class Write(Protocol):
    """Writes one object of one or more gzip members."""

    def __call__(self, second: float, content: bytes, members: tuple[bytes, ...] = ()) -> None:
        """`second` is its time of delivery."""


def write_traps(write: Write, mb: float, seed: int) -> Truth:
    """Objects of about 1.8 MB, each with a framing of its own."""
    truth = Truth()
    luck = Random(f"{seed}:traps")  # noqa: S311 - made-up traffic
    maker = Maker(seed, bodies=True, trap_share=TRAP_SHARE)
    objects = max(round(mb * 1_000_000 / OBJECT_BYTES), len(_FRAMINGS))
    goal, seconds = mb * 1_000_000 / objects, WEEK_SECONDS / objects
    carried: list[bytes] = []
    for number in range(objects):
        lines, carried = carried, []
        for _ in lines:
            truth.repeat()
        size = 0
        while size < goal:
            data, good = _line(maker, luck, truth, (number + min(size / goal, 0.999)) * seconds)
            size += len(data) + 1
            lines.append(data)
            if good and luck.random() < 0.02:
                carried.append(data)
        if number == objects - 1:
            carried = []
        first, *rest = _FRAMINGS[number % len(_FRAMINGS)](lines, luck)
        write((number + 1) * seconds + 60, first, tuple(rest))
    return truth


def _line(maker: Maker, luck: Random, truth: Truth, second: float) -> tuple[bytes, bool]:
    """The next line, and whether it is a good record; the truth is told."""
    draw = luck.random()
    if draw < 0.02:
        truth.rejects += 1
        return _torn(maker.line(second), luck), False
    if draw < 0.04:
        line = maker.line(second, count=luck.choice(BAD_COUNTS))
        if line.figures["input_tokens"] is not None:
            truth.rejects += 1
            return line.data, False
    elif draw < 0.16:
        line = maker.line(second, count=luck.choice(GOOD_COUNTS))
    else:
        line = maker.line(second)
    truth.add(line.figures)
    if draw > 0.8:
        return line.data.replace(b'"text":"', b'"text":"' + luck.choice(_IN_TEXT), 1), True
    if draw > 0.77:
        return line.data.replace(b'"maxTokens":2048', b'"maxTokens":NaN', 1), True
    return line.data, True


def _torn(line: Line, luck: Random) -> bytes:
    """The beginning of a line; a record never ends before its last tenth."""
    return line.data[: int(len(line.data) * (0.1 + 0.8 * luck.random()))]


def _plain(lines: list[bytes], _luck: Random) -> list[bytes]:
    return [b"\n".join([*lines, b""])]


def _with_mark(lines: list[bytes], _luck: Random) -> list[bytes]:
    return [b"\xef\xbb\xbf" + b"\n".join([*lines, b""])]


def _unfinished(lines: list[bytes], _luck: Random) -> list[bytes]:
    return [b"\n".join(lines)]


def _windows(lines: list[bytes], _luck: Random) -> list[bytes]:
    return [b"\r\n".join([*lines, b""])]


def _blank_lines(lines: list[bytes], luck: Random) -> list[bytes]:
    blank = (b"\n", b"\n\n", b"\n  \n", b"\n\t\r\n")
    return [b"\n" + b"".join(line + luck.choice(blank) for line in lines)]


def _equal_members(lines: list[bytes], _luck: Random) -> list[bytes]:
    """Two members of one length: the size in the trailer fits either, so it proves nothing."""
    half = len(lines) // 2
    one, two = b"\n".join([*lines[:half], b""]), b"\n".join([*lines[half:], b""])
    size = max(len(one), len(two))
    return [one.ljust(size, b"\n"), two.ljust(size, b"\n")]


def _parted_line(lines: list[bytes], luck: Random) -> list[bytes]:
    """Three members that part wherever they part, as `cat` and a rolling writer leave them."""
    content = b"\n".join([*lines, b""])
    one, two = sorted(int(len(content) * (0.1 + 0.8 * luck.random())) for _ in range(2))
    return [content[:one], content[one:two], content[two:]]


_FRAMINGS = (_plain, _with_mark, _unfinished, _windows, _blank_lines, _equal_members, _parted_line)
