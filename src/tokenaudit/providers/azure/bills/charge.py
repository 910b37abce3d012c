"""One line of a bill -> one row of `charges`."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from hashlib import blake2b
from typing import TYPE_CHECKING

from tokenaudit.model.azure_regions import region_id
from tokenaudit.model.columns import AZURE
from tokenaudit.model.meters.azure_sales import model_sold, scope_bought
from tokenaudit.providers.azure.bills import amounts
from tokenaudit.providers.azure.bills.columns import IDENTITY
from tokenaudit.providers.azure.bills.dates import Order, day, month_end
from tokenaudit.providers.azure.bills.selection import is_capacity, is_marketplace
from tokenaudit.providers.azure.bills.tags import tags_of
from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.bill_numbers import times, whole

if TYPE_CHECKING:
    from decimal import Decimal

    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.azure.bills.columns import Line
    from tokenaudit.providers.azure.bills.scale import Measure, Scale
    from tokenaudit.providers.rows import Row

_CATEGORIES = {
    "": "Usage",
    "usage": "Usage",
    "unusedreservation": "Usage",
    "unusedsavingsplan": "Usage",
    "purchase": "Purchase",
    "refund": "Credit",
    "credit": "Credit",
    "tax": "Tax",
}
"""Charge types; any other, such as `RoundingAdjustment`, is an `Adjustment`."""

_PRICED_AS = {"ondemand": "Standard", "reservation": "Committed", "savingsplan": "Committed", "spot": "Dynamic"}
_SUBSCRIPTION = re.compile(r"^/subscriptions/([^/]+)")


@dataclass(frozen=True)
class Setting:
    """What holds for all lines of one object.

    `spreads` says that costs are amortised. `last_day` is the latest day of any line, ours or not. `tells_invoices`
    says that the bill has a column for the invoice, which is empty until there is one.
    """

    source: str
    uri: str
    order: Order
    spreads: bool
    last_day: date | None
    tells_invoices: bool


@dataclass
class Identities:
    """Ids of lines: equal lines of one object are told apart by their ordinal."""

    of: str
    _seen: Counter[bytes] = field(default_factory=Counter)

    def next(self, line: Line) -> str:
        """The id of this line."""
        cells = "\x1f".join(line.get(name) or "" for name in IDENTITY)
        key = blake2b(f"{self.of}\x1f{cells}".encode("utf-8", "replace"), digest_size=16).digest()
        self._seen[key] += 1
        return blake2b(key + str(self._seen[key]).encode(), digest_size=16).hexdigest()


def charge(line: Line, meter: Meter, measure: Measure, scale: Scale, setting: Setting) -> Row:
    """The row, but for its id. Raises RecordError where date or cost is missing or cannot be."""
    begins, ends = _period(line, setting.order)
    start = day(line.get("period_start") or "", setting.order) or begins
    end = day(line.get("period_end") or "", setting.order) or month_end(start)
    cost = amounts.number(line.get("cost"), "the cost")
    if cost is None:
        raise RecordError("no cost")
    kind = line.word("charge_type").replace(" ", "")
    category = _CATEGORIES.get(kind, "Adjustment")
    invoice = line.get("invoice")
    is_correction = line.get("previous_invoice") is not None or (cost < 0 and category in {"Usage", "Purchase"})
    return {
        "provider": AZURE,
        "source": setting.source,
        "billing_period": start.replace(day=1),
        "charge_period_start": _midnight(begins),
        "charge_period_end": _midnight(ends),
        "billing_account_id": line.get("billing_account"),
        "invoice_id": invoice,
        "charge_category": category,
        "charge_class": "Correction" if is_correction else None,
        "charge_description": line.get("product"),
        "service_name": line.get("category"),
        "sku_id": line.get("meter_id"),
        "sku_meter": line.get("meter"),
        "billed_cost": None if setting.spreads else amounts.stored(cost),
        "effective_cost": amounts.stored(cost) if setting.spreads else None,
        "billing_currency": line.get("currency"),
        **_place(line),
        **_publisher(line),
        **_commitment(line, kind),
        **_quantity(line, measure, scale),
        **_list_costs(line, measure, scale),
        **_sold(line, meter),
        "tokens": _tokens(measure, scale) if category == "Usage" and meter.is_token else None,
        "quantity_scale": scale,
        "provisional": invoice is None if setting.tells_invoices else _is_open(end, setting.last_day),
        "tags": _tags(line),
        "object_uri": setting.uri,
    }


def _period(line: Line, order: Order) -> tuple[date, date]:
    """What the line is for: a day, or the month of an answer that is grouped by month; the end is exclusive."""
    written = line.get("date")
    if written is not None:
        named = day(written, order)
        if named is None:
            raise RecordError("the date is no date")
        return named, named + timedelta(days=1)
    month = day(line.get("month") or "", order)
    if month is None:
        raise RecordError("no date")
    return month.replace(day=1), month_end(month) + timedelta(days=1)


def _midnight(of: date) -> datetime:
    return datetime.combine(of, time(), UTC)


def _is_open(end: date, last_day: date | None) -> bool:
    """Whether the bill may still grow, as far as it tells itself: it has no line yet of its period's last day."""
    return last_day is None or last_day < end


def _place(line: Line) -> Row:
    resource = line.word("resource") or None
    found = _SUBSCRIPTION.match(resource or "")
    return {
        "sub_account_id": line.word("subscription") or (found.group(1) if found else None),
        "resource_id": resource,
        "region_id": region_id(line.get("location")),
    }


def _publisher(line: Line) -> Row:
    name = line.get("publisher")
    theirs = name is not None and not name.casefold().startswith("microsoft")
    return {"publisher_name": name if theirs else None}


def _commitment(line: Line, kind: str) -> Row:
    bought = line.get("reservation") or line.get("benefit")
    status = None
    if kind.startswith("unused"):
        status = "Unused"
    elif bought is not None and kind in {"", "usage"}:
        status = "Used"
    category = _PRICED_AS.get(line.word("pricing_model").replace(" ", ""))
    return {
        "commitment_discount_id": bought,
        "commitment_discount_status": status,
        "pricing_category": "Committed" if status else category,
    }


def _quantity(line: Line, measure: Measure, scale: Scale) -> Row:
    """Of unknown scale, the quantity stays as it is written, and its unit is unknown."""
    unit = line.get("unit")
    known = scale != "unknown"
    used = "Tokens" if measure.sells_tokens else amounts.counted(unit) if unit else None
    return {
        "pricing_quantity": amounts.stored(measure.units(scale)),
        "pricing_unit": unit,
        "consumed_quantity": amounts.stored(measure.amount(scale) if known else measure.quantity),
        "consumed_unit": used if known else None,
    }


def _list_costs(line: Line, measure: Measure, scale: Scale) -> Row:
    """At list and at negotiated price. Prices in another currency than the bill's are not converted here.

    A price of 0 is what the bill writes where it knows none: Marketplace, and what a reservation covers.
    """
    listed = amounts.price(line.get("list_cost"))
    contracted = None
    if line.get("pricing_currency") in {None, line.get("currency")}:
        units: Decimal | None = measure.units(scale)
        listed = listed or times(units, amounts.price(line.get("list_price")))
        contracted = times(units, amounts.price(line.get("unit_price")))
    return {"list_cost": amounts.stored(listed), "contracted_cost": amounts.stored(contracted)}


def _sold(line: Line, meter: Meter) -> Row:
    """Model, kind of token, scope and tier.

    The Marketplace names no scope, and the model in the resource at most; consumption units are of no one model.
    """
    scope, tier = meter.scope, meter.tier
    if is_capacity(line):
        said = " ".join(line.word(name) for name in ("product", "order_name", "sub_category", "meter"))
        tier = "provisioned"
        scope = scope_bought(said) or scope
    elsewhere = is_marketplace(line)
    return {
        "model": model_sold(meter, line.word("resource")) if elsewhere else meter.model,
        "token_kind": meter.token_kind,
        "scope": None if elsewhere and scope == "regional" and "reg" not in line.word("meter") else scope,
        "tier": tier,
    }


def _tokens(measure: Measure, scale: Scale) -> int | None:
    amount = measure.amount(scale)
    return None if amount is None else whole(amount)


def _tags(line: Line) -> dict[str, str]:
    tags = tags_of(line.get("tags"))
    key = line.get("tag_key")
    return tags if key is None else {**tags, key: line.get("tag_value") or ""}
