"""Questions -> SQL. Column names come from the schema, never from the user; every value is a bound parameter."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import UsageError
from tokenaudit.model.columns import (
    ERROR_OUTCOMES,
    PRICED_TOKENS,
    PROMPT_TOKENS,
    PROVIDER_ALIASES,
)
from tokenaudit.model.group_keys import COLUMNS, KNOWN, tag_of
from tokenaudit.model.rates import PROMPT_BANDS

if TYPE_CHECKING:
    from collections.abc import Container, Iterable

    from tokenaudit.model.question import Condition, Filter, Window

TOKEN_SUMS = (*PRICED_TOKENS, "reasoning_tokens")

_PERIODS = {
    "day": "day",
    "week": "CAST(date_trunc('week', day) AS DATE)",
    "month": "strftime(day, '%Y-%m')",
}
# What to call a model that is not known: its ARN, its deployment, or what the caller wrote.
_NAME = (
    "CASE WHEN model IS NULL THEN "
    "COALESCE(CASE WHEN resource LIKE 'arn:%' THEN resource END, deployment, model_ref) END"
)
_ONE_BY_ONE = "(grain = 'request')"
# Time to first token, of requests that were not said to be answered whole; and time per token after it.
FIRST_MS = "CASE WHEN streamed IS DISTINCT FROM FALSE THEN first_token_ms END"
# A sampled span tells the tokens of all the requests that it stands for, and the durations of one.
ANSWER = "output_tokens // request_count AS output_tokens"
TPOT_MS = "CASE WHEN output_tokens > 1 AND latency_ms > first_ms THEN (latency_ms - first_ms) / (output_tokens - 1) END"


@dataclass
class Sql:
    """A statement under construction, and the values to bind to its question marks, in order."""

    text: str = ""
    values: list[Any] = field(default_factory=list)

    def bind(self, value: Any) -> str:
        """A question mark that stands for `value`."""
        self.values.append(value)
        return "?"


def key_expression(key: str) -> str:
    """The SQL for a group or filter key: a ledger column, `tag:NAME`, `day`, `week` or `month`.

    Raises UsageError for anything else.
    """
    if key in _PERIODS:
        return _PERIODS[key]
    tag = tag_of(key)
    if tag is not None:
        name = tag.replace("'", "''")
        return f"tags['{name}']"
    if key in COLUMNS:
        return f'"{key}"'
    raise UsageError(f"{key!r} is nothing to group or filter by", hint=f"known keys: {KNOWN}")


def where(filters: Iterable[Filter], sql: Sql) -> str:
    """The condition that all filters hold, `TRUE` where there is nothing to check."""
    parts = []
    for each in filters:
        parts += _window(each.window, sql)
        parts += [_condition(condition, sql) for condition in each.conditions]
    return " AND ".join(parts) or "TRUE"


def _window(window: Window, sql: Sql) -> list[str]:
    parts = []
    if window.since is not None:
        parts += [f"day >= CAST({sql.bind(window.since.date())} AS DATE)", f"started_at >= {sql.bind(window.since)}"]
    if window.until is not None:
        parts += [f"day <= CAST({sql.bind(window.until.date())} AS DATE)", f"started_at < {sql.bind(window.until)}"]
    return parts


def _condition(condition: Condition, sql: Sql) -> str:
    """Shell patterns, without regard to case. A bare model name also matches behind any vendor."""
    text = f"lower(CAST({key_expression(condition.key)} AS VARCHAR))"
    tests = []
    for pattern in condition.patterns:
        wanted = pattern.lower()
        if condition.key == "provider":
            wanted = PROVIDER_ALIASES.get(wanted, wanted)
        tests.append(f"{text} GLOB {sql.bind(wanted)}")
        if condition.key == "model" and "/" not in wanted:
            tests.append(f"split_part({text}, '/', 2) GLOB {sql.bind(wanted)}")
    return f"({' OR '.join(tests)})"


def prompt_band(told: Container[str] = PROMPT_TOKENS) -> str:
    """The highest band that one request's prompt exceeds. A bucket's prompt is a sum, and says nothing: band 0.

    That of a sampled span is the sum of equal ones. `told` are the token columns that any row tells, if that is known.
    """
    prompt = " + ".join(f"COALESCE({name}, 0)" for name in PROMPT_TOKENS if name in told) or "0"
    # The lowest first: what is decided is not reckoned again, and most prompts are short.
    cases = " ".join(f"WHEN {prompt} <= {above} * request_count THEN {band}" for band, above in pairwise(PROMPT_BANDS))
    return f"CASE WHEN grain <> 'request' THEN 0 {cases} ELSE {PROMPT_BANDS[-1]} END"


def rollup(view: str, keys: Iterable[str], filters: Iterable[Filter]) -> Sql:
    """Sums by group key and by everything that decides a price, as `model.cells.TokenCell` lists them after `group`."""
    sql = Sql()
    groups = [f"{key_expression(key)} AS key{number}" for number, key in enumerate(keys)]
    errors = ", ".join(f"'{outcome}'" for outcome in ERROR_OUTCOMES)
    answered = f"outcome NOT IN ({errors})"
    no_tokens = " AND ".join(f"{name} IS NULL" for name in PRICED_TOKENS)
    columns = [
        *groups,
        "provider",
        "source",
        "model",
        f"{_NAME} AS name",
        "model_version",
        "account",
        "region",
        "scope",
        "tier",
        f"{prompt_band()} AS band",
        "day",
        "CAST(sum(request_count) AS BIGINT)",
        f"CAST(COALESCE(sum(request_count) FILTER (outcome IN ({errors})), 0) AS BIGINT)",
        f"CAST(COALESCE(sum(request_count) FILTER ({_ONE_BY_ONE} AND {answered} AND {no_tokens}), 0) AS BIGINT)",
        f"CAST(COALESCE(sum(request_count) FILTER ({_ONE_BY_ONE} AND request_count > 1), 0) AS BIGINT)",
        f"CAST(COALESCE(sum(request_count) FILTER (NOT {_ONE_BY_ONE} OR outcome = 'unknown'), 0) AS BIGINT)",
        *(f"CAST(sum({name}) AS HUGEINT)" for name in TOKEN_SUMS),
    ]
    sql.text = f"SELECT {', '.join(columns)} FROM {view} WHERE {where(filters, sql)} GROUP BY ALL ORDER BY ALL"
    return sql


def latency(view: str, keys: Iterable[str], filters: Iterable[Filter]) -> Sql:
    """Exact quantiles by group over successful requests, as `model.cells.LatencyCell` lists them after `group`."""
    sql = Sql()
    keys = tuple(keys)
    groups = [f"key{number}" for number in range(len(keys))]
    inner = [
        *(f"{key_expression(key)} AS key{number}" for number, key in enumerate(keys)),
        "latency_ms",
        ANSWER,
        "vantage",
        f"{FIRST_MS} AS first_ms",
    ]
    condition = where(filters, sql)
    source = f"SELECT {', '.join(inner)} FROM {view} WHERE {condition} AND outcome = 'ok' AND grain = 'request'"
    columns = [
        *groups,
        "count(latency_ms)",
        "quantile_cont(latency_ms, [0.5, 0.95, 0.99])",
        "count(first_ms)",
        "quantile_cont(first_ms, [0.5, 0.95])",
        "quantile_cont(tpot, 0.5)",
        "quantile_cont(1000 / tpot, 0.5)",
        "list_sort(list(DISTINCT vantage) FILTER (latency_ms IS NOT NULL AND vantage IS NOT NULL))",
    ]
    sql.text = f"SELECT {', '.join(columns)} FROM (SELECT *, {TPOT_MS} AS tpot FROM ({source})) " + (
        "GROUP BY ALL ORDER BY ALL" if groups else ""
    )
    return sql
