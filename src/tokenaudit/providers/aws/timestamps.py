"""Timestamps of log records, many at a time."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow as pa
import pyarrow.compute as pc

_UTC = pa.timestamp("us", tz="UTC")


def parse_timestamps(texts: list[str | None]) -> tuple[pa.Array, pa.Array]:
    """The instants, null where a text is missing or no time, and which of them are not null.

    All at once where every text is ISO 8601 with a zone, as Bedrock writes them; one by one where some are not
    (a blank instead of the T, nanoseconds, no zone: then UTC is meant).
    """
    column = pa.array(texts, pa.string())
    try:
        instants = column.cast(_UTC)
    except pa.ArrowInvalid:
        instants = pa.array([_one(text) for text in texts], _UTC)
    return instants, pc.is_valid(instants)


def _one(text: str | None) -> datetime | None:
    if not text:
        return None
    whole, dot, rest = text.strip().partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    try:
        at = datetime.fromisoformat(whole + dot + digits[:6] + rest[len(digits) :] if digits else text.strip())
    except ValueError:
        return None
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
