"""Bytes of an object -> inflated pieces of whole lines, in bounded memory.

Inflating is what the hot path spends its time on. An object of modest size is inflated in one call by libdeflate, which
is the fastest, but returns only the first member of a multi-member gzip without a word; so the answer must agree with
the CRC32 and the length in the last eight bytes (RFC 1952), and nothing inside may look like the header of a second
member that happens to equal the first; else everything is streamed through isal, which reads all members.
"""

from __future__ import annotations

import struct
import zlib
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, cast

import deflate
from isal import isal_zlib

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PIECE = 512 * 1024
"""What is streamed comes in pieces of about this length."""

ONE_SHOT = 64 * 1024 * 1024
"""Objects that inflate to more than this are streamed."""

MAX_LINE = 128 * 1024 * 1024
"""A line longer than this is no log record; it is handed on in pieces, which are then rejected as such."""

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31  # zlib: 15 bits of window, gzip framing
_MEMBER = b"\x1f\x8b\x08"
_DAMAGE = cast("type[Exception]", isal_zlib.error)
_NEAR = 4096
_EXTRA_FLAGS = frozenset((0, 2, 4))
_SYSTEMS = frozenset((*range(14), 255))


def slices(stream: BinaryIO, size: int, broken: Callable[[str], None]) -> Iterator[bytes]:
    """The content of a seekable stream of `size` bytes, inflated if it is gzip, in pieces of whole lines.

    Never raises for bad content: what could be read is yielded, and `broken` is told in a few words why the rest is
    lost. A piece is at most `ONE_SHOT` long, or one line; the last may lack its newline.
    """
    packed = stream.read(min(size, PIECE))
    if not packed.startswith(_GZIP):
        yield from _lines(chain((packed,), iter(lambda: stream.read(PIECE), b"")))
        return
    if len(packed) < size <= ONE_SHOT:
        stream.seek(0)
        packed = stream.read(size)  # again from the beginning: joining would copy what is long
    whole = _one_shot(packed, size)
    if whole is not None:
        if whole:
            yield whole
        return
    stream.seek(0)
    yield from _lines(_inflated(stream, broken))


def head(stream: BinaryIO, limit: int = 64 * 1024) -> tuple[bytes, bool]:
    """Up to `limit` inflated bytes from the beginning, and whether that is all there is.

    Unreadable content gives what came before the damage.
    """
    got = b""
    magic = stream.read(2)
    stream.seek(0)
    if magic != _GZIP:
        got = stream.read(limit + 1)
    else:
        for block in _inflated(stream, lambda _: None, block_bytes=8192):
            got += block
            if len(got) > limit:
                break
    return got[:limit], len(got) <= limit


def _one_shot(packed: bytes, size: int) -> bytes | None:
    """The inflated whole of a single-member gzip of modest size, checked; None when it has to be streamed."""
    if not 18 <= size == len(packed):
        return None
    crc, length = struct.unpack("<II", packed[-8:])
    if not 0 < length <= ONE_SHOT:
        return None
    try:
        inflated = cast("bytes", deflate.gzip_decompress(packed, length))  # a bytearray: copying it would cost more
    except deflate.DeflateError:
        return None
    if len(inflated) != length or deflate.crc32(inflated) != crc or _second_member(packed):
        return None
    return inflated


def _second_member(packed: bytes) -> bool:
    """Whether there may be a further member that equals the first, which is what length and CRC cannot tell.

    A short first member shows by the header that follows it; a longer one by its own bytes, which come again. A chance
    hit costs time, not data: the object is then streamed.
    """
    return _header_within(packed[: _NEAR + 2]) or (
        len(packed) > _NEAR and packed.find(packed[_NEAR - 64 : _NEAR], _NEAR - 63) >= 0
    )


def _header_within(packed: bytes) -> bool:
    at = packed.find(_MEMBER, 1)
    while at >= 0:
        header = packed[at : at + 10]
        if len(header) < 10 or (header[3] < 0x20 and header[8] in _EXTRA_FLAGS and header[9] in _SYSTEMS):
            return True
        at = packed.find(_MEMBER, at + 1)
    return False


def _inflated(stream: BinaryIO, broken: Callable[[str], None], block_bytes: int = 160 * 1024) -> Iterator[bytes]:
    """All members of a gzip stream, block by block. Trailing zeros are padding (gzip(1)), other bytes damage."""
    inflater = isal_zlib.decompressobj(_GZIP_WINDOW)
    member, made, packed = 0, 0, stream.read(block_bytes)
    while packed:
        try:
            block = inflater.decompress(packed)
        except _DAMAGE:
            yield from _salvage(stream, member, made)
            broken("the object is damaged: not valid gzip from some point on")
            return
        made += len(block)
        if block:
            yield block
        if not inflater.eof:
            packed = stream.read(block_bytes)
            continue
        rest = inflater.unused_data.lstrip(b"\0")
        while not rest:
            rest = stream.read(block_bytes)
            if not rest:
                return
            rest = rest.lstrip(b"\0")
        if not rest.startswith(_GZIP[: len(rest)]):
            broken("the object is damaged: bytes that are no gzip follow the last member")
            return
        member, made, packed = stream.tell() - len(rest), 0, rest
        inflater = isal_zlib.decompressobj(_GZIP_WINDOW)
    broken("the object is cut off: it ends inside a compressed block")


def _salvage(stream: BinaryIO, member: int, made: int) -> Iterator[bytes]:
    """What a damaged member holds beyond the first `made` bytes: inflated again, slowly, up to the very damage."""
    stream.seek(member)
    inflater = zlib.decompressobj(_GZIP_WINDOW)
    try:
        for piece in iter(lambda: stream.read(64), b""):
            block = inflater.decompress(piece)
            skipped = min(made, len(block))
            made -= skipped
            if block[skipped:]:
                yield block[skipped:]
    except zlib.error:
        return


def _lines(blocks: Iterator[bytes]) -> Iterator[bytes]:
    rest: list[bytes] = []
    held = 0
    for block in blocks:
        end = block.rfind(b"\n") + 1
        if held + len(block) < (PIECE if end else MAX_LINE):
            rest.append(block)  # small blocks are gathered: a slice has to be worth its parser's call
            held += len(block)
            continue
        yield b"".join((*rest, memoryview(block)[:end] if end else block))
        rest = [block[end:]] if end and end < len(block) else []
        held = len(rest[0]) if rest else 0
    if rest:
        yield b"".join(rest)
