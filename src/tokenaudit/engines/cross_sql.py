"""Sums over requests that stand alone, from which `model.cross_moments` makes moments: one GROUP BY, and no prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.engines.sql import Sql, key_expression, prompt_band, where
from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.cross_moments import REQUESTS, ROW, Alike, CrossCell, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tokenaudit.engines.cluster_sql import Seen
    from tokenaudit.model.cross_moments import Prices
    from tokenaudit.model.question import Filter

_BIGINT_BITS = 63


def columns_of(there: Seen) -> tuple[str, ...]:
    """The columns to sum products of: token columns that any request uses, and how many requests a row stands for."""
    tokens = tuple(name for name, greatest in zip(PRICED_TOKENS, there.greatest_tokens, strict=True) if greatest)
    return tokens if there.least_count == there.greatest_count == 1 else (REQUESTS, *tokens)


def cross_sums(
    view: str,
    keys: Sequence[str],
    filters: Iterable[Filter],
    fields: Sequence[str],
    there: Seen,
    cluster: str | None,
) -> Sql:
    """Keys, fields that decide a price, how requests ended and which tokens they told, then the sums of `pairs`.

    Of the requests that have no cluster.
    """
    sql = Sql()
    groups = _distinct(keys, fields)
    columns = columns_of(there)
    tokens = [name for name in columns if name != REQUESTS]
    told = " OR ".join(f"{name} IS NOT NULL" for name in there.told) or "FALSE"
    used = " + ".join(f"CASE WHEN {name} > 0 THEN {1 << place} ELSE 0 END" for place, name in enumerate(tokens))
    condition = where(filters, sql)
    asked = [*groups, "outcome", f"({told}) AS told", f"{used or '0'} AS used"]
    whole = "BIGINT" if _fits(there) else "HUGEINT"
    asked += [_sum(one, two, whole) for one, two in pairs(columns)]
    condition += f" AND grain = 'request' AND {cluster} IS NULL" if cluster else " AND grain = 'request'"
    sql.text = f"SELECT {', '.join(asked)} FROM {view} WHERE {condition} GROUP BY ALL ORDER BY ALL"
    return sql


def cross_cells(
    rows: Iterable[Sequence[Any]],
    keys: Sequence[str],
    fields: Sequence[str],
    columns: Sequence[str],
    prices: Mapping[tuple[object, ...], Prices],
) -> Iterator[CrossCell]:
    """What a query of `cross_sums` answered."""
    groups = list(_distinct(keys, fields))
    group_places = [groups.index(_expression(key)) for key in keys]
    field_places = [groups.index(_expression(field)) for field in fields]
    tokens = [name for name in columns if name != REQUESTS]
    kinds = [tuple(name for place, name in enumerate(tokens) if used >> place & 1) for used in range(1 << len(tokens))]
    begin = len(groups)
    for row in rows:
        outcome, told, used, *sums = row[begin:]
        alike = Alike(prices.get(tuple(row[place] for place in field_places), ()), outcome, told, kinds[used])
        yield CrossCell(tuple(row[place] for place in group_places), alike, tuple(each or 0 for each in sums))


def _distinct(keys: Iterable[str], fields: Iterable[str]) -> list[str]:
    """What to group by: a key that also decides the price is there once."""
    return list(dict.fromkeys(map(_expression, (*keys, *fields))))


def _expression(key: str) -> str:
    return prompt_band() if key == "prompt_band" else key_expression(key)


def _fits(there: Seen) -> bool:
    """Whether the product of any two columns fits into a BIGINT, which is quicker than a HUGEINT."""
    greatest = max(each or 0 for each in (there.greatest_count, *there.greatest_tokens))
    return (greatest * greatest).bit_length() <= _BIGINT_BITS


def _sum(one: str, two: str, whole: str) -> str:
    if two == ROW:
        return "count(*)"
    return f"sum({two})" if one == ROW else f"sum(CAST({one} AS {whole}) * {two})"
