"""Questions about durations -> SQL: strata, order statistics, histogram. All over successful requests, one by one.

Means rest on sums of whole nanoseconds, so that they are the same to the last digit in whatever order rows are added.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.engines.sql import ANSWER, FIRST_MS, TPOT_MS, Sql, key_expression, where
from tokenaudit.model.columns import ANSWER_TOKENS, PROMPT_TOKENS
from tokenaudit.model.timings import EDGES_MS, LONGEST_MS, OUTPUT_LIMITS, PROMPT_LIMITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.model.question import Filter
    from tokenaudit.model.timings import Timed

_COLUMNS = {"latency_ms": "latency_ms", "first_token_ms": "first_ms", "tpot_ms": "tpot_ms"}
_OK = "outcome = 'ok' AND grain = 'request'"


def timed_rows(view: str, extra: Sequence[str], filters: Iterable[Filter], sql: Sql, *, only: str = _OK) -> str:
    """A SELECT of `extra` and, of each request, `latency_ms`, `first_ms` and `tpot_ms` as the report means them."""
    named = ", ".join([*extra, "latency_ms", ANSWER, f"{FIRST_MS} AS first_ms"])
    return f"SELECT *, {TPOT_MS} AS tpot_ms FROM (SELECT {named} FROM {view} WHERE {where(filters, sql)}" + (
        f" AND {only})" if only else ")"
    )


def named_keys(keys: Sequence[str]) -> list[str]:
    """The group keys as columns `key0`, `key1`, ..."""
    return [f"{key_expression(key)} AS key{number}" for number, key in enumerate(keys)]


def strata(view: str, keys: Sequence[str], filters: Iterable[Filter]) -> Sql:
    """By group and stratum: count, sum and sum of squares of each of `TIMED`, in ns, as `StratumCell` lists them."""
    sql = Sql()
    extra = [
        *named_keys(keys),
        "vantage",
        "streamed",
        f"{_band(PROMPT_TOKENS, PROMPT_LIMITS)} AS prompt_band",
        f"{_band(ANSWER_TOKENS, OUTPUT_LIMITS)} AS output_band",
    ]
    whole = ", ".join(f"{_nanoseconds(column)} AS {name}_ns" for name, column in _COLUMNS.items())
    groups = [f"key{number}" for number in range(len(keys))]
    by = ", ".join([*groups, "vantage", "streamed", "prompt_band", "output_band"])
    sums = ", ".join(f"count({name}_ns), sum({name}_ns), sum({name}_ns * {name}_ns)" for name in _COLUMNS)
    rows = timed_rows(view, extra, filters, sql)
    sql.text = f"SELECT {by}, {sums} FROM (SELECT {by}, {whole} FROM ({rows})) GROUP BY ALL ORDER BY ALL"
    return sql


def counted(view: str, keys: Sequence[str], timed: Timed, filters: Iterable[Filter]) -> Sql:
    """By group: how many requests tell this duration."""
    sql = Sql()
    rows = timed_rows(view, named_keys(keys), filters, sql)
    groups = "".join(f"key{number}, " for number in range(len(keys)))
    sql.text = f"SELECT {groups}count({_COLUMNS[timed]}) FROM ({rows})" + (" GROUP BY ALL" if keys else "")
    return sql


def order_statistics(view: str, keys: Sequence[str], timed: Timed, filters: Iterable[Filter], ranks: str) -> Sql:
    """By group and quantile: the count, the quantile of type 7, and the values at the ranks that table `ranks` gives.

    That table has columns n, quantile, lower_rank and upper_rank: which ranks a group has depends on its count alone.
    """
    sql = Sql()
    column = _COLUMNS[timed]
    rows = timed_rows(view, named_keys(keys), filters, sql)
    groups = "".join(f"key{number}, " for number in range(len(keys)))
    ordered = f"SELECT {groups}list_sort(list({column})) AS ordered FROM ({rows}) WHERE {column} IS NOT NULL" + (
        " GROUP BY ALL" if keys else " HAVING count(*) > 0"
    )
    place = "(n - 1) * quantile"
    below, above = f"ordered[CAST(floor({place}) AS BIGINT) + 1]", f"ordered[CAST(ceil({place}) AS BIGINT) + 1]"
    sql.text = (
        f"SELECT {groups}quantile, n, {below} + ({above} - {below}) * ({place} - floor({place})), "
        f"CASE WHEN lower_rank > 0 THEN ordered[lower_rank] END, CASE WHEN upper_rank > 0 THEN ordered[upper_rank] END "
        f"FROM ({ordered}) JOIN {ranks} ON len(ordered) = n ORDER BY ALL"
    )
    return sql


def histogram(view: str, filters: Iterable[Filter]) -> Sql:
    """Requests by the number of edges that their latency has reached."""
    sql = Sql()
    cases = " ".join(f"WHEN latency_ms < {edge!r} THEN {place}" for place, edge in enumerate(EDGES_MS))
    sql.text = (
        f"SELECT CASE {cases} ELSE {len(EDGES_MS)} END, count(*) FROM {view} "
        f"WHERE {where(filters, sql)} AND {_OK} AND latency_ms IS NOT NULL GROUP BY ALL ORDER BY ALL"
    )
    return sql


def _band(columns: Sequence[str], limits: Sequence[int]) -> str:
    known = " OR ".join(f"{name} IS NOT NULL" for name in columns)
    tokens = " + ".join(f"COALESCE({name}, 0)" for name in columns)
    cases = " ".join(f"WHEN {tokens} <= {limit} * request_count THEN {place}" for place, limit in enumerate(limits))
    return f"CASE WHEN NOT ({known}) THEN NULL {cases} ELSE {len(limits)} END"


def _nanoseconds(column: str) -> str:
    return f"CASE WHEN {column} BETWEEN 0 AND {LONGEST_MS} THEN CAST(round({column} * 1e6) AS HUGEINT) END"
