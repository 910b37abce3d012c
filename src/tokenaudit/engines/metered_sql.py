"""Means of durations that a cloud made before we saw them -> SQL, over the rows of `metrics`.

A cloud tells the same requests in several series: by model, by model and tier, by the hour and by the day. Of each
model's series in a place one family is taken, that of most samples, and none are added to one another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.engines.sql import Sql, where
from tokenaudit.engines.timing_sql import named_keys
from tokenaudit.model.columns import PRICED_TOKENS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.model.question import Filter

METERED_KEYS = frozenset(
    {"provider", "account", "region", "resource", "deployment", "model", "model_ref", "day", "week", "month"}
)
"""What the rows of `metrics` can be grouped and filtered by."""

_PLACE = "provider, source, account, region, resource, deployment, model_ref, metric"
_SERIES = "metric_ref, period_s, dimensions"
_FAMILY = "row(metric_ref, period_s, map_keys(dimensions))"


def metered_view(source: str) -> str:
    """The rows of `metrics` that are averages of durations, under the column names that filters know."""
    return (
        "SELECT *, period_start AS started_at, CAST(NULL AS VARCHAR) AS model_version, CAST(NULL AS VARCHAR) AS scope, "
        f"CAST(NULL AS VARCHAR) AS tier FROM {source} "
        "WHERE statistic = 'average' AND metric IN ('latency_ms', 'first_token_ms') AND sample_count > 0 AND value >= 0"
    )


def metered(view: str, keys: Sequence[str], filters: Iterable[Filter]) -> Sql:
    """By group and metric: the samples, and their mean weighted by them, as `model.timings.MeteredCell` has it."""
    sql = Sql()
    groups = "".join(f"key{number}, " for number in range(len(keys)))
    points = (
        f"SELECT *, {_FAMILY} AS family FROM {view} WHERE {where(filters, sql)} "
        f"QUALIFY row_number() OVER (PARTITION BY {_PLACE}, {_SERIES}, period_start ORDER BY object_uri) = 1"
    )
    sizes = f"SELECT *, sum(sample_count) OVER (PARTITION BY {_PLACE}, family) AS size FROM ({points})"
    chosen = f"SELECT * FROM ({sizes}) QUALIFY dense_rank() OVER (PARTITION BY {_PLACE} ORDER BY size DESC, family) = 1"
    named = "".join(f"{each}, " for each in named_keys(keys))
    sql.text = (
        f"SELECT {groups}metric, CAST(sum(sample_count) AS BIGINT), fsum(value * sample_count) / sum(sample_count) "
        f"FROM (SELECT {named}metric, value, sample_count FROM ({chosen})) GROUP BY ALL ORDER BY ALL"
    )
    return sql


_SHAPE = "regexp_extract(usage_id, 'T[0-9:]+Z/([0-9]+/(ModelId|Model|deployment|model)/(-/)?)', 1)"
"""The period of a bucket and what it is split by, out of its identity: a `-` stands for all tiers together."""

_ENDPOINT = "regexp_extract(usage_id, 'Z/[0-9]+/(ModelId|Model)/', 1)"
"""Where CloudWatch counted, which names models verbatim; empty for Azure Monitor."""


def buckets_of_series(view: str, asked: Filter) -> Sql:
    """The buckets of those models, or accounts of Azure, of which metrics come in several periods or splits."""
    sql = Sql()
    tokens = " + ".join(f"COALESCE({name}, 0)" for name in (*PRICED_TOKENS, "request_count"))
    place = (
        f"PARTITION BY source, account, region, {_ENDPOINT}, CASE {_ENDPOINT} WHEN '' THEN resource ELSE model_ref END"
    )
    sql.text = (
        f"SELECT usage_id, model, CAST({tokens} AS BIGINT), object_uri FROM {view} "
        f"WHERE grain = 'bucket' AND {where((asked,), sql)} "
        f"QUALIFY min({_SHAPE}) OVER ({place}) <> max({_SHAPE}) OVER ({place}) ORDER BY usage_id"
    )
    return sql
