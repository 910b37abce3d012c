"""The Bedrock half: model invocation logs as S3 holds them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

from week import FIRST, SENTENCES, SYSTEM_PROMPT_TOKENS, Dice, Week, answer_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]

ACCOUNT = "111122223333"
REGION = "us-east-1"
CLAUDE = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
# The search team calls a part of its traffic through a profile of its own; tokenaudit.toml says what is behind it.
SEARCH_PROFILE = f"arn:aws:bedrock:{REGION}:{ACCOUNT}:application-inference-profile/search7prod1"
NOVA = "amazon.nova-pro-v1:0"
TITAN = "amazon.titan-embed-text-v2:0"

CLAUDE_CALLS = 1400
NOVA_CALLS = 800
TITAN_CALLS = 300
THROTTLED_CALLS = 72
THROTTLED_HOUR = datetime(2026, 10, 7, 14, tzinfo=UTC)
FAILED_CALLS = 7
GUARDRAIL_EVERY = 250
# On Thursday one delivery to S3 never came; the calls were made, and billed.
LOST_HOUR = datetime(2026, 10, 8, 15, tzinfo=UTC)


@dataclass(frozen=True)
class Usage:
    """Tokens of one request as Bedrock counts them: `input` holds neither cache reads nor cache writes."""

    input: int
    output: int
    read: int = 0
    write_5m: int = 0
    write_1h: int = 0

    @property
    def write(self) -> int:
        """Tokens written to a cache of either life."""
        return self.write_5m + self.write_1h


class Event(NamedTuple):
    """A record, the time of its request, and what AWS bills for it: nothing where the request was refused or failed."""

    at: datetime
    record: Json
    billed: Usage | None = None

    @property
    def is_lost(self) -> bool:
        """Whether its record was never delivered."""
        return LOST_HOUR <= self.at < LOST_HOUR + timedelta(hours=1)


def events(seed: int, week: Week = FIRST) -> list[Event]:
    """Every record of the week with the time of its request, in order."""
    return sorted(
        [
            *_claude(seed, week),
            *_nova(seed, week),
            *_titan(seed, week),
            *(_throttled(seed) if week.has_incidents else ()),
            *_failed(seed, week),
        ],
        key=lambda event: (event.at, event.record["requestId"]),
    )


def _claude(seed: int, week: Week) -> Iterator[Event]:
    dice = Dice(seed, "bedrock claude", week)
    for at in dice.arrivals(CLAUDE_CALLS):
        usage = _claude_usage(dice, week)
        first, latency = answer_ms(dice, usage.output, 640, 55)
        kind = dice.between(0, 1)
        record = _envelope(dice, at, "search", dice.pick((CLAUDE, CLAUDE, SEARCH_PROFILE)))
        if kind < 0.40:
            answer: Any = _stream_chunks(dice, usage, first, latency)
            record["operation"] = "InvokeModelWithResponseStream"
        elif kind < 0.70:
            answer = _converse_answer(dice, usage, latency)
            record["operation"] = "ConverseStream"
        elif kind < 0.95:
            answer = _converse_answer(dice, usage, latency)
            record["operation"] = "Converse"
        else:  # its log holds no latency at all
            answer = {
                "type": "message",
                "role": "assistant",
                "content": [_said(dice)],
                "usage": _anthropic_usage(usage),
            }
            record["operation"] = "InvokeModel"
        record["input"] = _prompt(dice, usage, cached=True)
        record["output"] = {"outputContentType": "application/json", "outputBodyJson": answer}
        record["output"]["outputTokenCount"] = usage.output
        yield Event(at, _finished(dice, record, "search", rerouted=dice.chance(0.45)), usage)


def _claude_usage(dice: Dice, week: Week) -> Usage:
    """A long system prompt that is nearly always in the cache; now and then it is written again, some for an hour."""
    system, fresh, output = dice.pick(SYSTEM_PROMPT_TOKENS), int(dice.around(420, 0.6)), int(dice.around(330, 0.5))
    system += week.longer_by
    if dice.chance(week.hit_share):
        grown = int(dice.around(600, 0.4)) if dice.chance(0.15) else 0
        return Usage(fresh, output, read=system, write_5m=grown)
    if dice.chance(0.35):
        return Usage(fresh, output, write_1h=system)
    return Usage(fresh, output, write_5m=system)


def _nova(seed: int, week: Week) -> Iterator[Event]:
    dice = Dice(seed, "bedrock nova", week)
    for number, at in enumerate(dice.arrivals(NOVA_CALLS), 1):
        usage = Usage(int(dice.around(1450, 0.55)), int(dice.around(210, 0.5)))
        _, latency = answer_ms(dice, usage.output, 480, 110)
        record = _envelope(dice, at, "support", NOVA)
        record["operation"] = "ConverseStream" if dice.chance(0.6) else "Converse"
        answer = _converse_answer(dice, usage, latency)
        if number % GUARDRAIL_EVERY == 0:  # blocked before the model saw it
            usage = Usage(0, 0)
            answer = _converse_answer(dice, usage, 140, stop="guardrail_intervened")
        record["input"] = _prompt(dice, usage, cached=False)
        record["output"] = {"outputContentType": "application/json", "outputBodyJson": answer}
        record["output"]["outputTokenCount"] = usage.output
        yield Event(at, _finished(dice, record, "support"), usage)


def _titan(seed: int, week: Week) -> Iterator[Event]:
    dice = Dice(seed, "bedrock titan", week)
    for at in dice.arrivals(TITAN_CALLS):
        record = _envelope(dice, at, "search", TITAN)
        record["operation"] = "InvokeModel"
        record["input"] = {"inputContentType": "application/json", "inputBodyJson": {"inputText": dice.pick(SENTENCES)}}
        usage = Usage(int(dice.around(310, 0.5)), 0)
        record["input"]["inputTokenCount"] = usage.input
        record["output"] = {"outputContentType": "application/json"}  # embeddings are not delivered to the log
        yield Event(at, _finished(dice, record, "search"), usage)


def _throttled(seed: int) -> Iterator[Event]:
    """One bad hour: a re-index on Wednesday afternoon uses up the quota of the search team."""
    dice = Dice(seed, "bedrock throttled")
    for _ in range(THROTTLED_CALLS):
        at = THROTTLED_HOUR + timedelta(milliseconds=int(dice.between(240_000, 3_360_000)))
        record = _envelope(dice, at, "search", dice.pick((CLAUDE, CLAUDE, SEARCH_PROFILE)))
        record["operation"] = dice.pick(("Converse", "ConverseStream"))
        record["input"] = {"inputContentType": "application/json", "inputBodyJson": _messages(dice, cached=True)}
        record["errorCode"] = "ThrottlingException"
        yield Event(at, _finished(dice, record, "search"))


def _failed(seed: int, week: Week) -> Iterator[Event]:
    dice = Dice(seed, "bedrock failed", week)
    for number, at in enumerate(dice.arrivals(FAILED_CALLS)):
        record = _envelope(dice, at, "search", CLAUDE)
        record["operation"] = "Converse"
        record["input"] = {"inputContentType": "application/json", "inputBodyJson": _messages(dice, cached=True)}
        record["errorCode"] = "InternalServerException" if number % 3 == 0 else "ValidationException"
        yield Event(at, _finished(dice, record, "search"))


def _envelope(dice: Dice, at: datetime, team: str, model_id: str) -> Json:
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/{team}-api/{team}-{dice.pick(('a', 'b', 'c'))}"
    return {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "accountId": ACCOUNT,
        "identity": {"arn": role},
        "region": REGION,
        "requestId": dice.uuid(),
        "operation": "",
        "modelId": model_id,
    }


def _finished(dice: Dice, record: Json, team: str, *, rerouted: bool = False) -> Json:
    if rerouted:
        record["inferenceRegion"] = dice.pick(("us-east-2", "us-west-2"))
    record["requestMetadata"] = {"team": team, "env": "prod"}
    return record


def _said(dice: Dice) -> Json:
    return {"type": "text", "text": dice.pick(SENTENCES)}


def _messages(dice: Dice, *, cached: bool) -> Json:
    body: Json = {"messages": [{"role": "user", "content": [{"text": dice.pick(SENTENCES)}]}]}
    if cached:
        body["system"] = [{"text": "You sort maps."}, {"cachePoint": {"type": "default"}}]
    return body


def _prompt(dice: Dice, usage: Usage, *, cached: bool) -> Json:
    return {
        "inputContentType": "application/json",
        "inputBodyJson": _messages(dice, cached=cached),
        "inputTokenCount": usage.input,
        "cacheReadInputTokenCount": usage.read,
        "cacheWriteInputTokenCount": usage.write,
    }


def _converse_answer(dice: Dice, usage: Usage, latency: int, stop: str = "end_turn") -> Json:
    counts: Json = {
        "inputTokens": usage.input,
        "outputTokens": usage.output,
        "totalTokens": usage.input + usage.read + usage.write + usage.output,
        "cacheReadInputTokens": usage.read,
        "cacheWriteInputTokens": usage.write,
    }
    if usage.write:
        lives = (("5m", usage.write_5m), ("1h", usage.write_1h))
        counts["cacheDetails"] = [{"ttl": ttl, "inputTokens": tokens} for ttl, tokens in lives if tokens]
    return {
        "output": {"message": {"role": "assistant", "content": [{"text": dice.pick(SENTENCES)}]}},
        "stopReason": stop,
        "metrics": {"latencyMs": latency},
        "usage": counts,
    }


def _anthropic_usage(usage: Usage) -> Json:
    return {
        "input_tokens": usage.input,
        "cache_creation_input_tokens": usage.write,
        "cache_read_input_tokens": usage.read,
        "cache_creation": {"ephemeral_5m_input_tokens": usage.write_5m, "ephemeral_1h_input_tokens": usage.write_1h},
        "output_tokens": usage.output,
    }


def _stream_chunks(dice: Dice, usage: Usage, first: int, latency: int) -> list[Json]:
    """Chunks of a streamed answer: counts in `message_start` are provisional, the last chunk carries the metrics."""
    opened: Json = {"id": f"msg_bdrk_{dice.hexadecimal(8)}", "type": "message", "role": "assistant", "content": []}
    opened["usage"] = _anthropic_usage(usage) | {"output_tokens": 1}
    metrics = {
        "inputTokenCount": usage.input,
        "outputTokenCount": usage.output,
        "invocationLatency": latency,
        "firstByteLatency": first,
        "cacheReadInputTokenCount": usage.read,
        "cacheWriteInputTokenCount": usage.write,
    }
    return [
        {"type": "message_start", "message": opened},
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": dice.pick(SENTENCES)}},
        {"type": "message_delta", "delta": {"stop_reason": "end_turn"}, "usage": {"output_tokens": usage.output}},
        {"type": "message_stop", "amazon-bedrock-invocationMetrics": metrics},
    ]
