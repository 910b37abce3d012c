"""How attempts did by a service level objective -> SQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.engines.sql import Sql
from tokenaudit.engines.timing_sql import named_keys, timed_rows
from tokenaudit.model.timings import LONGEST_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.question import Filter
    from tokenaudit.model.slo import Slo

_TPOT = "CASE WHEN output_tokens > 1 AND latency_ms >= first_ms THEN (latency_ms - first_ms) / (output_tokens - 1) END"
# An answer of one token has no time per token: there is nothing to hold against it.
_NO_SECOND_TOKEN = "output_tokens <= 1"  # noqa: S105  # tokens of an answer
_TOOK_MS = f"CASE WHEN latency_ms BETWEEN 0 AND {LONGEST_MS} THEN latency_ms ELSE 0 END"


def attempts(view: str, keys: Sequence[str], filters: Iterable[Filter], slo: Slo) -> Sql:
    """By group, as `model.timings.SloCell` lists them after `group`. A sampled span counts for all it stands for."""
    sql = Sql()
    extra = (*named_keys(keys), "outcome", "started_at", "request_count")
    rows = timed_rows(view, extra, filters, sql, only="grain = 'request'")
    objectives = list(_objectives(slo))
    known = " AND ".join(["outcome = 'ok'", *(each for each, _ in objectives)])
    met = " AND ".join([known, *(each for _, each in objectives)])
    groups = "".join(f"key{number}, " for number in range(len(keys)))
    sums = ", ".join(
        f"CAST(COALESCE(sum(request_count) FILTER ({which}), 0) AS BIGINT)"
        for which in ("TRUE", "outcome = 'ok'", "outcome = 'unknown'", known, met)
    )
    sql.text = (
        f"SELECT * EXCLUDE (begun, ended), max(ended) OVER () - min(begun) OVER () FROM (SELECT {groups}{sums}, "
        f"min(epoch_us(started_at)) / 1e6 AS begun, max(epoch_us(started_at) + {_TOOK_MS} * 1e3) / 1e6 AS ended "
        f"FROM ({rows})" + (" GROUP BY ALL)" if keys else " HAVING count(*) > 0)") + " ORDER BY ALL"
    )
    return sql


def _objectives(slo: Slo) -> Iterator[tuple[str, str]]:
    """Of each objective: the condition that the log tells how it went, and that it went well."""
    if slo.ttft_ms is not None:
        yield "first_ms IS NOT NULL", f"first_ms <= {slo.ttft_ms!r}"
    if slo.tpot_ms is not None:
        exempt = f"({_NO_SECOND_TOKEN}) IS TRUE"
        yield f"({exempt} OR {_TPOT} IS NOT NULL)", f"({exempt} OR {_TPOT} <= {slo.tpot_ms!r})"
    if slo.e2e_ms is not None:
        yield "latency_ms IS NOT NULL", f"latency_ms <= {slo.e2e_ms!r}"
