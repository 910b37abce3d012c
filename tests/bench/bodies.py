"""Prompts and answers for the benchmark: word salad that compresses like prose, made once and used again and again.

A body is made when it is first asked for, from a seed of its own, so a small set costs little and every set is the same
on every machine.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from itertools import accumulate
from random import Random

POOL = 400
"""Bodies of a kind: far more than fit into gzip's window of 32 KB, so repetition does not flatter the compressor."""

_SYLLABLES = (
    "ba",
    "co",
    "di",
    "fu",
    "ga",
    "hel",
    "in",
    "jo",
    "ka",
    "lum",
    "mer",
    "no",
    "or",
    "pen",
    "qua",
    "ri",
    "sol",
)
_WORDS = 6000

# Text that fools whoever looks for keys without reading JSON: quotes and braces, and counts inside of strings.
TRAPS = (
    '"inputTokenCount":1,"outputTokenCount":2',
    '}},"output":{"outputTokenCount":99999}}',
    '{"amazon-bedrock-invocationMetrics":{"invocationLatency":1,"firstByteLatency":1}}',
    'C:\\path\\"quoted\\\\" and a lone brace } or ]',
    '\\"requestId\\":\\"fake\\"',
    '\n{"schemaType":"ModelInvocationLog","requestId":"inner"}\n',
)


@dataclass(frozen=True)
class Body:
    """The parts of a logged body that do not hold counts. JSON, already encoded."""

    prompt: bytes
    message: bytes
    deltas: bytes


class BodyPool:
    """`POOL` bodies. Sizes of prompt plus answer are log-normal around 9 KB, from 1 to 60 KB."""

    def __init__(self, seed: int, *, traps: bool = False) -> None:
        self._seed = f"{seed}:{'trap' if traps else 'plain'}"
        self._traps = traps
        random = Random(f"{seed}:words")  # noqa: S311 - made-up text
        self._words = sorted({_word(random) for _ in range(_WORDS)})
        random.shuffle(self._words)
        self._weights = list(accumulate(1.0 / (rank + 400) for rank in range(len(self._words))))
        self._made: dict[int, Body] = {}

    def get(self, number: int) -> Body:
        """The body with this number, modulo the size of the pool."""
        number %= POOL
        if number not in self._made:
            self._made[number] = self._make(Random(f"{self._seed}:{number}"))  # noqa: S311 - made-up text
        return self._made[number]

    def _make(self, random: Random) -> Body:
        size = min(max(random.lognormvariate(9.12, 0.9), 1000.0), 60_000.0)
        prompt = self._text(random, int(size * 0.55))
        said = self._text(random, int(size * 0.45))
        streamed = self._text(random, int(size * 0.45 / 13))
        if self._traps:
            trap = random.choice(TRAPS)
            prompt, said, streamed = f"{trap} {prompt}", f"{said} {trap}", f"{trap} {streamed}"
        content: list[object] = [{"text": prompt}]
        if self._traps and random.random() < 0.5:  # not a string: real keys with the same names, one level down
            content.append({"toolResult": {"json": {"inputTokenCount": 1, "requestId": "nested", "output": {}}}})
        return Body(
            prompt=_json({"messages": [{"role": "user", "content": content}], "inferenceConfig": {"maxTokens": 2048}}),
            message=_json({"message": {"role": "assistant", "content": [{"text": said}]}}),
            deltas=b",".join(
                _json({"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": f" {word}"}})
                for word in streamed.split(" ")
            ),
        )

    def _text(self, random: Random, size: int) -> str:
        words = random.choices(self._words, cum_weights=self._weights, k=max(size // 7, 1))
        for place in range(9, len(words), 11):
            words[place] += random.choice((f" {random.getrandbits(20)},", ".\n", ' "so"', f" {random.random():.4f}"))
        return " ".join(words)


def _word(random: Random) -> str:
    return "".join(random.choice(_SYLLABLES) for _ in range(random.randint(1, 4)))


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
