"""Questions about bills -> SQL. The view `bill` has the charges under the names that the usage table has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.engines.sql import Sql, where
from tokenaudit.model.question import Filter

if TYPE_CHECKING:
    from collections.abc import Iterable

# DuckDB would take the day of an instant in the zone of the session.
_UTC = "make_timestamp(epoch_us(charge_period_start))"
# In whole numbers: intervals take six times as long.
_DAYS = "greatest(1, (epoch_us(charge_period_end) - epoch_us(charge_period_start) + 86399999999) // 86400000000)"

BILL_COLUMNS = (
    "provider",
    "source",
    "billing_period",
    "sub_account_id AS account",
    "region_id AS region",
    "resource_id AS resource",
    "model",
    "token_kind AS kind",
    "scope",
    "tier",
    f"CAST({_UTC} AS DATE) AS day",
    f"{_DAYS} AS days",
    "charge_period_start AS started_at",
    "charge_period_end AS ended_at",
    "charge_category AS category",
    "pricing_category",
    "upper(trim(billing_currency)) AS currency",
    "sku_meter",
    "service_name",
    "charge_description",
    "tokens",
    "list_cost",
    "contracted_cost",
    "billed_cost",
    "effective_cost",
    "provisional",
    "tags",
    "object_uri",
)


def bill_view(files: str) -> str:
    """The SELECT of view `charged` over a relation of charges."""
    return f"SELECT {', '.join(BILL_COLUMNS)} FROM {files}"


def bill_rollup(filters: Iterable[Filter]) -> Sql:
    """Sums over lines of bills, as `model.cells.BillCell` lists them after `side`; the meter in place of its band.

    The same tokens stand in an export of actual and in one of amortised costs: they are taken from one of them. A
    discount of AWS that stands in a line of its own and in the net cost of what it discounts is counted in the latter.
    """
    sql = Sql()
    condition = where(filters, sql)
    groups = "provider, source, account, region, model, kind, scope, tier, day, days, category, currency"
    sql.text = (
        f"SELECT {groups}, {_METER} AS meter, "
        f"CAST({_once('tokens')} AS HUGEINT), {_once('list_cost')}, {_once('contracted_cost')}, "
        f"sum(billed_cost) - {_TWICE}, sum(effective_cost) - {_TWICE}, "
        f"sum(billed_cost) FILTER (billed_cost < 0) - {_TWICE}, count(*), "
        "count(*) FILTER (category = 'Usage' AND kind IS NOT NULL AND tokens IS NULL "
        "AND COALESCE(billed_cost, effective_cost) > 0), "
        f"count(*) FILTER (provisional), count(*) FILTER ({_MIXED}), {_LONG} AS long_meter "
        f"FROM bill WHERE {condition} GROUP BY ALL ORDER BY ALL"
    )
    return sql


_OF_DISCOUNTS = "source = 'aws.cur' AND category = 'Usage' AND billed_cost < 0 AND contracted_cost IS NULL"
_DISCOUNTS = f"sum(billed_cost) FILTER ({_OF_DISCOUNTS})"
_IN_NET_COST = "sum(contracted_cost - billed_cost) FILTER (source = 'aws.cur')"
_TWICE = (
    f"CASE WHEN abs(CAST({_IN_NET_COST} + {_DISCOUNTS} AS DOUBLE)) <= 0.001 * CAST({_IN_NET_COST} AS DOUBLE) "
    f"THEN {_DISCOUNTS} ELSE 0 END"
)
"""Lines of discounts without a net cost, where net cost of the usage is lower by just as much.

Whether AWS leaves it empty there is not known. That both amounts are the same says that one discount is told twice.
"""


def discounts_apart(filters: Iterable[Filter]) -> Sql:
    """By account and currency: what lines of discounts of AWS take off, and by what its net costs are lower."""
    sql = Sql()
    reduced = "sum(billed_cost) FILTER (billed_cost < 0)"
    sql.text = (
        f"SELECT account, currency, -{reduced} AS apart, sum(contracted_cost - billed_cost) FILTER (billed_cost >= 0) "
        f"FROM bill WHERE {where(filters, sql)} AND source = 'aws.cur' AND category = 'Usage' "
        "GROUP BY ALL HAVING apart IS NOT NULL ORDER BY ALL"
    )
    return sql


def _once(name: str) -> str:
    return f"COALESCE(sum({name}) FILTER (billed_cost IS NOT NULL), sum({name}) FILTER (billed_cost IS NULL))"


_METER = "CASE WHEN kind IS NULL OR model IS NULL THEN COALESCE(sku_meter, charge_description, service_name) END"


_MIXED = (
    "source = 'aws.cost_explorer' AND category = 'Usage' AND pricing_category IS NULL "
    "AND COALESCE(billed_cost, effective_cost) > 0"
)
"""Cost Explorer says how usage is priced only where it says that all of it is usage."""

_LONG = "CASE WHEN kind IS NOT NULL AND sku_meter ILIKE '%long%c%' THEN sku_meter END"
"""The meters whose name may say that they are for long prompts only: `long-ctx`, `long_ctx`, `longco`, `Long Co`."""


_SOLD = "category = 'Usage' AND COALESCE(billed_cost, effective_cost, 0) >= 0"
"""Lines of usage that tell how far a bill goes: a discount may be written for the whole month in advance."""


_LAST_DAY = "day + CAST(days - 1 AS INTEGER)"


def bill_presence(filters: Iterable[Filter]) -> Sql:
    """Which source has lines of which account's month, as `model.cells.BillPresence` lists them."""
    sql = Sql()
    condition = where(filters, sql)
    sql.text = (
        "SELECT provider, account, billing_period, source, count(*), "
        f"min(CASE WHEN category = 'Usage' THEN day ELSE billing_period END), max(day) FILTER ({_SOLD}), "
        f"max({_LAST_DAY}) FILTER ({_SOLD}), min(day) FILTER ({_SOLD}), min({_LAST_DAY}) FILTER ({_SOLD}) "
        f"FROM charged WHERE {condition} GROUP BY ALL ORDER BY ALL"
    )
    return sql


def bills_cut(filters: Iterable[Filter]) -> Sql:
    """How many lines of usage began before the window and reach into it, and how many of those inside end after it."""
    sql, filters = Sql(), tuple(filters)
    since = max((each.window.since for each in filters if each.window.since is not None), default=None)
    until = min((each.window.until for each in filters if each.window.until is not None), default=None)
    if since is not None and until is not None and since >= until:
        since = until = None  # a side outside of the window has no part of any line
    before = beyond = "FALSE"
    if since is not None:
        before = f"started_at < {sql.bind(since)} AND ended_at > {sql.bind(since)}"
    if until is not None:
        beyond = f"started_at < {sql.bind(until)} AND ended_at > {sql.bind(until)}"
    condition = where((Filter(each.conditions) for each in filters), sql)
    sql.text = (
        f"SELECT count(*) FILTER (before), count(*) FILTER (beyond AND NOT before) FROM "
        f"(SELECT {before} AS before, {beyond} AS beyond FROM bill WHERE {condition} AND category = 'Usage')"
    )
    return sql


def told_again(filters: Iterable[Filter]) -> Sql:
    """Sets of exports that tell the same lines, and how many; table `export_of` has the export of each object.

    Exports number their lines each in its own way. Lines are the same where all that one export tells of a day, an
    account, a resource and a meter costs exactly what another says; or of a whole month, in whatever detail.
    """
    sql = Sql()
    one_day = "provider, source, account, day, category, currency, resource, sku_meter"
    told = f"SELECT bill.*, export FROM bill JOIN export_of USING (object_uri) WHERE {where(filters, sql)}"
    sql.text = (
        f"WITH told AS MATERIALIZED ({told}), again AS ({_alike(one_day, _NOT_FREE)} UNION ALL "
        f"{_alike('provider, source, billing_period, currency', _NO_ACCIDENT)}) "
        "SELECT exports, max(lines) FROM again GROUP BY ALL ORDER BY ALL"
    )
    return sql


_NOT_FREE = "billed <> 0 OR effective <> 0"
_NO_ACCIDENT = "abs(COALESCE(billed, effective)) >= 1"
"""Totals so small may be the same by chance."""


def _alike(of: str, condition: str) -> str:
    """Exports that say the same sums of `of`, and how many lines."""
    sums = ", ".join(f"round(sum({name}_cost), 6) AS {name}" for name in ("billed", "effective"))
    each = f"SELECT {of}, export, count(*) AS lines, {sums} FROM told GROUP BY ALL HAVING {condition}"
    same = (
        f"SELECT list_sort(list(export)) AS exports, sum(lines) - max(lines) AS lines FROM ({each}) "
        f"GROUP BY {of}, billed, effective HAVING count(*) > 1"
    )
    return f"SELECT exports, CAST(sum(lines) AS BIGINT) AS lines FROM ({same}) GROUP BY exports"
