"""A span of a model call -> a row of the usage table."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.providers.otel import attributes as names
from tokenaudit.providers.otel import identity, tokens
from tokenaudit.providers.otel.attributes import first, flag, number, text
from tokenaudit.providers.otel.outcome import outcome, status

if TYPE_CHECKING:
    from tokenaudit.providers.otel.span import Span
    from tokenaudit.providers.rows import Row

_TIERS = {"default": "standard", "standard": "standard", "priority": "priority", "flex": "flex", "batch": "batch"}


def row_of(span: Span, uri: str) -> Row:
    """The row. Raises RefusedError when the span contradicts itself or names no provider."""
    provider = identity.provider(span)
    streamed, first_token_ms = _streaming(span)
    tier = _TIERS.get((text(span.attributes, *names.SERVICE_TIER) or "").lower())
    return {
        "usage_id": f"otel/{span.trace_id}/{span.span_id}",
        "provider": provider,
        "source": "otel.spans",
        "grain": "request",
        "started_at": span.started_at,
        "day": span.started_at.date(),
        "request_count": span.item_count,
        "request_id": text(span.attributes, names.RESPONSE_ID) or span.span_id,
        "tier": tier,
        "operation": text(span.attributes, names.OPERATION),
        "streamed": streamed,
        "latency_ms": span.latency_ms,
        "first_token_ms": first_token_ms,
        "vantage": None if span.latency_ms is None else "client",
        "outcome": outcome(span),
        "status": status(span),
        "caller": text(span.attributes, *names.CALLER),
        "tags": _tags(span),
        "object_uri": uri,
        **identity.columns(span, provider),
        **tokens.columns(span.attributes, span.item_count),
    }


def _streaming(span: Span) -> tuple[bool | None, float | None]:
    """Whether the answer was streamed, and the time to its first chunk in ms (the attribute is in seconds)."""
    streamed = flag(span.attributes, names.STREAM)
    seconds = number(first(span.attributes, *names.FIRST_TOKEN))
    if streamed is False or seconds is None or seconds <= 0:
        return streamed, None
    return True, round(seconds * 1000, 6)


def _tags(span: Span) -> dict[str, str]:
    tags = {}
    for tag, keys in names.TAGS.items():
        value = text(span.attributes, *keys) or text(span.resource, *keys)
        if value is not None:
            tags[tag] = value
    if span.item_count > 1:
        tags["sampling.item_count"] = str(span.item_count)
    return tags
