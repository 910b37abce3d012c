"""Records of the benchmark's Bedrock logs: one line of JSON and, beside it, what the ledger has to say about it."""

from __future__ import annotations

from bisect import bisect
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from random import Random
from typing import TYPE_CHECKING

from bodies import POOL, Body, BodyPool

if TYPE_CHECKING:
    from collections.abc import Callable

ACCOUNT = "111122223333"
REGION = "us-east-1"
START = datetime(2026, 10, 5, tzinfo=UTC)

FIGURES = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "latency_ms",
    "first_token_ms",
)
Figures = dict[str, int | None]
"""A record's figures by ledger column; None where the log does not say."""

TRAP_SHARE = 0.003
ODD_ORDER_SHARE = 0.25
REROUTED_SHARE = 0.4

_CLAUDE = (b"us.anthropic.claude-sonnet-4-5-20250929-v1:0", b"global.anthropic.claude-haiku-4-5-20251001-v1:0")
_OTHERS = (b"amazon.nova-pro-v1:0", b"us.amazon.nova-lite-v1:0")
_TITAN = b"amazon.titan-embed-text-v2:0"
_TAGS = tuple(
    b'"requestMetadata":{"team":"%s","env":"%s"}' % (team, env)
    for team in (b"search", b"support", b"billing", b"research")
    for env in (b"prod", b"dev")
)
# Sessions are named by the task that opened them, as containers do: many, and seldom two alike in a row.
_ROLES = tuple(
    b'"identity":{"arn":"arn:aws:sts::%s:assumed-role/%s-application/%016x"}' % (ACCOUNT.encode(), role, task)
    for role in (b"search", b"support", b"billing")
    for task in (0x9E3779B97F4A7C15 * (number + 1) % 2**64 for number in range(1000))
)


@dataclass(frozen=True)
class Line:
    """One record: its id, its JSON without a newline, and its figures."""

    request_id: str
    data: bytes
    figures: Figures


@dataclass
class Truth:
    """What a reader has to find in a set. A record that comes twice counts once in `sums` and `nulls`."""

    records: int = 0
    unique: int = 0
    rejects: int = 0
    sums: Counter[str] = field(default_factory=Counter)
    nulls: Counter[str] = field(default_factory=Counter)

    def add(self, figures: Figures) -> None:
        """Counts a record that was not there before."""
        self.records += 1
        self.unique += 1
        for name, value in figures.items():
            if value is None:
                self.nulls[name] += 1
            else:
                self.sums[name] += value

    def repeat(self) -> None:
        """Counts a record that is there already."""
        self.records += 1

    def as_json(self) -> dict[str, object]:
        """Plain, with a figure under every name."""
        return {
            "records": self.records,
            "unique": self.unique,
            "rejects": self.rejects,
            "sums": {name: self.sums[name] for name in FIGURES},
            "nulls": {name: self.nulls[name] for name in FIGURES},
        }


@dataclass(frozen=True)
class Kind:
    """A kind of request: its share, and which times its log holds. `answer` None is a log without any body of one."""

    share: float
    operation: bytes
    answer: Callable[[Figures, Body], bytes] | None
    times: tuple[str, ...] = ()
    models: tuple[bytes, ...] = _CLAUDE
    refused: bool = False


class Maker:
    """Makes records one after the other. Without `bodies` they are as CloudWatch shows them with text delivery off."""

    def __init__(self, seed: int, *, bodies: bool, trap_share: float = TRAP_SHARE) -> None:
        self.random = Random(f"{seed}:records")  # noqa: S311 - made-up traffic
        self._pools = (BodyPool(seed), BodyPool(seed, traps=True)) if bodies else None
        self._trap_share = trap_share

    def line(self, second: float, count: bytes = b"%d") -> Line:
        """A record of a request made so many seconds after `START`; `count` is how its input count is written."""
        draw = self.random.random
        kind = KINDS[bisect(_SHARES, draw() * _SHARES[-1])]
        model = kind.models[int(draw() * len(kind.models))]
        figures = self._figures(kind, model)
        prompt = answer = b""
        if self._pools:
            body = self._pools[draw() < self._trap_share].get(int(draw() * POOL))
            prompt = b',"inputBodyJson":' + body.prompt
            if kind.answer:
                for name in kind.times:
                    figures[name] = int(draw() ** 2 * 900) + (120 if name == "first_token_ms" else 1100)
                answer = b',"outputBodyJson":' + kind.answer(figures, body)
        return self._assemble(second, kind, model, figures, (_input(figures, prompt, count), answer))

    def _figures(self, kind: Kind, model: bytes) -> Figures:
        draw = self.random.random
        figures: Figures = dict.fromkeys(FIGURES)
        if kind.refused:
            return figures
        figures["input_tokens"] = int(draw() ** 2 * 4000) + 8
        if model is _TITAN:
            return figures
        figures["output_tokens"] = int(draw() ** 2 * 1500) + 1
        if model in _CLAUDE:  # the others do not report a cache
            place = draw()
            figures["cache_read_tokens"] = int(draw() * 9000) if place < 0.6 else 0
            figures["cache_write_tokens"] = int(draw() * 3000) if place > 0.5 else 0
            # Only a body tells the two lives of a cache apart.
            figures["cache_write_1h_tokens"] = int(draw() * 2000) if place > 0.8 and self._pools and kind.answer else 0
        return figures

    def _assemble(self, second: float, kind: Kind, model: bytes, figures: Figures, sides: tuple[bytes, bytes]) -> Line:
        random = self.random
        text = f"{random.getrandbits(128):032x}"
        request_id = f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
        at = (START + timedelta(seconds=second)).strftime("%Y-%m-%dT%H:%M:%SZ")
        schema = b'"schemaType":"ModelInvocationLog","schemaVersion":"1.0"'
        head = f'"timestamp":"{at}","accountId":"{ACCOUNT}"'.encode()
        role = _ROLES[int(random.random() * len(_ROLES))]
        asked = b'"region":"us-east-1","requestId":"%s","operation":"%s","modelId":"%s"' % (
            request_id.encode(),
            kind.operation,
            model,
        )
        asking, answer = sides
        parts = [schema, head, role, asked, asking]
        if kind.refused:
            parts.append(b'"errorCode":"ThrottlingException"')
        else:
            parts.append(_output(figures, answer))
        if random.random() < REROUTED_SHARE:
            parts.append(b'"inferenceRegion":"us-west-2"')
        parts.append(_TAGS[int(random.random() * len(_TAGS))])
        if random.random() < ODD_ORDER_SHARE:
            parts.reverse()
        return Line(request_id, b"{" + b",".join(parts) + b"}", figures)


def written(figures: Figures) -> int:
    """Cache writes of either life, as Bedrock counts them in one number."""
    return (figures["cache_write_tokens"] or 0) + (figures["cache_write_1h_tokens"] or 0)


def _input(figures: Figures, body: bytes, count: bytes) -> bytes:
    tokens = figures["input_tokens"]
    counts = b"" if tokens is None else b',"inputTokenCount":' + (count % tokens if b"%" in count else count)
    return b'"input":{"inputContentType":"application/json"%s%s%s}' % (body, counts, _cache_counts(figures))


def _cache_counts(figures: Figures) -> bytes:
    read = figures["cache_read_tokens"]
    if read is None:
        return b""
    return b',"cacheReadInputTokenCount":%d,"cacheWriteInputTokenCount":%d' % (read, written(figures))


def _output(figures: Figures, body: bytes) -> bytes:
    tokens = figures["output_tokens"]
    counts = b"" if tokens is None else b',"outputTokenCount":%d' % tokens
    return b'"output":{"outputContentType":"application/json"%s%s}' % (body, counts)


def _anthropic_usage(figures: Figures, output: int) -> bytes:
    return (
        b'"usage":{"input_tokens":%d,"cache_read_input_tokens":%d,"cache_creation_input_tokens":%d,'
        b'"cache_creation":{"ephemeral_5m_input_tokens":%d,"ephemeral_1h_input_tokens":%d},"output_tokens":%d}'
    ) % (
        figures["input_tokens"] or 0,
        figures["cache_read_tokens"] or 0,
        written(figures),
        figures["cache_write_tokens"] or 0,
        figures["cache_write_1h_tokens"] or 0,
        output,
    )


def _stream_answer(figures: Figures, body: Body) -> bytes:
    """A list of chunks: provisional counts first, the times in the last one."""
    output = figures["output_tokens"] or 0
    begin = b'[{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],'
    stop = (
        b'{"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":%d}},'
        b'{"type":"message_stop","amazon-bedrock-invocationMetrics":{"inputTokenCount":%d,"outputTokenCount":%d,'
        b'"invocationLatency":%d,"firstByteLatency":%d%s}}]'
    ) % (
        output,
        figures["input_tokens"] or 0,
        output,
        figures["latency_ms"] or 0,
        figures["first_token_ms"] or 0,
        _cache_counts(figures),
    )
    return b"%s%s}},%s,%s" % (begin, _anthropic_usage(figures, 1), body.deltas, stop)


def _converse_answer(figures: Figures, body: Body) -> bytes:
    read, output = figures["cache_read_tokens"], figures["output_tokens"] or 0
    cache = b""
    if read is not None:
        cache = b',"cacheReadInputTokens":%d,"cacheWriteInputTokens":%d' % (read, written(figures))
        if written(figures):
            cache += b',"cacheDetails":[{"ttl":"5m","inputTokens":%d},{"ttl":"1h","inputTokens":%d}]' % (
                figures["cache_write_tokens"] or 0,
                figures["cache_write_1h_tokens"] or 0,
            )
    return (
        b'{"output":%s,"stopReason":"end_turn","metrics":{"latencyMs":%d},'
        b'"usage":{"inputTokens":%d,"outputTokens":%d,"totalTokens":%d%s}}'
    ) % (
        body.message,
        figures["latency_ms"] or 0,
        figures["input_tokens"] or 0,
        output,
        (figures["input_tokens"] or 0) + (read or 0) + written(figures) + output,
        cache,
    )


def _message_answer(figures: Figures, body: Body) -> bytes:
    """The answer of `InvokeModel`, without any time."""
    return b'{"type":"message","output":%s,%s}' % (
        body.message,
        _anthropic_usage(figures, figures["output_tokens"] or 0),
    )


KINDS = (
    Kind(0.35, b"InvokeModelWithResponseStream", _stream_answer, ("latency_ms", "first_token_ms")),
    Kind(0.12, b"Converse", _converse_answer, ("latency_ms",)),
    Kind(0.12, b"ConverseStream", _converse_answer, ("latency_ms",)),
    Kind(0.12, b"Converse", _converse_answer, ("latency_ms",), models=_OTHERS),
    Kind(0.12, b"ConverseStream", _converse_answer, ("latency_ms",), models=_OTHERS),
    Kind(0.13, b"InvokeModel", _message_answer),
    Kind(0.03, b"InvokeModel", None, models=(_TITAN,)),
    Kind(0.01, b"Converse", None, refused=True),
)
_SHARES = tuple(accumulate(kind.share for kind in KINDS))
