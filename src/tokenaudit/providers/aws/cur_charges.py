"""Lines of a Cost and Usage Report -> rows of `charges`, column by column.

What repeats is worked out once for each distinct value (`distinct`); only amounts and identities are made for every
line.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit import schema
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.meters.aws_usage_types import read
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.bill_amounts import AMOUNT, amounts, whole_tokens
from tokenaudit.providers.aws.bill_maps import tags_of
from tokenaudit.providers.aws.bill_units import block_tokens
from tokenaudit.providers.aws.cur_columns import AMOUNTS
from tokenaudit.providers.aws.cur_lines import MARKETPLACE, Lines, product_of
from tokenaudit.providers.aws.distinct import Codes, coded, combined, spread, texts
from tokenaudit.providers.aws.line_types import LineType, line_type
from tokenaudit.providers.aws.timestamps import parse_timestamps

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.aws.charge_ids import ChargeIds

    Mask = NDArray[np.bool_]

NAME = "aws.cur"

_UTC = pa.timestamp("us", tz="UTC")
_TAGS = pa.map_(pa.string(), pa.string())

# Which column holds the cost of usage that a commitment covers: net of discounts first.
_EFFECTIVE = {
    "savings_plan": ("savings_plan_net_savings_plan_effective_cost", "savings_plan_savings_plan_effective_cost"),
    "reservation": ("reservation_net_effective_cost", "reservation_effective_cost"),
}
_COMMITMENTS = ("savings_plan_savings_plan_arn", "reservation_reservation_arn")

# What identifies a line, beside its own id: those are unique in one file at most, and may be left out of an export.
_IDENTITY = (
    "bill_payer_account_id",
    "line_item_usage_account_id",
    "line_item_line_item_type",
    "line_item_product_code",
    "line_item_usage_type",
    "line_item_operation",
)
_IDENTITY_OF_ROW = (
    "identity_line_item_id",
    "line_item_usage_start_date",
    "line_item_resource_id",
    "line_item_iam_principal",
)

# Columns that are taken as they are.
_TEXTS = {
    "billing_account_id": "bill_payer_account_id",
    "sub_account_id": "line_item_usage_account_id",
    "invoice_id": "bill_invoice_id",
    "charge_description": "line_item_line_item_description",
    "sku_id": "product_sku",
    "sku_meter": "line_item_usage_type",
    "resource_id": "line_item_resource_id",
    "pricing_unit": "pricing_unit",
    "billing_currency": "line_item_currency_code",
}

_TIMES = ("line_item_usage_start_date", "line_item_usage_end_date", "bill_billing_period_start_date")
_NO_TIME = "no time of usage and no billing period"


def batch_of(lines: Lines, uri: str, ids: ChargeIds) -> tuple[pa.RecordBatch, list[Reject]]:
    """The rows of these lines, and rejects for lines with an amount or a time that is none."""
    money, bad = _money(lines)
    times = {name: _moments(lines, name, bad) for name in _TIMES}
    starts, ends, periods = times.values()
    starts = pc.coalesce(starts, periods)
    bad[_NO_TIME] = np.asarray(pc.is_null(starts))
    refused: Mask = np.logical_or.reduce(list(bad.values()))
    rejects = []
    if refused.any():
        for at in np.flatnonzero(refused).tolist():
            reason = next(reason for reason, mask in bad.items() if mask[at])
            rejects.append(Reject(uri, int(lines.numbers[at]), reason))
        keep = pa.array(~refused)
        lines = lines.filter(~refused)
        money = {name: each.filter(keep) for name, each in money.items()}
        starts, ends, periods = (each.filter(keep) for each in (starts, ends, periods))
    columns = {
        **_constants(len(lines), uri),
        **_times(starts, ends, periods),
        **_costs_and_tokens(lines, money),
        **_words(lines),
        "charge_id": ids.of(_identities(lines)),
        "tags": _tags(lines),
    }
    form = schema.charges()
    arrays = [columns[name] for name in form.names]
    fields = [pa.field(field.name, array.type, field.nullable) for field, array in zip(form, arrays, strict=True)]
    return pa.RecordBatch.from_arrays(arrays, schema=pa.schema(fields)), rejects


def _money(lines: Lines) -> tuple[dict[str, pa.Array], dict[str, Mask]]:
    """Amounts by column, null where there is none; and by reason, the lines whose amount is none."""
    money, bad = {}, {}
    for name in AMOUNTS:
        column = lines.columns.get(name)
        if column is None:
            money[name] = pa.nulls(len(lines), AMOUNT)
        else:
            money[name], bad[f"{name} is no amount"] = amounts(column)
    return money, bad


def _moments(lines: Lines, name: str, bad: dict[str, Mask]) -> pa.Array:
    """The times of a column, null where there is none; and the lines whose time is none, into `bad`."""
    codes = lines.coded(name)
    moments = parse_timestamps(pa.array(codes.values, pa.string()))
    missing = np.array([each is None for each in codes.values])
    bad[f"{name} is no time"] = (np.asarray(pc.is_null(moments)) & ~missing)[codes.of_row]
    return moments.take(pa.array(codes.of_row))


def _constants(length: int, uri: str) -> dict[str, pa.Array]:
    everywhere = np.zeros(length, np.int64)
    offsets = pa.array(np.zeros(length + 1, np.int32))
    nothing = pa.array([], pa.string())
    return {
        "provider": texts(everywhere, [BEDROCK]),
        "source": texts(everywhere, [NAME]),
        "object_uri": texts(everywhere, [uri]),
        "charge_class": texts(everywhere, [None]),
        "focus_extra": pa.MapArray.from_arrays(offsets, nothing, nothing),
    }


def _times(starts: pa.Array, ends: pa.Array, periods: pa.Array) -> dict[str, pa.Array]:
    """A line that does not say when its time ends has none: it ends as it begins."""
    month = pc.floor_temporal(pc.coalesce(periods, starts).cast(pa.timestamp("us")), unit="month")
    return {
        "billing_period": month.cast(pa.date32()),
        "charge_period_start": starts,
        "charge_period_end": pc.coalesce(ends, starts),
    }


def _costs_and_tokens(lines: Lines, money: dict[str, pa.Array]) -> dict[str, pa.Array]:
    of_row, types = combined([lines.coded("line_item_line_item_type")], line_type)

    def where(test: Callable[[LineType], bool]) -> pa.Array:
        return pa.array(np.array([test(each) for each in types], bool)[of_row])

    quantity, unblended = money["line_item_usage_amount"], money["line_item_unblended_cost"]
    billed = pc.coalesce(money["line_item_net_unblended_cost"], unblended)
    usage = where(lambda each: each.counts_usage)
    nothing = pa.scalar(None, AMOUNT)
    effective = pc.if_else(where(lambda each: each.is_paid), billed, nothing)
    for kind, (net, plain) in _EFFECTIVE.items():
        covered = where(lambda each, kind=kind: each.covered_by == kind)  # type: ignore[misc]
        effective = pc.if_else(covered, pc.coalesce(money[net], money[plain]), effective)
    meters, blocks = _blocks(lines)
    sells = np.asarray(usage) & meters
    tokens = whole_tokens(np.asarray(quantity.cast(pa.float64()).fill_null(np.nan)), np.where(sells, blocks, np.nan))
    scale_unknown = (sells & np.isnan(blocks)).astype(np.int64)
    return {
        "charge_category": texts(of_row, [each.category for each in types]),
        "pricing_category": texts(of_row, [each.pricing_category for each in types]),
        "pricing_quantity": quantity,
        "consumed_quantity": pc.if_else(usage, quantity, nothing),
        "list_cost": money["pricing_public_on_demand_cost"],
        "contracted_cost": pc.if_else(usage, unblended, nothing),
        "billed_cost": billed,
        "effective_cost": effective,
        "tokens": tokens,
        "quantity_scale": texts(scale_unknown, ["blocks", "unknown"]),
    }


def _blocks(lines: Lines) -> tuple[Mask, NDArray[np.float64]]:
    """Whether the line's meter counts tokens; and how many one unit of it is, NaN where nothing tells."""
    columns = [*_meter_columns(lines), lines.coded("pricing_unit"), lines.coded("line_item_line_item_description")]
    of_row, sizes = combined(columns, _size)
    found = np.array(sizes, float).reshape(-1, 2)
    return found[of_row, 0] > 0, found[of_row, 1]


@lru_cache(maxsize=65_536)
def _size(
    usage_type: str | None, product: str | None, product_name: str | None, unit: str | None, description: str | None
) -> tuple[bool, float]:
    meter = _meter(usage_type, product, product_name)
    told = block_tokens(unit, description) or (meter.block_tokens if unit is None else None)
    return meter.is_token, told or np.nan


def _meter_columns(lines: Lines) -> list[Codes]:
    return [lines.coded(name) for name in ("line_item_usage_type", "product", "product_product_name")]


@lru_cache(maxsize=65_536)
def _meter(usage_type: str | None, product: str | None, product_name: str | None) -> Meter:
    return read(usage_type or "", product_of(product, product_name))


def _words(lines: Lines) -> dict[str, pa.Array]:
    """The columns of texts, and what the meter says."""

    def text(function: Callable[..., str | None], *names: str) -> pa.Array:
        return texts(*combined([lines.coded(name) for name in names], function))

    of_row, meters = combined(_meter_columns(lines), _meter)
    type_and = "line_item_line_item_type"
    has_invoices = "bill_invoice_id" in lines.columns
    return {
        **{name: text(_as_is, column) for name, column in _TEXTS.items()},
        "service_name": text(
            lambda product, name, code: product_of(product, name) or code,
            "product",
            "product_product_name",
            "line_item_product_code",
        ),
        "publisher_name": text(
            lambda entity, legal: legal if entity == MARKETPLACE else None,
            "bill_billing_entity",
            "line_item_legal_entity",
        ),
        "region_id": text(
            lambda code, old, usage: code or old or read(usage or "").region,
            "product_region_code",
            "product_region",
            "line_item_usage_type",
        ),
        "commitment_discount_id": text(_commitment, type_and, *_COMMITMENTS),
        "commitment_discount_status": text(
            lambda *values: "Used" if _commitment(*values) else None, type_and, *_COMMITMENTS
        ),
        "consumed_unit": text(
            lambda kind, unit: unit if line_type(kind).counts_usage else None, type_and, "pricing_unit"
        ),
        "model": texts(of_row, [each.model for each in meters]),
        "token_kind": texts(of_row, [each.token_kind for each in meters]),
        "scope": texts(of_row, [each.scope for each in meters]),
        "tier": texts(of_row, [each.tier for each in meters]),
        "provisional": spread(
            *combined([lines.coded("bill_invoice_id")], lambda each: has_invoices and not each), pa.bool_()
        ),
    }


def _as_is(text: str | None) -> str | None:
    return text


def _commitment(kind: str | None, savings_plan: str | None, reservation: str | None) -> str | None:
    return (savings_plan or reservation) if line_type(kind).covered_by else None


def _tags(lines: Lines) -> pa.Array:
    names = tuple(lines.tags)
    columns = [lines.coded(name) for name in ("line_item_iam_principal", "resource_tags", "tags", "cost_category")]
    columns += [coded(each, len(lines)) for each in lines.tags.values()]
    return spread(*combined(columns, lambda *values: tags_of(names, *values)), _TAGS)


def _identities(lines: Lines) -> list[bytes]:
    of_row, kinds = combined(
        [lines.coded(name) for name in _IDENTITY], lambda *values: "\x1f".join(each or "" for each in values)
    )
    parts = [spread(of_row, kinds, pa.string())]
    parts += [lines.columns[name].cast(pa.string()) for name in _IDENTITY_OF_ROW if name in lines.columns]
    joined = pc.binary_join_element_wise(*parts, "\x1f", null_handling="replace", null_replacement="")
    found: list[bytes] = joined.cast(pa.binary()).to_pylist()
    return found
