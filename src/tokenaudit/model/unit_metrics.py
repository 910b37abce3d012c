"""What is told of requests as ratios of sums: what they cost and use, and how often they fail."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple

from tokenaudit.model.columns import ANSWER_TOKENS, ERROR_OUTCOMES, KNOWN_OUTCOMES, PROMPT_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

MILLION = 1_000_000

# What a metric's kind of token is called beside `input` (all of the prompt) and `output` (all of the answer).
_OWN_NAME = {"input_tokens": "uncached_input", "output_tokens": "text_output"}


class Amount(NamedTuple):
    """What each request adds to a sum.

    `requests` it stands for, or only if it tells tokens (`told`); its `tokens`; those that have a price (`priced`, in
    millions), or what they cost (`cost`, in USD). `kinds` are the token columns that count. Where `outcomes` are named,
    only what ended so adds anything.
    """

    of: Literal["requests", "told", "tokens", "priced", "cost"]
    kinds: tuple[str, ...] = ()
    outcomes: tuple[str, ...] = ()

    @property
    def divisor(self) -> int:
        """Of a sum over tokens, or over tokens times USD per 1M of them, to have it in the unit."""
        return MILLION if self.of in ("priced", "cost") else 1


class Metric(NamedTuple):
    """A ratio of the sums of two amounts; its name holds the unit."""

    name: str
    y: Amount
    x: Amount


def metrics(kinds: Sequence[str]) -> list[Metric]:
    """The metrics for requests of which these token columns have prices."""
    requests, told = Amount("requests"), Amount("told")
    prompt = Amount("tokens", PROMPT_TOKENS)
    usage = [
        Metric("prompt_tokens_per_request", prompt, told),
        Metric("output_tokens_per_request", Amount("tokens", ANSWER_TOKENS), told),
        Metric("cache_hit_ratio", Amount("tokens", ("cache_read_tokens",)), prompt),
        Metric("error_ratio", Amount("requests", outcomes=ERROR_OUTCOMES), Amount("requests", outcomes=KNOWN_OUTCOMES)),
    ]
    if not kinds:
        return usage
    cost = Amount("cost", tuple(kinds))
    return [
        Metric("usd_per_request", cost, requests),
        Metric("usd_per_success", cost, Amount("requests", outcomes=("ok",))),
        Metric("failed_cost_ratio", Amount("cost", tuple(kinds), ERROR_OUTCOMES), cost),
        Metric("usd_per_mtok", cost, Amount("priced", tuple(kinds))),
        *(
            Metric(f"usd_per_mtok_{name}", Amount("cost", columns), Amount("priced", columns))
            for name, columns in _kinds(kinds).items()
        ),
        *usage,
    ]


def _kinds(kinds: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Token columns by the name of the metric: prompt and answer as wholes, and each kind where there are several."""
    found: dict[str, tuple[str, ...]] = {}
    for whole, columns in (("input", PROMPT_TOKENS), ("output", ANSWER_TOKENS)):
        priced = tuple(kind for kind in columns if kind in kinds)
        if priced:
            found[whole] = priced
        if len(priced) > 1:
            found.update({_OWN_NAME.get(kind, kind.removesuffix("_tokens")): (kind,) for kind in priced})
    return found
