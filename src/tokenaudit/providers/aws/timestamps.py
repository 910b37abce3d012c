"""Timestamps of log records, many at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

_UTC = pa.timestamp("us", tz="UTC")
# What a calendar can show: Arrow also takes year 0, and an offset may lead beyond the year 9999.
_FIRST, _LAST = (pa.scalar(at, _UTC) for at in (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)))


def parse_timestamps(texts: pa.StringArray) -> pa.TimestampArray:
    """The instants, null where a text is missing or no time.

    All at once where every text is ISO 8601 with a zone, as Bedrock writes them; one by one where some are not
    (a blank instead of the T, nanoseconds, no zone: then UTC is meant).
    """
    try:
        instants = texts.cast(_UTC)
    except pa.ArrowInvalid:
        instants = pa.array([_one(text) for text in texts.to_pylist()], _UTC)
    shown = pc.and_(pc.greater_equal(instants, _FIRST), pc.less_equal(instants, _LAST))
    return pc.if_else(shown, instants, pa.scalar(None, _UTC))


def _one(text: str | None) -> datetime | None:
    if not text:
        return None
    whole, dot, rest = text.strip().partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        at = datetime.fromisoformat(whole + dot + digits[:6] + rest[len(digits) :] if digits else text.strip())
        return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
