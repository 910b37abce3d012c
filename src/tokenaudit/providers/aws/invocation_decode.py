"""Bytes of invocation logs -> records, by a ladder that loses a record only when its own text is beyond reading.

A slice of whole lines is decoded in one call. Where that fails, each of its lines is tried strictly, then laxly (`7.0`,
`"7"`), then by the standard library with undecodable text replaced and, at last, with the bodies dropped: an odd prompt
must not cost a good token count.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np

from tokenaudit.providers.aws.invocation_envelopes import unwrap, values
from tokenaudit.providers.aws.invocation_record import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from numpy.typing import NDArray

_STRICT = msgspec.json.Decoder(Record)
_LAX = msgspec.json.Decoder(Record, strict=False)
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)

SLICE = 256 * 1024
"""Parsed objects of a slice this long stay in the processor's cache; whole files take a third longer (measured)."""

_request_id = attrgetter("request_id")

_NEWLINE = ord("\n")
_LONG_LINE = 4096

NOT_JSON = "not valid JSON (torn or foreign text)"
WRONG_TYPE = "a count or name has the wrong type"

# A quote after a brace or a comma, without a backslash, cannot be inside of a JSON string.
_BODY = re.compile(rb'[{,]\s*"(?:in|out)putBodyJson"\s*:\s*(?=["{\[])')
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|[\[\]{}]', re.DOTALL)
_DEPTH = {b"{": 1, b"[": 1, b"}": -1, b"]": -1}


@dataclass(frozen=True)
class Unreadable:
    """A line that is no record, and why."""

    reason: str


@dataclass(frozen=True)
class Slice:
    """Records that stand on consecutive lines from `first` on."""

    first: int
    records: list[Record]


@dataclass(frozen=True)
class Line:
    """What one line, or one element of a document, turned out to be."""

    number: int
    found: Record | Unreadable


def lines(pieces: Iterable[bytes]) -> Iterator[Slice | Line]:
    """Newline-delimited records, from line 1 on."""
    first = 1
    for piece in pieces:
        view, octets, start = memoryview(piece), np.frombuffer(piece, np.uint8), 0
        while start < len(piece):
            end = piece.find(b"\n", start + SLICE) + 1 or len(piece)
            try:
                records = _STRICT.decode_lines(view[start:end])
            except _BAD:
                records = []
            ends = _newlines(piece, octets, start, end, len(records))
            if len(records) == ends + (not piece.endswith(b"\n", start, end)) and all(map(_request_id, records)):
                yield Slice(first, records)
            else:
                yield from _one_by_one(piece[start:end], first)
            first += ends
            start = end


def _newlines(piece: bytes, octets: NDArray[np.uint8], start: int, end: int, expected: int) -> int:
    """How many newlines a slice holds. Both ways beat `bytes.count` several times: this one the long lines."""
    if (end - start) < _LONG_LINE * expected:
        return int(np.count_nonzero(octets[start:end] == _NEWLINE))
    count, at = 0, piece.find(b"\n", start, end)
    while at >= 0:
        count, at = count + 1, piece.find(b"\n", at + 1, end)
    return count


def _one_by_one(text: bytes, first: int) -> Iterator[Line]:
    for number, line in enumerate(text.split(b"\n"), first):
        if line.strip():
            for found in one(line):
                yield Line(number, found)


def one(line: bytes) -> Iterator[Record | Unreadable]:
    """The records of one line: one, or those of the envelopes that it holds."""
    text = _from_brace(line)
    for decoder in (_STRICT, _LAX):
        try:
            record = decoder.decode(text)
        except _BAD:
            continue
        if record.request_id:
            yield record
            return
    try:
        for value in _loosely(text):
            yield from of_value(value)
    except _BAD:
        yield Unreadable(NOT_JSON)


def document(content: bytes) -> Iterator[Line]:
    """The records of an object that is not made of lines: pretty-printed, a list, or joined values."""
    text = content.decode("utf-8-sig", "replace")
    line, counted = 1, 0
    try:
        for begin, value in values(text):
            line, counted = line + text.count("\n", counted, begin), begin
            for found in of_value(value):
                yield Line(line, found)
    except _BAD:
        yield Line(0, Unreadable(NOT_JSON))


def of_value(value: Any) -> Iterator[Record | Unreadable]:
    """The records inside any decoded JSON value: a record, an envelope, or a list of either."""
    for item in unwrap(value):
        if isinstance(item, dict):
            yield from _convert(item)
        elif item.strip():
            yield from one(item)
        else:
            yield Unreadable(NOT_JSON)


def _loosely(text: bytes) -> Iterator[Any]:
    """JSON values, with the bodies if they can be read at all."""
    any_found = False
    try:
        for _, value in values(text.decode("utf-8-sig", "replace")):
            any_found = True
            yield value
    except _BAD:
        if any_found:
            raise
        for _, value in values(_without_bodies(text).decode("utf-8-sig", "replace")):
            yield value


def _convert(item: dict[str, Any]) -> Iterator[Record | Unreadable]:
    metadata = item.pop("requestMetadata", None)
    for holder in (item, item.get("identity")):
        if isinstance(holder, dict):
            _make_encodable(holder)
    for drop_bodies in (False, True):
        if drop_bodies:
            for side, body in (("input", "inputBodyJson"), ("output", "outputBodyJson")):
                if isinstance(item.get(side), dict):
                    item[side].pop(body, None)
        try:
            record = msgspec.convert(item, Record, strict=False)
        except _BAD:
            continue
        if isinstance(metadata, dict):
            record.metadata = msgspec.Raw(json.dumps(metadata, ensure_ascii=False).encode("utf-8", "replace"))
        yield record
        return
    yield Unreadable(WRONG_TYPE)


def _make_encodable(holder: dict[str, Any]) -> None:
    """Half of a surrogate pair, which JSON can spell and UTF-8 cannot, becomes a question mark."""
    for name, value in holder.items():
        if isinstance(value, str):
            holder[name] = value.encode("utf-8", "replace").decode()


def _without_bodies(line: bytes) -> bytes:
    """The line with null for both bodies: one that is nested too deeply, or is no JSON, ends where its brackets do."""
    kept: list[bytes] = []
    at = 0
    while body := _BODY.search(line, at):
        kept += line[at : body.end()], b"null"
        at = _end_of_value(line, body.end())
    return b"".join((*kept, line[at:]))


def _end_of_value(text: bytes, start: int) -> int:
    depth = 0
    for token in _TOKEN.finditer(text, start):
        depth += _DEPTH.get(token[0], 0)
        if depth == 0:
            return token.end()
    return len(text)


def _from_brace(line: bytes) -> bytes:
    """CloudWatch Logs export tasks put a timestamp and a space before each event; some editors, a byte-order mark."""
    brace = line.find(b"{")
    return line[brace:] if 0 < brace <= 40 and b'"' not in line[:brace] and b"[" not in line[:brace] else line
