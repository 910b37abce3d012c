"""Rows themselves -> SQL: what each table's rows are called in a question, and the order that they come in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tokenaudit.engines.sql import Sql, where
from tokenaudit.model.columns import CHARGES, METRICS, USAGE, Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.model.question import Filter

RowTable = Literal["usage", "charges", "metrics"]
RowView = Literal["usage", "charges", "metrics", "focus"]
"""A table, or `focus`: charges of which each is told once."""

_ROWS_AT_ONCE = 500_000
"""So many rows are sorted together at least, where the table has them: days are read one after the other."""


@dataclass(frozen=True)
class Rows:
    """A table's rows: the view that has them, their columns, and an order that leaves nothing to chance.

    With `by_day` a row's `day` is the UTC day of what it is sorted by first, so that days can be sorted apart.
    """

    view: str
    columns: tuple[Column, ...]
    order: tuple[str, ...]
    by_day: bool


ROWS: dict[RowView, Rows] = {
    "usage": Rows("usage", USAGE, ("started_at", "usage_id"), by_day=True),
    "charges": Rows("lines_of_bills", CHARGES, ("charge_period_start", "charge_id"), by_day=False),
    "focus": Rows("lines_told_once", CHARGES, ("charge_period_start", "charge_id"), by_day=False),
    "metrics": Rows(
        "measurements",
        METRICS,
        ("period_start", *(column.name for column in METRICS if column.name not in ("day", "period_start"))),
        by_day=True,
    ),
}

# Filters speak of rows as the usage table names them.
LINES_OF_BILLS = (
    "*",
    "sub_account_id AS account",
    "region_id AS region",
    "resource_id AS resource",
    "CAST(make_timestamp(epoch_us(charge_period_start)) AS DATE) AS day",
    "charge_period_start AS started_at",
    "charge_category AS category",
)
MEASUREMENTS = ("*", "period_start AS started_at")
TOLD_BETTER = (
    "CASE WHEN since IS NULL THEN through IS NULL OR day <= through OR category <> 'Usage' "
    "ELSE category = 'Usage' AND day > since AND day <= through END"
)
"""Of what is no usage the better bill may tell any day in advance: its own counts alone, where it counts at all."""
_MONTH = ("provider", "source", "account", "billing_period")
_LINE = (
    *(*_MONTH, "charge_period_start", "charge_category", "resource_id", "sku_id", "sku_meter", "pricing_quantity"),
    "commitment_discount_id",
)


def _same(names: Iterable[str], *tables: str) -> str:
    return " AND ".join(f"{tables[0]}.{name} IS NOT DISTINCT FROM {tables[1]}.{name}" for name in names)


def _numbered(condition: str) -> str:
    """Lines of months with both exports, and which of several equal ones each is."""
    equal = f"PARTITION BY {', '.join(_LINE)} ORDER BY charge_id"
    return (
        f"SELECT line.*, row_number() OVER ({equal}) AS nth FROM lines_that_count AS line "
        f"SEMI JOIN doubled ON {_same(_MONTH, 'line', 'doubled')} WHERE {condition}"
    )


_SPREAD = "line.billed_cost IS NULL"
_SAME_LINE = f"{_same(_LINE, 'paid', 'spread')} AND paid.nth = spread.nth"
_BOUGHT = "paid.charge_category = 'Purchase' AND paid.commitment_discount_id IS NOT NULL"
LINES_TOLD_ONCE = (
    # An export of amortised costs repeats the lines of one of actual costs: what each cost stands in one line. The
    # purchase of a commitment costs nothing beside what it is spread over, and what was not used is in no actual line.
    f"WITH doubled AS (SELECT {', '.join(_MONTH)} FROM lines_that_count AS line GROUP BY ALL "
    f"HAVING bool_or({_SPREAD}) AND NOT bool_and({_SPREAD})), "
    f"paid AS ({_numbered(f'NOT {_SPREAD}')}), spread AS ({_numbered(_SPREAD)}) "
    f"SELECT line.* FROM lines_that_count AS line ANTI JOIN doubled ON {_same(_MONTH, 'line', 'doubled')} UNION ALL "
    "SELECT paid.* EXCLUDE (nth) REPLACE "
    f"(COALESCE(paid.effective_cost, spread.effective_cost, CASE WHEN {_BOUGHT} THEN 0 END) AS effective_cost) "
    f"FROM paid LEFT JOIN spread ON {_SAME_LINE} UNION ALL "
    "SELECT spread.* EXCLUDE (nth) REPLACE (CAST(0 AS DECIMAL(38, 12)) AS billed_cost) FROM spread "
    f"ANTI JOIN paid ON {_SAME_LINE} WHERE spread.commitment_discount_status = 'Unused'"
)


def rows_of_days(table: RowView, filters: Iterable[Filter]) -> Sql:
    """How many rows each day has, in order of days."""
    sql = Sql()
    sql.text = f"SELECT day, count(*) FROM {ROWS[table].view} WHERE {where(filters, sql)} GROUP BY ALL ORDER BY ALL"
    return sql


def any_row(table: RowView, filters: Iterable[Filter]) -> Sql:
    """Whether there is a row at all."""
    sql = Sql()
    sql.text = f"SELECT EXISTS (SELECT 1 FROM {ROWS[table].view} WHERE {where(filters, sql)})"
    return sql


def spans(counts: Iterable[tuple[object, int]]) -> list[tuple[object, object]]:
    """Days in order and their rows -> first and last days of stretches that are worth a sort of their own."""
    found: list[tuple[object, object]] = []
    first = last = None
    gathered = 0
    for day, count in counts:
        first = day if not gathered else first
        last, gathered = day, gathered + count
        if gathered >= _ROWS_AT_ONCE:
            found.append((first, last))
            gathered = 0
    return [*found, (first, last)] if gathered else found


def rows(
    table: RowView, columns: Sequence[str], filters: Iterable[Filter], span: tuple[object, object] | None = None
) -> Sql:
    """The rows of a table, or of the days of a span, in their order."""
    sql, of = Sql(), ROWS[table]
    condition = where(filters, sql)
    if span is not None:
        condition += f" AND day BETWEEN CAST({sql.bind(span[0])} AS DATE) AND CAST({sql.bind(span[1])} AS DATE)"
    named, order = (", ".join(f'"{name}"' for name in names) for names in (columns, of.order))
    sql.text = f"SELECT {named} FROM {of.view} WHERE {condition} ORDER BY {order}"
    return sql


def focus_names(filters: Iterable[Filter]) -> Sql:
    """The FOCUS columns that the charges hold beside their own, and InvoiceId where any of them tells of invoices."""
    sql = Sql()
    sql.text = (
        f"WITH line AS (SELECT * FROM lines_told_once WHERE {where(filters, sql)}) "
        "SELECT unnest(map_keys(focus_extra)) FROM line "
        "UNION SELECT 'InvoiceId' FROM line WHERE invoice_id IS NOT NULL OR provisional ORDER BY ALL"
    )
    return sql


def told_twice(filters: Iterable[Filter]) -> Sql:
    """How many charges are no lines of their own, because an export of actual costs has the same."""
    sql = Sql()
    both = [
        f"(SELECT count(*) FROM {view} WHERE {where(filters, sql)})" for view in ("lines_that_count", "lines_told_once")
    ]
    sql.text = f"SELECT {' - '.join(both)}"
    return sql
