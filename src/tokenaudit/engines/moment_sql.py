"""Moments of requests that belong together: each priced by joining a table of rates, and added up by cluster.

A metric is a ratio of two sums over clusters: requests of one session, conversation or trace, where the log names it,
and of one caller, where there are many. (Requests that stand alone are summed by `cross_sql`.) Sums over clusters are
compensated (`fsum`): those of doubles would depend on how the work was divided among threads.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tokenaudit.engines.sql import Sql, key_expression, prompt_band, where
from tokenaudit.model.moments import Moments
from tokenaudit.model.unit_metrics import Amount, Metric, metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from decimal import Decimal

    from tokenaudit.model.question import Filter

RATES = "rates"
"""The table of rates: some fields of `Priced`, and a price in USD per 1M tokens for each token column."""

_RATE_TYPES = {"prompt_band": pa.int32(), "day": pa.date32()}
_DIGITS = 12
"""Significant digits of a sum that do not depend on the order of adding."""
_TOKENS = {
    "tokens": "{kind}",
    "priced": "CASE WHEN {rates}.usd_{kind} IS NOT NULL THEN {kind} END",
    "cost": "{kind} * {rates}.usd_{kind}",
}


def rate_rows(
    fields: Sequence[str], table: Mapping[tuple[object, ...], Mapping[str, Decimal]], kinds: Iterable[str]
) -> pa.Table:
    """The rows of the table of rates: prices of these kinds by these fields."""
    columns = {
        name: pa.array([key[place] for key in table], _RATE_TYPES.get(name, pa.string()))
        for place, name in enumerate(fields)
    }
    for kind in kinds:
        prices = [usd.get(kind) for usd in table.values()]
        columns[f"usd_{kind}"] = pa.array([None if usd is None else float(usd) for usd in prices], pa.float64())
    return pa.table(columns)


def read(
    rows: Iterable[Sequence[Any]], keys: int, kinds: Sequence[str]
) -> Iterator[tuple[tuple[Any, ...], str, Moments]]:
    """What a query of `moments` answered: group, metric, and its moments; not where nothing is of the metric."""
    wanted = metrics(kinds)
    sums = list(_sums(wanted))
    for row in rows:
        told = dict(zip(sums, row[keys:], strict=True))
        for metric in wanted:
            values = [told[text] or 0 for text in _of(metric)]
            if values[0]:
                yield tuple(row[:keys]), metric.name, _scaled(metric, values)


def moments(
    view: str,
    keys: Sequence[str],
    filters: Iterable[Filter],
    fields: Sequence[str],
    kinds: Sequence[str],
    tokens: Sequence[str],
    cluster: str,
) -> Sql:
    """By group the sums that `read` makes moments of, over the requests that have a cluster.

    `kinds` are the token columns that the table of rates has prices for, `tokens` those that any request tells.
    """
    sql = Sql()
    wanted = metrics(kinds)
    groups = [f"key{number}" for number in range(len(keys))]
    alike = _alike(view, keys, where(filters, sql), fields, tokens, cluster)
    priced = " AND ".join(f"request.{name} IS NOT DISTINCT FROM {RATES}.{name}" for name in fields) or "TRUE"
    rates = f" LEFT JOIN {RATES} ON {priced}" if kinds else ""
    # How many requests a metric rests on is asked of every one, whatever it is a ratio of.
    amounts = dict.fromkeys((Amount("requests"), *(each for metric in wanted for each in (metric.y, metric.x))))
    added = [f"sum({_of_alike(amount, tokens)}) AS {_name(amount)}" for amount in amounts]
    by = [*groups, "cluster"]
    clusters = f"SELECT {', '.join([*by, *added])} FROM ({alike}) AS request{rates} GROUP BY {', '.join(by)}"
    ending = " GROUP BY ALL ORDER BY ALL" if groups else ""
    sql.text = f"SELECT {', '.join([*groups, *_sums(wanted)])} FROM ({clusters}){ending}"
    return sql


def _alike(
    view: str, keys: Sequence[str], condition: str, fields: Sequence[str], tokens: Sequence[str], cluster: str
) -> str:
    """Requests of one cluster that are priced alike and ended alike, as one: most clusters keep to one model."""
    expressions = {f"key{number}": key_expression(key) for number, key in enumerate(keys)}
    # A key is reckoned once for all: here columns are those of the ledger, later they may be those of the rates.
    named = {name: prompt_band(tokens) if name == "prompt_band" else key_expression(name) for name in fields}
    told = " OR ".join(f"{name} IS NOT NULL" for name in tokens) or "FALSE"
    by = {**expressions, **named, "outcome": "outcome", "told": f"({told})", "cluster": f"hash({cluster})"}
    sums = [f"sum(CAST({name} AS DOUBLE)) AS {name}" for name in ("request_count", *tokens)]
    asked = [*(f"{text} AS {name}" for name, text in by.items()), *sums]
    # Were it asked for in WHERE, the cluster would be made out twice for each row.
    return (
        f"SELECT {', '.join(asked)} FROM {view} WHERE {condition} AND grain = 'request' "
        f"GROUP BY {', '.join(dict.fromkeys(by.values()))} HAVING count({cluster}) > 0"
    )


def _sums(wanted: Iterable[Metric]) -> dict[str, None]:
    """The SQL of all sums that these metrics need, each once."""
    return dict.fromkeys(text for metric in wanted for text in _of(metric))


def _of(metric: Metric) -> list[str]:
    """Clusters and requests that the ratio rests on, then its sums. One kind of token rests on who used any of it."""
    y, x = _name(metric.y), _name(metric.x)
    base = ["count(*)", "sum(requests)"]
    if metric.x.of == "priced":
        base = [f"count(NULLIF({x}, 0))", f"sum(CASE WHEN {x} <> 0 THEN requests END)"]
    return [*base, *(f"fsum({product})" for product in (y, x, f"{y} * {y}", f"{x} * {y}", f"{x} * {x}"))]


def _name(amount: Amount) -> str:
    return "_".join((amount.of, *amount.kinds, *amount.outcomes))


def _of_alike(amount: Amount, tokens: Iterable[str]) -> str:
    """What requests that are alike add to an amount, a DOUBLE. Costs are in millionths of a dollar."""
    there = [kind for kind in amount.kinds if kind in tokens]
    if amount.of in ("requests", "told"):
        text = "request_count"
    else:
        text = " + ".join(f"COALESCE({_TOKENS[amount.of].format(kind=kind, rates=RATES)}, 0)" for kind in there)
    conditions = []
    if amount.of == "told":
        conditions.append("told")
    if amount.outcomes:
        outcomes = ", ".join(f"'{outcome}'" for outcome in amount.outcomes)
        conditions.append(f"outcome IN ({outcomes})")
    return f"CASE WHEN {' AND '.join(conditions)} THEN {text or '0.0'} ELSE 0 END" if conditions else text or "0.0"


def _scaled(metric: Metric, values: Sequence[float]) -> Moments:
    clusters, n, *sums = values
    y, x = metric.y.divisor, metric.x.divisor
    scaled = (part / by for part, by in zip(sums, (y, x, y * y, y * x, x * x), strict=True))
    return Moments(int(clusters), int(n), *(float(f"{value:.{_DIGITS}g}") for value in scaled))
