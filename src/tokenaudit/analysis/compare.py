"""The side-by-side: cost and latency of each group on each side, as the command contract lists the columns."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.model.columns import ANSWER_TOKENS, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from tokenaudit.analysis.tally import Sums, Tally
    from tokenaudit.model.cells import Group, LatencyCell, TokenCell

_TOKENS = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "output_tokens",
    "reasoning_tokens",
    "audio_input_tokens",
    "audio_output_tokens",
)

FIELDS: tuple[Field, ...] = (
    Field("side"),
    Field("requests", "requests"),
    *(Field(name, "tokens") for name in _TOKENS),
    Field("list_cost_usd", "USD"),
    Field("billed_cost_usd", "USD"),
    Field("usd_per_mtok", "USD/1M tokens"),
    Field("usd_per_mtok_input", "USD/1M tokens"),
    Field("usd_per_mtok_output", "USD/1M tokens"),
    Field("usd_per_request", "USD/request"),
    Field("cache_hit_ratio", "ratio"),
    Field("error_ratio", "ratio"),
    Field("latency_n", "requests"),
    Field("latency_p50_ms", "ms"),
    Field("latency_p95_ms", "ms"),
    Field("latency_p99_ms", "ms"),
    Field("first_token_n", "requests"),
    Field("first_token_p50_ms", "ms"),
    Field("first_token_p95_ms", "ms"),
    Field("tpot_p50_ms", "ms/token"),
    Field("output_tokens_per_s_p50", "tokens/s"),
)
_LATENCY = tuple(field.name for field in FIELDS[-9:])


def compare_section(
    sides: Sequence[str],
    keys: Sequence[str],
    tally: Tally,
    latencies: Iterable[LatencyCell],
    matches: Mapping[str, str] | None = None,
) -> Section:
    """One row per side and group. `matches` gives models that the user paired their common label, in column `match`."""
    timed = {(cell.side, cell.group): cell for cell in latencies}
    order = {side: number for number, side in enumerate(sides)}
    pairs = sorted(tally.sums, key=lambda pair: (_sortable(pair[1]), order[pair[0]]))
    matched = (Field("match"),) if matches else ()
    rows = []
    for side, group in pairs:
        row: dict[str, Value] = dict(zip(keys, group, strict=True))
        if matches:
            row["match"] = matches.get(str(row.get("model")))
        row.update(_figures(side, tally.sums[side, group], timed.get((side, group))))
        rows.append(row)
    columns = (*(Field(key) for key in keys), *matched, *FIELDS)
    return Section("compare", "Side by side", columns, tuple(rows))


def labels(pairs: Sequence[tuple[str, str]], cells: Iterable[TokenCell]) -> dict[str, str]:
    """The label of each model that the user paired with another, by canonical name; a bare name means any vendor's.

    Raises UsageError when a name fits no model at all.
    """
    models = {cell.model for cell in cells if cell.model is not None}
    found: dict[str, str] = {}
    for left, right in pairs:
        for name in (left, right):
            fitting = {model for model in models if name in (model, model.partition("/")[2])}
            if not fitting:
                raise UsageError(
                    f"--match: no request is of a model {name!r}", hint="models here: " + ", ".join(sorted(models))
                )
            found.update(dict.fromkeys(fitting, f"{left} = {right}"))
    return found


def totals_section(sides: Sequence[str], tally: Tally) -> Section:
    """One row per side: what it all costs, and how much of it has a price."""
    rows: list[dict[str, Value]] = []
    for side in sides:
        sums = tally.side(side)
        tokens = sums.total_tokens()
        priced = sum(sums.priced_tokens.values())
        rows.append(
            {
                "side": side,
                "tokens": tokens,
                "list_cost_usd": sums.list_cost_usd(),
                "usd_per_mtok": sums.usd_per_mtok(),
                "priced_ratio": priced / tokens if tokens else None,
            }
        )
    columns = (
        Field("side"),
        Field("tokens", "tokens"),
        Field("list_cost_usd", "USD"),
        Field("usd_per_mtok", "USD/1M tokens"),
        Field("priced_ratio", "ratio"),
    )
    return Section("totals", "In all", columns, tuple(rows))


def _figures(side: str, sums: Sums, timed: LatencyCell | None) -> dict[str, Value]:
    cost = sums.list_cost_usd()
    return {
        "side": side,
        "requests": sums.requests,
        **{name: sums.tokens.get(name) for name in _TOKENS},
        "list_cost_usd": cost,
        "billed_cost_usd": None,
        "usd_per_mtok": sums.usd_per_mtok(PRICED_TOKENS),
        "usd_per_mtok_input": sums.usd_per_mtok(PROMPT_TOKENS),
        "usd_per_mtok_output": sums.usd_per_mtok(ANSWER_TOKENS),
        "usd_per_request": None if cost is None or not sums.requests else cost / Decimal(sums.requests),
        "cache_hit_ratio": sums.cache_hit_ratio(),
        "error_ratio": sums.errors / sums.requests if sums.requests else None,
        **{name: _timed(timed, name) for name in _LATENCY},
    }


def _timed(cell: LatencyCell | None, name: str) -> Value:
    if cell is None:
        return 0 if name.endswith("_n") else None
    value: Value = getattr(cell, name)
    return value


def _sortable(group: Group) -> tuple[tuple[bool, str], ...]:
    return tuple((value is None, str(value)) for value in group)
