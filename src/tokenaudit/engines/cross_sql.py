"""Sums over requests that stand alone, from which `model.cross_moments` makes moments: one GROUP BY, and no prices."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.engines.sql import Sql, key_expression, prompt_band, where
from tokenaudit.model.columns import OUTCOMES
from tokenaudit.model.cross_moments import REQUESTS, ROW, Alike, CrossCell, pairs

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tokenaudit.engines.cluster_sql import Seen
    from tokenaudit.model.cross_moments import Prices
    from tokenaudit.model.question import Filter

_BIGINT_BITS = 63
_END = 16
"""Above as many bits of `_marks` is how the request ended."""


def columns_of(there: Seen) -> tuple[str, ...]:
    """The columns to sum products of: token columns that any request uses, and how many requests a row stands for."""
    return there.used if there.least_count == there.greatest_count == 1 else (REQUESTS, *there.used)


def cross_sums(
    view: str,
    keys: Sequence[str],
    filters: Iterable[Filter],
    fields: Sequence[str],
    there: Seen,
    cluster: str | None,
) -> Sql:
    """Keys and fields that decide a price, each once, `_marks`, and the sums of `pairs`.

    Of the requests that have no cluster.
    """
    sql = Sql()
    columns = columns_of(there)
    groups = [
        prompt_band(there.told) if name == "prompt_band" else key_expression(name) for name in _distinct(keys, fields)
    ]
    whole = "BIGINT" if _fits(there) else "HUGEINT"
    sums = [_sum(one, two, whole) for one, two in pairs(columns)]
    alone = f"{where(filters, sql)} AND grain = 'request'" + (f" AND {cluster} IS NULL" if cluster else "")
    asked = ", ".join([*groups, _marks(there), *sums])
    sql.text = f"SELECT {asked} FROM {view} WHERE {alone} GROUP BY ALL ORDER BY ALL"
    return sql


def cross_cells(
    rows: Iterable[Sequence[Any]],
    keys: Sequence[str],
    fields: Sequence[str],
    columns: Sequence[str],
    prices: Mapping[tuple[object, ...], Prices],
) -> Iterator[CrossCell]:
    """What a query of `cross_sums` answered."""
    groups = _distinct(keys, fields)
    tokens = [name for name in columns if name != REQUESTS]
    group_places, field_places = ([groups.index(name) for name in names] for names in (keys, fields))
    for row in rows:
        marks, *sums = row[len(groups) :]
        price = prices.get(tuple(row[place] for place in field_places), ())
        group = tuple(row[place] for place in group_places)
        yield CrossCell(group, Alike(price, *_marked(marks, tokens)), tuple(each or 0 for each in sums))


def _distinct(keys: Iterable[str], fields: Iterable[str]) -> list[str]:
    """What to group by: a key that also decides the price is there once."""
    return list(dict.fromkeys((*keys, *fields)))


def _marks(there: Seen) -> str:
    """One number for how a request ended, which tokens it uses and whether it tells any: quicker than three."""
    bits = [(" OR ".join(f"{name} IS NOT NULL" for name in there.told) or "FALSE", 1)]
    bits += [(f"{name} > 0", 2 << place) for place, name in enumerate(there.used)]
    marks = [f"CASE WHEN {condition} THEN {bit} ELSE 0 END" for condition, bit in bits]
    ends = " ".join(f"WHEN '{outcome}' THEN {number << _END}" for number, outcome in enumerate(OUTCOMES))
    return f"{' + '.join(marks)} + CASE outcome {ends} ELSE {OUTCOMES.index('unknown') << _END} END"


def _marked(marks: int, tokens: Iterable[str]) -> tuple[str, bool, tuple[str, ...]]:
    used = tuple(name for place, name in enumerate(tokens) if marks & 2 << place)
    return OUTCOMES[marks >> _END], bool(marks & 1), used


def _fits(there: Seen) -> bool:
    """Whether the product of any two columns fits into a BIGINT, which is quicker than a HUGEINT."""
    greatest = max(each or 0 for each in (there.greatest_count, *there.greatest_tokens))
    return (greatest * greatest).bit_length() <= _BIGINT_BITS


def _sum(one: str, two: str, whole: str) -> str:
    if two == ROW:
        return "count(*)"
    return f"sum({two})" if one == ROW else f"sum(CAST({one} AS {whole}) * {two})"
