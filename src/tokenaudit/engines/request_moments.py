"""How moments are asked for: of requests that stand alone by sums over them, of others cluster by cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.engines.cluster_sql import MANY_CALLERS, Seen, cluster_of, seen, tag_names
from tokenaudit.engines.cross_sql import columns_of, cross_cells, cross_sums
from tokenaudit.engines.moment_sql import moments, rate_rows, read
from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.cross_moments import cross_moments, in_whole_numbers
from tokenaudit.model.moments import MomentCell
from tokenaudit.model.rate_table import condensed

if TYPE_CHECKING:
    from collections.abc import Callable

    import pyarrow as pa

    from tokenaudit.engines.sql import Sql
    from tokenaudit.model.cells import Group
    from tokenaudit.model.moments import Moments
    from tokenaudit.model.question import Question
    from tokenaudit.model.rate_table import RateTable


def request_moments(
    view: str,
    question: Question,
    rates: RateTable,
    rows: Callable[[Sql], list[tuple[Any, ...]]],
    keep_rates: Callable[[pa.Table], None],
) -> list[MomentCell]:
    """Moments by side and group key of the requests of a view.

    `rows` answers a statement; `keep_rates` makes the table that statements know as `moment_sql.RATES`.
    """
    fields, table = condensed(rates)
    kinds = tuple(kind for kind in PRICED_TOKENS if any(kind in usd for usd in table.values()))
    prices, scale = in_whole_numbers(table)
    (row,) = rows(seen(view, (question.base,)))
    there = Seen(row[0], row[1], row[2], row[3], row[4:])
    columns = columns_of(there)
    named = [name for (name,) in rows(tag_names(view, (question.base,)))]
    cluster = cluster_of(named, spans=bool(there.spans), callers=there.callers >= MANY_CALLERS)
    if cluster and kinds:
        keep_rates(rate_rows(fields, table, kinds))
    found: dict[tuple[str, Group, str], Moments] = {}
    for side in question.sides:
        filters = (question.base, side.filter)
        summed = rows(cross_sums(view, question.by, filters, fields, there, cluster))
        cells = cross_cells(summed, question.by, fields, columns, prices)
        told = [*cross_moments(cells, columns, kinds, scale)]
        if cluster:
            clustered = rows(moments(view, question.by, filters, fields, kinds, there.told, cluster))
            told += read(clustered, len(question.by), kinds)
        for group, metric, each in told:
            key = (side.label, group, metric)
            found[key] = found[key].plus(each) if key in found else each
    return [MomentCell(*key, told) for key, told in found.items()]
