"""Inflating: whatever the framing or the damage, what could be read comes out, in pieces of whole lines."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenaudit.providers import reading

if TYPE_CHECKING:
    from collections.abc import Callable

LINES = b"".join(b'{"n": %d, "text": "%x"}\n' % (n, n * 7919) for n in range(3000))
DAMAGED = "the object is damaged: not valid gzip from some point on"
TRAILING = "the object is damaged: bytes that are no gzip follow the last member"
CUT_OFF = "the object is cut off: it ends inside a compressed block"


def packed(*members: bytes, level: int = 6) -> bytes:
    return b"".join(gzip.compress(member, level, mtime=0) for member in members)


def noise(size: int, seed: int = 1) -> bytes:
    """Lines that do not compress."""
    return random.Random(seed).randbytes(size).replace(b"\n", b"x")[:-1] + b"\n"  # noqa: S311 - no secret


def read(content: bytes) -> tuple[list[bytes], list[str]]:
    damage: list[str] = []
    return list(reading.slices(io.BytesIO(content), len(content), damage.append)), damage


def whole(content: bytes) -> bytes:
    pieces, damage = read(content)
    assert damage == []
    return b"".join(pieces)


@pytest.mark.parametrize(
    "members",
    [
        (LINES,),
        (LINES[:50_000], LINES[50_000:]),
        (LINES, LINES),
        (b"a\n", b"a\n"),
        (b"a\n", b"b\n", b"a\n"),
        (b"", LINES),
        (LINES, b""),
        (b"",),
        (b"", b""),
        (b"x",) * 200,
        tuple(LINES[at : at + 1000] for at in range(0, len(LINES), 1000)),
    ],
    ids=[
        "one",
        "two",
        "equal",
        "short-equal",
        "first-is-last",
        "empty-first",
        "empty-last",
        "empty",
        "empties",
        "bytes",
        "many",
    ],
)
@pytest.mark.parametrize("padding", [0, 1, 7, 8, 512], ids="padding-{}".format)
def test_all_members_are_read_whatever_the_padding(members: tuple[bytes, ...], padding: int) -> None:
    content = packed(*members)
    assert whole(content + b"\0" * padding) == gzip.decompress(content) == b"".join(members)


@given(st.data())
@settings(max_examples=60)
def test_any_split_into_members_gives_the_same(data: st.DataObject) -> None:
    size = data.draw(st.sampled_from((0, 1, 40, 5000, len(LINES))))
    cuts = sorted(data.draw(st.lists(st.integers(0, size), max_size=6)))
    level = data.draw(st.sampled_from((0, 1, 9)))
    bounds = [0, *cuts, size]
    members = [LINES[start:end] for start, end in pairwise(bounds)]
    assert whole(packed(*members, level=level)) == LINES[:size]


@pytest.mark.parametrize("size", range(4040, 4110))
def test_a_last_member_that_equals_the_first_hides_nothing(size: int) -> None:
    """Length and CRC of the last member fit the first as well: only what lies between them tells that there is more."""
    same, other = noise(size - (len(packed(noise(100))) - 100)), b"the one in the middle\n"
    assert len(packed(same)) == size
    assert whole(packed(same, other, same)) == same + other + same


def test_headers_with_a_name_and_a_comment() -> None:
    out = io.BytesIO()
    with gzip.GzipFile("20261001T000000000Z_0123456789abcdef.json", "wb", fileobj=out, mtime=1) as file:
        file.write(LINES)
    plain = packed(b"second\n")
    with_comment = plain[:3] + bytes([plain[3] | 0x10]) + plain[4:10] + b"a comment\0" + plain[10:]
    assert whole(out.getvalue() + with_comment) == LINES + b"second\n"


def test_content_that_is_itself_gzip_is_inflated_once() -> None:
    inner = packed(b"inner\n" * 100)
    assert whole(packed(inner * 3)) == inner * 3


@pytest.mark.parametrize("content", [b"", b"x", b"\x1f", b"plain\nlines", b"\x1e\x8b\x08 no gzip\n"], ids=repr)
def test_what_is_no_gzip_is_handed_on(content: bytes) -> None:
    assert whole(content) == content


@pytest.mark.parametrize("share", [0.01, 0.1, 0.3, 0.5, 0.77, 0.9, 0.99])
@pytest.mark.parametrize("members", [(LINES,), (LINES[:60_000], LINES[60_000:])], ids=["one", "two"])
def test_a_cut_off_object_keeps_what_precedes_the_cut(members: tuple[bytes, ...], share: float) -> None:
    content = packed(*members)
    pieces, damage = read(content[: int(len(content) * share)])
    got = b"".join(pieces)
    assert damage == [CUT_OFF]
    assert LINES.startswith(got)
    assert len(got) >= len(LINES) * share * 0.6 - 4000


@pytest.mark.parametrize("lost", [1, 4, 7, 8])
def test_a_lost_trailer_costs_no_content(lost: int) -> None:
    pieces, damage = read(packed(LINES)[:-lost])
    assert b"".join(pieces) == LINES
    assert damage == [CUT_OFF]


@pytest.mark.parametrize("size", [2, 3, 9, 10, 11, 17])
def test_less_than_a_header_is_cut_off(size: int) -> None:
    assert read(packed(LINES)[:size])[1] == [CUT_OFF]


@pytest.mark.parametrize("at", [12, 200, 5000, -30, -8, -4])
def test_a_flipped_byte_is_reported_and_what_precedes_it_kept(at: int) -> None:
    content = bytearray(packed(LINES))
    content[at] ^= 0x55
    pieces, damage = read(bytes(content))
    assert damage in ([DAMAGED], [CUT_OFF])
    got = b"".join(pieces)
    if at > 0:
        assert len(got) >= at / 2 - 100  # what is before the damage inflates to more than it was
    same = next(
        (n for n, (one, two) in enumerate(zip(got, LINES, strict=False)) if one != two), min(len(got), len(LINES))
    )
    assert same >= min(len(got), at if at > 0 else len(LINES) * 9 // 10) * 3 // 4


def test_damage_in_the_second_member_leaves_the_first_whole() -> None:
    first, second = packed(LINES), bytearray(packed(LINES[:5000]))
    second[len(second) // 2 :] = bytes(len(second) - len(second) // 2)
    pieces, damage = read(first + bytes(second))
    assert b"".join(pieces).startswith(LINES)
    assert len(damage) == 1


@pytest.mark.parametrize("junk", [b"junk", b"\0\0junk", b"\x1f", b"\x1f\x8b", b"\x1f\x8b\x08\x00", b"j" * 100_000])
def test_what_follows_the_last_member_is_reported(junk: bytes) -> None:
    pieces, damage = read(packed(LINES, LINES[:10]) + junk)
    assert b"".join(pieces) == LINES + LINES[:10]
    assert damage in ([TRAILING], [CUT_OFF], [DAMAGED])
    assert len(damage) == 1


@given(st.binary(max_size=400), st.booleans())
@settings(max_examples=200)
def test_nothing_raises(content: bytes, as_gzip: bool) -> None:  # noqa: FBT001 - drawn
    content = b"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03" + content if as_gzip else content
    pieces, damage = read(content)
    assert len(damage) <= 1
    if not content.startswith(b"\x1f\x8b"):
        assert b"".join(pieces) == content
    reading.head(io.BytesIO(content))


def _plain(content: bytes) -> bytes:
    return content


@pytest.mark.parametrize("form", [_plain, packed], ids=["plain", "gzip"])
@pytest.mark.parametrize("one_shot", [0, reading.ONE_SHOT], ids=["streamed", "at-once"])
def test_pieces_end_where_lines_do(
    form: Callable[[bytes], bytes], one_shot: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "ONE_SHOT", one_shot)
    monkeypatch.setattr(reading, "PIECE", 20_000)
    content = LINES + b"no line end"
    pieces, damage = read(form(content))
    assert damage == []
    assert b"".join(pieces) == content
    assert all(piece.endswith(b"\n") for piece in pieces[:-1])
    assert all(pieces)
    if not one_shot:
        assert len(pieces) > 1
        assert max(map(len, pieces)) < 20_000 + 2 * 64 * 1024


def test_a_big_object_is_streamed_in_bounded_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ONE_SHOT", 50_000)
    content = LINES * 30
    assert len(content) > 2 * reading.PIECE
    pieces, damage = read(packed(content))
    assert b"".join(pieces) == content
    assert damage == []
    assert max(map(len, pieces)) <= 3 * reading.PIECE
    assert all(piece.endswith(b"\n") for piece in pieces)


def test_a_size_of_2_to_the_32_in_the_trailer_is_not_believed() -> None:
    """The trailer holds the length modulo 2**32, and may lie."""
    content = bytearray(packed(LINES))
    content[-4:] = (3).to_bytes(4, "little")
    pieces, damage = read(bytes(content))
    got = b"".join(pieces)
    assert LINES.startswith(got)
    assert len(got) > len(LINES) * 0.97  # what shares its last few bytes with the damage is lost
    assert damage == [DAMAGED]


def test_a_giant_line_stays_in_one_piece_until_it_is_no_line_any_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "PIECE", 1000)
    monkeypatch.setattr(reading, "ONE_SHOT", 0)
    giant = noise(900_000)
    content = b"short\n" * 10 + giant + b"short\n" * 10
    pieces, _ = read(packed(content))
    assert b"".join(pieces) == content
    assert all(piece.endswith(b"\n") for piece in pieces)
    monkeypatch.setattr(reading, "MAX_LINE", 100_000)
    pieces, _ = read(packed(content))
    assert b"".join(pieces) == content
    assert not all(piece.endswith(b"\n") for piece in pieces)
    assert max(map(len, pieces)) < 900_000


class _Slow(io.BytesIO):
    """Gives at most a few bytes at a time, as a stream from elsewhere may."""

    def read(self, size: int | None = -1) -> bytes:
        return super().read(min(size, 777) if size is not None and size > 0 else size)


def test_short_reads_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading, "ONE_SHOT", 0)
    content = packed(LINES, LINES[:777]) + b"\0" * 2000
    pieces = list(reading.slices(_Slow(content), len(content), pytest.fail))
    assert b"".join(pieces) == LINES + LINES[:777]


@pytest.mark.parametrize("limit", [0, 1, 100, 8191, 8192, 64 * 1024, len(LINES) - 1, len(LINES), len(LINES) + 1])
@pytest.mark.parametrize("form", [_plain, packed], ids=["plain", "gzip"])
def test_head(form: Callable[[bytes], bytes], limit: int) -> None:
    assert reading.head(io.BytesIO(form(LINES)), limit) == (LINES[:limit], limit >= len(LINES))


def test_head_of_several_members_and_of_damaged_ones() -> None:
    assert reading.head(io.BytesIO(packed(b"a\n", b"b\n"))) == (b"a\nb\n", True)
    assert reading.head(io.BytesIO(b"")) == (b"", True)
    assert reading.head(io.BytesIO(packed(b""))) == (b"", True)
    cut, is_whole = reading.head(io.BytesIO(packed(LINES)[:2000]), 500)
    assert (cut, is_whole) == (LINES[:500], False)
    torn = bytearray(packed(LINES[:3000]))
    torn[-8:-4] = zlib.crc32(b"other").to_bytes(4, "little")
    got, _ = reading.head(io.BytesIO(bytes(torn)))
    assert LINES.startswith(got)
    assert len(got) > 2000
