"""Two weeks of Bedrock logs for the gate, made to order: a week is a number of requests of each kind."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import TYPE_CHECKING, Any

from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

NOVA = "amazon.nova-pro-v1:0"
SPLIT = "2026-10-08"
"""The second week begins at midnight of this day; the first one is the week before."""
AFTER = timedelta(days=7)


@dataclass(frozen=True)
class Kind:
    """Requests of a model that are alike but for their size: `spread` is how far tokens reach from their middle."""

    count: int
    fresh: int = 1_000
    cached: int = 4_000
    output: int = 300
    model: str = logs.SONNET
    spread: float = 0.5
    latency_ms: int = 2_000


def write(folder: Path, first: Iterable[Kind], second: Iterable[Kind], seed: int | None = None) -> Path:
    """Both weeks, an object a week. Without a seed both weeks draw the same sizes, so that nothing else differs."""
    for number, kinds in enumerate((tuple(first), tuple(second))):
        dice = Random(f"{seed}:{number}" if seed is not None else "same")  # noqa: S311 - made-up traffic
        logs.write(folder / f"week-{number}.json.gz", list(_records(kinds, number, dice)))
    return folder


def _records(kinds: Iterable[Kind], week: int, dice: Random) -> Iterator[dict[str, Any]]:
    """Sizes come in pairs around their middle, so that a week's mean is exact."""
    number = 0
    for kind in kinds:
        for place in range(kind.count):
            if place % 2 == 0:
                factor = 1 + kind.spread * (2 * dice.random() - 1)
            size = factor if place % 2 == 0 else 2 - factor
            yield _record(kind, week, number, size)
            number += 1


def _record(kind: Kind, week: int, number: int, size: float) -> dict[str, Any]:
    fresh, cached, output = (round(tokens * size) for tokens in (kind.fresh, kind.cached, kind.output))
    at = logs.BEGIN + week * AFTER + timedelta(minutes=7 * number % 8_000)
    usage = {"inputTokens": fresh, "outputTokens": output, "cacheReadInputTokens": cached}
    return logs.bedrock(
        number,
        at,
        requestId=f"{week}-{kind.model}-{number}",
        modelId=kind.model,
        input={
            "inputContentType": "application/json",
            "inputTokenCount": fresh,
            "cacheReadInputTokenCount": cached,
            "cacheWriteInputTokenCount": 0,
        },
        output={
            "outputContentType": "application/json",
            "outputBodyJson": {
                "stopReason": "end_turn",
                "metrics": {"latencyMs": round(kind.latency_ms * size)},
                "usage": usage,
            },
            "outputTokenCount": output,
        },
        requestMetadata={"team": "search", "case": f"case-{number}"},
    )
