"""The moments of what a request costs and uses: one pass over the requests, each priced by joining a table of rates.

A metric is a ratio of two sums over clusters. What belongs to one cluster is added up first: requests of one session,
conversation or trace, where the log names it, and of one caller, where there are many. Sums are compensated (`fsum`):
those of doubles would depend on how the work was divided among threads.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tokenaudit.engines.sql import Sql, key_expression, prompt_band, where
from tokenaudit.model.columns import ANSWER_TOKENS, ERROR_OUTCOMES, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.moments import Moments
from tokenaudit.model.rate_table import condensed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.question import Filter
    from tokenaudit.model.rate_table import RateTable

RATES = "rates"
"""The table of rates: some fields of `Priced`, and a price in USD per 1M tokens for each token column."""
MANY_CALLERS = 30
"""From so many on callers are clusters. Fewer clusters would tell little of how much they differ."""

_SESSION_TAGS = (
    "session.id",
    "gen_ai.conversation.id",
    "session_id",
    "conversation_id",
    "thread_id",
    "trace_id",
)
_NAMED = ", ".join(f"NULLIF(tags['{name}'], '')" for name in _SESSION_TAGS)
# Most rows have no tags, and are not looked through for each name.
_SESSION = f"CASE WHEN cardinality(tags) > 0 THEN COALESCE({_NAMED}) END"
_TRACE = "CASE WHEN source = 'otel.spans' THEN split_part(usage_id, '/', 2) END"
_MILLION = 1_000_000
_RATE_TYPES = {"prompt_band": pa.int32(), "day": pa.date32()}
_PER_METRIC = 7
_DIGITS = 12
"""Significant digits of a sum that do not depend on the order of adding."""

# What a metric's kind of token is called beside `input` (all of the prompt) and `output` (all of the answer).
_OWN_NAME = {"input_tokens": "uncached_input", "output_tokens": "text_output"}


@dataclass(frozen=True)
class Rated:
    """The table of rates: the columns to join it by, and the token columns of which it holds a price."""

    fields: tuple[str, ...]
    kinds: tuple[str, ...]


@dataclass(frozen=True)
class Metric:
    """A ratio of two columns of `_row`; `y` and `x` are multiplied by their scales to be in the unit of the name."""

    name: str
    y: str
    x: str
    y_scale: float = 1.0
    x_scale: float = 1.0

    def of(self, row: Sequence[float | None]) -> Moments:
        """The moments, from the values of `_aggregates`."""
        clusters, n, *sums = (value or 0 for value in row)
        y, x = self.y_scale, self.x_scale
        scaled = (part * scale for part, scale in zip(sums, (y, x, y * y, x * y, x * x), strict=True))
        return Moments(int(clusters), int(n), *(float(f"{value:.{_DIGITS}g}") for value in scaled))


def metrics(kinds: Sequence[str]) -> list[Metric]:
    """The metrics for requests of which these token columns have prices. Costs in USD, and per 1M tokens."""
    usage = [
        Metric("prompt_tokens_per_request", "prompt", "told"),
        Metric("output_tokens_per_request", "answer", "told"),
        Metric("cache_hit_ratio", "read", "prompt"),
        Metric("error_ratio", "failed", "n"),
    ]
    if not kinds:
        return usage
    per_usd = 1 / _MILLION  # a row's costs are in millionths: tokens times USD per million
    return [
        Metric("usd_per_request", "cost", "n", per_usd),
        Metric("usd_per_success", "cost", "succeeded", per_usd),
        Metric("failed_cost_ratio", "failed_cost", "cost", per_usd, per_usd),
        *(
            Metric(f"usd_per_mtok{name}", f"cost{name}", f"tokens{name}", per_usd, per_usd)
            for name in ("", *(f"_{each}" for each in _kinds(kinds)))
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


def rate_rows(rates: RateTable) -> tuple[Rated, pa.Table]:
    """The table of rates with its prices, and what it holds."""
    fields, table = condensed(rates)
    columns: dict[str, pa.Array] = {"known": pa.array([True] * len(table), pa.bool_())}
    columns |= {
        name: pa.array([key[place] for key in table], _RATE_TYPES.get(name, pa.string()))
        for place, name in enumerate(fields)
    }
    kinds = tuple(kind for kind in PRICED_TOKENS if any(kind in usd for usd in table.values()))
    for kind in kinds:
        prices = [usd.get(kind) for usd in table.values()]
        columns[f"usd_{kind}"] = pa.array([None if usd is None else float(usd) for usd in prices], pa.float64())
    return Rated(fields, kinds), pa.table(columns)


def read(
    rows: Iterable[Sequence[Any]], keys: int, kinds: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], str, Moments]]:
    """What a query of `moments` answered: group, metric, and its moments; not where nothing is of the metric."""
    wanted = metrics(kinds)
    for row in rows:
        for place, metric in enumerate(wanted):
            begin = keys + place * _PER_METRIC
            values = row[begin : begin + _PER_METRIC]
            if values[0]:
                yield tuple(row[:keys]), metric.name, metric.of(values)


def clusters(view: str, filters: Iterable[Filter]) -> Sql:
    """How many requests there are, how many name a session or a trace, and about how many callers they have."""
    sql = Sql()
    condition = where(filters, sql)
    sql.text = (
        f"SELECT count(*), count(COALESCE({_SESSION}, CASE WHEN source = 'otel.spans' THEN '' END)), "
        f"count(caller), approx_count_distinct(caller) FROM {view} WHERE {condition} AND grain = 'request'"
    )
    return sql


def cluster_of(*, named: bool, callers: bool) -> str | None:
    """The SQL for a request's cluster, NULL where it stands alone; None where all do."""
    parts = [*([_SESSION, _TRACE] if named else []), *(["caller"] if callers else [])]
    return f"COALESCE({', '.join(parts)})" if parts else None


def moments(  # everything that the one query depends on
    view: str,
    keys: Sequence[str],
    filters: Iterable[Filter],
    rates: Rated,
    cluster: str | None,
    *,
    alone: bool,
) -> Sql:
    """By group: for each of `metrics` the values that `Metric.of` takes.

    Of the requests that have a cluster, with `alone` of those that have none; where `cluster` is None of all.
    """
    sql = Sql()
    clustered = cluster is not None and not alone
    groups = [f"key{number}" for number in range(len(keys))]
    row = _row(rates.kinds)
    condition = where(filters, sql)
    # What may be named like a column of the rates is reckoned before they are joined.
    asked = ["*", f"{prompt_band()} AS prompt_band"]
    asked += [f"{key_expression(key)} AS {name}" for key, name in zip(keys, groups, strict=True)]
    asked += [f"{cluster} AS cluster"] if cluster else []
    requests = f"SELECT {', '.join(asked)} FROM {view} WHERE {condition} AND grain = 'request'"
    if cluster:
        requests = f"SELECT * FROM ({requests}) WHERE cluster IS {'' if alone else 'NOT '}NULL"
    priced = " AND ".join(f"request.{name} IS NOT DISTINCT FROM {RATES}.{name}" for name in rates.fields) or "TRUE"
    told = [
        *groups,
        *(["hash(cluster) AS cluster"] if clustered else []),
        *(f"{text} AS {name}" for name, text in row.items()),
    ]
    source = f"SELECT {', '.join(told)} FROM ({requests}) AS request LEFT JOIN {RATES} ON {priced}"
    if clustered:
        sums = ", ".join(f"sum({name}) AS {name}" for name in row)
        head = "".join(f"{name}, " for name in groups)
        source = f"SELECT {head}{sums} FROM ({source}) GROUP BY {head}cluster"
    added = "".join(f", {text} AS {name}" for name, text in _added(rates.kinds).items())
    source = f"SELECT *{added} FROM ({source})"
    columns = [*groups, *(part for metric in metrics(rates.kinds) for part in _aggregates(metric, clustered=clustered))]
    ending = " GROUP BY ALL ORDER BY ALL" if groups else ""
    sql.text = f"SELECT {', '.join(columns)} FROM ({source}){ending}"
    return sql


def _aggregates(metric: Metric, *, clustered: bool) -> list[str]:
    """Clusters and requests that the ratio rests on, then its sums. One kind of token rests on who used any of it."""
    y, x = metric.y, metric.x
    base = ["count(*)", "sum(n)"]
    if x.startswith("tokens"):
        base = [
            f"count(NULLIF({x}, 0))",
            f"sum(CASE WHEN {x} <> 0 THEN n END)" if clustered else f"count(NULLIF({x}, 0))",
        ]
    return [*base, *(f"fsum({product})" for product in (y, x, f"{y} * {y}", f"{x} * {y}", f"{x} * {x}"))]


def _row(kinds: Sequence[str]) -> dict[str, str]:
    """What one request adds to the sums, by name; all DOUBLE. Costs are in millionths of a dollar."""
    errors = ", ".join(f"'{outcome}'" for outcome in ERROR_OUTCOMES)
    counts = "CAST(request_count AS DOUBLE)"
    told = " OR ".join(f"{name} IS NOT NULL" for name in PRICED_TOKENS)
    costs = {f"cost_of_{kind}": f"COALESCE({kind} * {RATES}.usd_{kind}, 0)" for kind in kinds}
    return {
        "n": counts,
        "succeeded": f"CASE WHEN outcome = 'ok' THEN {counts} ELSE 0 END",
        "failed": f"CASE WHEN outcome IN ({errors}) THEN {counts} ELSE 0 END",
        "told": f"CASE WHEN {told} THEN {counts} ELSE 0 END",
        "prompt": _together(map(_tokens, PROMPT_TOKENS)),
        "answer": _together(map(_tokens, ANSWER_TOKENS)),
        "read": _tokens("cache_read_tokens"),
        **costs,
        **{f"priced_{kind}": f"CASE WHEN {RATES}.usd_{kind} IS NULL THEN 0 ELSE {_tokens(kind)} END" for kind in kinds},
        "failed_cost": f"CASE WHEN outcome IN ({errors}) THEN {_together(costs.values())} ELSE 0 END",
    }


def _added(kinds: Sequence[str]) -> dict[str, str]:
    """What is reckoned from the sums of a cluster, by name: cost and priced tokens of all kinds, and of some."""
    found = {}
    for name, columns in {"": tuple(kinds), **{f"_{each}": own for each, own in _kinds(kinds).items()}}.items():
        found[f"cost{name}"] = _together(f"cost_of_{kind}" for kind in columns)
        found[f"tokens{name}"] = _together(f"priced_{kind}" for kind in columns)
    return found


def _together(parts: Iterable[str]) -> str:
    return f"({' + '.join(parts) or '0.0'})"


def _tokens(column: str) -> str:
    return f"CAST(COALESCE({column}, 0) AS DOUBLE)"
