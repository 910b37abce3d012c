"""Bytes of invocation logs -> records, by a ladder that loses a record only when its own text is beyond reading.

A slice of whole lines is decoded in one call. Where that fails, each of its lines is tried strictly, then laxly (`7.0`,
`"7"`), then by the standard library with undecodable text replaced and, at last, with the bodies dropped: a torn prompt must
not cost a good token count.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import msgspec

from tokenaudit.providers.aws.invocation_envelopes import unwrap
from tokenaudit.providers.aws.invocation_record import Record

_STRICT = msgspec.json.Decoder(Record)
_LAX = msgspec.json.Decoder(Record, strict=False)
_BAD = (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError)

NOT_JSON = "not valid JSON (torn or foreign text)"
WRONG_TYPE = "a count or name has the wrong type"


@dataclass(frozen=True)
class Unreadable:
    """A line that is no record, and why."""

    reason: str


def lines(slices: Iterable[bytes]) -> Iterator[tuple[int, list[Record] | list[Record | Unreadable]]]:
    """Newline-delimited records: the number of the first line (from 1), then one entry per record from there on.

    Within one list entries stand on consecutive lines.
    """
    first = 1
    for text in slices:
        count = text.count(b"\n") + (not text.endswith(b"\n"))
        try:
            records = _STRICT.decode_lines(text)
        except _BAD:
            records = []
        if len(records) == count and all(map(_is_record, records)):
            yield first, records
        else:
            for number, line in enumerate(text.split(b"\n"), first):
                if line.strip():
                    yield number, list(one(line))
        first += count


def one(line: bytes) -> Iterator[Record | Unreadable]:
    """The records of one line: one, or those of the envelope that it is."""
    for decoder in (_STRICT, _LAX):
        try:
            record = decoder.decode(line)
        except _BAD:
            continue
        if _is_record(record):
            yield record
            return
    try:
        value = json.loads(_from_brace(line).decode("utf-8-sig", "replace"))
    except _BAD:
        yield Unreadable(NOT_JSON)
        return
    yield from of_value(value)


def of_value(value: Any) -> Iterator[Record | Unreadable]:
    """The records inside any decoded JSON value: a record, an envelope, or a list of either."""
    for item in unwrap(value):
        yield from _convert(item) if isinstance(item, dict) else one(item)


def _convert(item: dict[str, Any]) -> Iterator[Record | Unreadable]:
    metadata = item.pop("requestMetadata", None)
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
            record.metadata = msgspec.Raw(json.dumps(metadata).encode())
        yield record
        return
    yield Unreadable(WRONG_TYPE)


def _is_record(record: Record) -> bool:
    return record.request_id is not None


def _from_brace(line: bytes) -> bytes:
    """CloudWatch Logs export tasks put a timestamp and a space before each event."""
    brace = line.find(b"{")
    return line[brace:] if 0 < brace <= 40 and b'"' not in line[:brace] and b"[" not in line[:brace] else line
