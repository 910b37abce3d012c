"""Token attributes -> disjoint token columns.

The conventions count inclusively, for every provider: `input_tokens` holds cache reads, cache writes and audio;
`output_tokens` holds reasoning and audio; cached audio is in both the cache and the audio count.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers.otel import attributes as names
from tokenaudit.providers.otel.attributes import count
from tokenaudit.providers.otel.span import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping


def columns(attributes: Mapping[str, Any], times: int) -> dict[str, int | None]:
    """The ledger's token columns, each times `times` (a sampled span stands for that many calls).

    Raises RefusedError when a count is no count, or when the parts exceed their whole.
    """
    read = count(attributes, names.CACHE_READ)
    write = count(attributes, names.CACHE_WRITE)
    spoken = count(attributes, names.AUDIO_INPUT)
    if spoken is not None:
        spoken = _less(spoken, count(attributes, names.AUDIO_CACHE_READ), "more cached audio tokens than audio tokens")
    output = count(attributes, names.OUTPUT)
    speech = count(attributes, names.AUDIO_OUTPUT)
    prompt = _inclusive(attributes, read, write, output)
    for part in (read, write, spoken):
        prompt = _less(prompt, part, "more cached or audio tokens than input tokens")
    written = _less(output, speech, "more audio tokens than output tokens")
    reasoning = count(attributes, names.REASONING)
    _less(written, reasoning, "more reasoning tokens than output tokens")
    found = {
        "input_tokens": prompt,
        "cache_read_tokens": read,
        "cache_write_tokens": write,
        "output_tokens": written,
        "reasoning_tokens": reasoning,
        "audio_input_tokens": spoken,
        "audio_output_tokens": speech,
    }
    scaled = {name: None if tokens is None else tokens * times for name, tokens in found.items()}
    if any(tokens is not None and tokens > MAX_TOKENS for tokens in scaled.values()):
        raise RefusedError("the item count makes a token count too large")
    return scaled


def _inclusive(attributes: Mapping[str, Any], read: int | None, write: int | None, output: int | None) -> int | None:
    """`input_tokens` with the cache inside.

    Some instrumentations of Bedrock pass on its own count, which leaves the cache out; where a total proves that, the
    cache is put in.
    """
    prompt = count(attributes, names.INPUT)
    cached = (read or 0) + (write or 0)
    if prompt is None or not cached:
        return prompt
    total = count(attributes, names.TOTAL)
    return prompt + cached if total == prompt + cached + (output or 0) else prompt


def _less(whole: int | None, part: int | None, contradiction: str) -> int | None:
    if whole is None or part is None:
        return whole
    if part > whole:
        raise RefusedError(contradiction)
    return whole - part
