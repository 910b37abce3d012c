"""Which figures a comparison shows, in which order, and which of them make room first where it is narrow."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.columns import ANSWER_TOKENS, PROMPT_TOKENS
from tokenaudit.render.figures import Formatter, Number, amounts, compact, counts, number, percent, prices, tenths

if TYPE_CHECKING:
    from tokenaudit.model.report import Value


@dataclass(frozen=True)
class Figure:
    """A figure of a side: the sum of `columns`, unknown only where all of them are.

    `lower_is_better` None is a volume: neither direction is good. A `family` of durations shares one unit, found from
    its figures. A figure that is `optional` is shown only where it is known for somebody; an echo of another column
    only where it says something else.
    """

    name: str
    unit: str
    columns: tuple[str, ...]
    written: Formatter
    priority: int
    lower_is_better: bool | None = None
    is_ratio: bool = False
    family: str = ""
    optional: bool = False
    echo_of: str = ""

    def of(self, row: dict[str, Value]) -> Number | None:
        """The figure of a row of section `compare`."""
        known = [value for value in (number(row.get(column)) for column in self.columns) if value is not None]
        return sum(known[1:], known[0]) if known else None


_PRICE = "$/1M"

COST: tuple[Figure, ...] = (
    Figure("requests", "", ("requests",), counts, 3),
    Figure("prompt", "tokens", PROMPT_TOKENS, compact, 6),
    Figure("cached", "tokens", ("cache_read_tokens",), compact, 11),
    Figure("written", "to cache", ("cache_write_tokens", "cache_write_1h_tokens"), compact, 12, optional=True),
    Figure("output", "tokens", ANSWER_TOKENS, compact, 7),
    Figure("reasoning", "tokens", ("reasoning_tokens",), compact, 13, optional=True),
    Figure("list cost", "$", ("list_cost_usd",), amounts, 1),
    Figure("contract", "$", ("contracted_cost_usd",), amounts, 1, optional=True),
    Figure("billed", "$", ("billed_cost_usd",), amounts, 1, optional=True),
    Figure("effective", "$", ("effective_cost_usd",), amounts, 9, optional=True, echo_of="billed_cost_usd"),
    Figure(
        "discount", "off list", ("discount_ratio",), percent, 6, lower_is_better=False, is_ratio=True, optional=True
    ),
    Figure("blended", _PRICE, ("usd_per_mtok",), prices, 2, lower_is_better=True),
    Figure("input", _PRICE, ("usd_per_mtok_input",), prices, 4, lower_is_better=True),
    Figure("output", _PRICE, ("usd_per_mtok_output",), prices, 5, lower_is_better=True),
    Figure("cost", "$/request", ("usd_per_request",), prices, 10, lower_is_better=True),
    Figure("cache", "hit", ("cache_hit_ratio",), percent, 8, lower_is_better=False, is_ratio=True),
    Figure("errors", "", ("error_ratio",), percent, 9, lower_is_better=True, is_ratio=True),
)

LATENCY: tuple[Figure, ...] = (
    Figure("measured", "requests", ("latency_n",), counts, 3),
    Figure("p50", "ms", ("latency_p50_ms",), counts, 1, lower_is_better=True, family="latency"),
    Figure("p95", "ms", ("latency_p95_ms",), counts, 2, lower_is_better=True, family="latency"),
    Figure("p99", "ms", ("latency_p99_ms",), counts, 6, lower_is_better=True, family="latency"),
    Figure("streamed", "requests", ("first_token_n",), counts, 9),
    Figure("TTFT p50", "ms", ("first_token_p50_ms",), counts, 4, lower_is_better=True, family="first token"),
    Figure("TTFT p95", "ms", ("first_token_p95_ms",), counts, 7, lower_is_better=True, family="first token"),
    Figure("output", "tok/s", ("output_tokens_per_s_p50",), tenths, 5, lower_is_better=False),
    Figure("TPOT", "ms/token", ("tpot_p50_ms",), tenths, 8, lower_is_better=True),
)
