"""What only the bodies of a record tell: durations, the split of cache writes, the tier, a guardrail's verdict.

Nothing of a body's text is kept. Where the bodies are off, offloaded to `data/`, or cut by a guardrail, these facts are
unknown, not zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from tokenaudit.providers.aws.invocation_record import (
    Answer,
    CacheCreation,
    CacheDetail,
    Chunk,
    ChunkDelta,
    InvocationMetrics,
    Number,
    RequestBody,
    Usage,
)

_FILTERED = frozenset(("guardrail_intervened", "content_filtered", "content_filter"))
_LAST_CHUNKS = 12
"""Metrics, stop reason and guardrail verdict stand at the end of a stream."""
_MAX_MS = 1e12
_REFUSED = -1.0
"""What `invocation_rows` refuses: stands for a duration that is no number, or longer than any request."""


@dataclass(frozen=True, eq=False)
class BodyProfile:
    """What the bodies say that repeats from request to request. Compared by identity: a part of a dictionary key."""

    tier: str | None = None
    """The answer's word."""
    wanted: str | None = None
    """The request's."""
    filtered: bool = False
    chunks: bool = False
    seen: bool = False
    """The body of the answer was there to look at, so that silence about a tier means the default one."""


class Facts(msgspec.Struct, frozen=True, gc=False):
    """Token counts here stand in only where the record itself has none. Durations in milliseconds."""

    latency_ms: float | None = None
    first_token_ms: float | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    cache_read: int | None = None
    cache_write: int | None = None
    cache_write_1h: int | None = None
    cache_write_short: int = 0
    """That part of the cache writes which the body says to live shortly: the total must have room for it."""
    contradiction: str | None = None
    profile: BodyProfile = BodyProfile()


NOTHING = Facts()
"""Of a record without bodies."""


def facts_of(asked: Any, body: Answer | list[Chunk | str] | str | None) -> Facts:
    """The facts of one request: `asked` and `body` as `invocation_record` declares them."""
    if asked is None and body is None:
        return NOTHING
    wanted = _requested_tier(asked) if type(asked) is RequestBody else None
    if type(body) is Answer:
        return _of_answer(body, wanted)
    if type(body) is list:
        return _of_stream(body, wanted)
    return Facts(profile=_profile(None, wanted, filtered=False, chunks=False, seen=False))


def _of_answer(body: Answer, wanted: str | None) -> Facts:
    tier = body.converse_tier.type if body.converse_tier is not None else body.service_tier
    filtered = body.converse_stop in _FILTERED or body.stop_reason in _FILTERED or body.guardrail == "INTERVENED"
    if body.performance is not None and wanted == "latency_optimized" and body.performance.latency == "standard":
        wanted = None  # the quota of optimised inference was used up
    short, hour = _writes(body.usage)
    return Facts(
        latency_ms=_ms(body.metrics.latency_ms if body.metrics is not None else None),
        input_tokens=body.prompt_token_count,
        output_tokens=body.generation_token_count,
        cache_write=_sum(short, hour),
        cache_write_1h=hour,
        cache_write_short=short or 0,
        contradiction=_impossible(short, hour),
        profile=_profile(tier, wanted, filtered=filtered, chunks=False, seen=True),
    )


def _of_stream(body: list[Chunk | str], wanted: str | None) -> Facts:
    metrics: InvocationMetrics | None = None
    filtered = False
    for chunk in body[: -_LAST_CHUNKS - 1 : -1]:
        if type(chunk) is not Chunk:
            continue  # the bare string "[DONE]"
        if metrics is None:
            metrics = chunk.metrics
        stop = chunk.delta.stop_reason if type(chunk.delta) is ChunkDelta else None
        filtered = filtered or chunk.guardrail == "INTERVENED" or stop in _FILTERED
    short = hour = None
    for chunk in body[:2]:
        if type(chunk) is Chunk and chunk.message is not None and not isinstance(chunk.message, str):
            short, hour = _writes(chunk.message.usage)
            break
    metrics = metrics or InvocationMetrics()
    return Facts(
        latency_ms=_ms(metrics.invocation_latency),
        first_token_ms=_ms(metrics.first_byte_latency),
        input_tokens=metrics.input_token_count,
        output_tokens=metrics.output_token_count,
        cache_read=metrics.cache_read,
        cache_write=metrics.cache_write if metrics.cache_write is not None else _sum(short, hour),
        cache_write_1h=hour,
        cache_write_short=short or 0,
        contradiction=_impossible(short, hour),
        profile=_profile(None, wanted, filtered=filtered, chunks=True, seen=False),
    )


def _writes(usage: Usage | None) -> tuple[int | None, int | None]:
    """Cache writes with a short life and with an hour's: Converse lists them by `ttl`, Anthropic has two fields."""
    if usage is None:
        return None, None
    if usage.cache_details is not None:
        return _by_ttl(usage.cache_details)
    creation: CacheCreation | None = usage.cache_creation
    if creation is None or (creation.short is None and creation.hour is None):
        return None, None
    return creation.short or 0, creation.hour or 0


def _by_ttl(details: list[CacheDetail]) -> tuple[int | None, int | None]:
    known = [detail for detail in details if detail.input_tokens is not None]
    if not known:
        return None, None
    hour = sum(detail.input_tokens or 0 for detail in known if detail.ttl == "1h")
    return sum(detail.input_tokens or 0 for detail in known) - hour, hour


def _sum(short: int | None, hour: int | None) -> int | None:
    return None if short is None else short + (hour or 0)


def _impossible(short: int | None, hour: int | None) -> str | None:
    return "cache writes are negative" if (short is not None and short < 0) or (hour is not None and hour < 0) else None


def _requested_tier(asked: RequestBody) -> str | None:
    if asked.performance is not None and asked.performance.latency == "optimized":
        return "latency_optimized"
    return asked.converse_tier.type if asked.converse_tier is not None else asked.service_tier


def _ms(value: Number | None) -> float | None:
    """A duration; none where it is 0, for no request takes no time."""
    if not value:
        return None
    return float(value) if 0 <= value <= _MAX_MS else _REFUSED


_PROFILES: dict[tuple[str | None, str | None, bool, bool, bool], BodyProfile] = {}


def _profile(tier: str | None, wanted: str | None, *, filtered: bool, chunks: bool, seen: bool) -> BodyProfile:
    """The one object for these values."""
    key = (tier, wanted, filtered, chunks, seen)
    found = _PROFILES.get(key)
    if found is None:
        found = BodyProfile(*key)
        if len(_PROFILES) < 1000:
            _PROFILES[key] = found
    return found
