"""One line of a FOCUS file -> one row of `charges`.

The columns are FOCUS's own by another spelling. What has no home, and the original of whatever was changed on the way,
is kept in `focus_extra` under its FOCUS name: who writes FOCUS again, and lets `focus_extra` win, gives back what was
read.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.model.azure_regions import region_id
from tokenaudit.model.columns import AZURE, BEDROCK, CHARGE_CATEGORIES
from tokenaudit.model.focus_columns import ESTIMATED_AT, TOKEN_COLUMNS
from tokenaudit.providers.bill_numbers import BadNumberError, amount
from tokenaudit.providers.focus.names import DECIMALS, FOCUS_NAMES, HOMES, value_of
from tokenaudit.providers.focus.tags import read_tags

if TYPE_CHECKING:
    from collections.abc import Mapping

Row = dict[str, Any]

# FOCUS 1.0-preview had no category of credits, and said the use of commitments in `ChargeSubcategory`.
_CATEGORIES = {category.lower(): category for category in CHARGE_CATEGORIES}
_CREDITS = frozenset(("credit", "refund"))
_STATUSES = {"used commitment": "Used", "unused commitment": "Unused"}
_PRICING = {"on-demand": "Standard", "commitment-based": "Committed", "commitment discount": "Committed"}

_CLOUD_ITSELF = {
    BEDROCK: re.compile(r"(?:aws|amazon)\b.*", re.IGNORECASE),
    AZURE: re.compile(r"microsoft\b.*", re.IGNORECASE),
}
_SUBSCRIPTION = re.compile(r"/?(?:subscriptions/)?", re.IGNORECASE)
_TEXTS = (
    *("billing_account_id", "sub_account_id", "invoice_id", "charge_class", "charge_description", "service_name"),
    *("publisher_name", "sku_id", "sku_meter", "region_id", "resource_id", "commitment_discount_id"),
    *("commitment_discount_status", "pricing_category", "pricing_unit", "consumed_unit", "billing_currency"),
)


class RefusedError(ValueError):
    """Why a line cannot be a row, in words that hold none of its content."""


def charge(line: Mapping[str, str], provider: str, *, tells_invoices: bool) -> Row:
    """The columns that need no vocabulary of meters. `line` is by FOCUS name, without empty cells. Raises RefusedError.

    Where the file has no column for the invoice, it does not say what is provisional. Identity, tokens and what the
    meter says are not in the row.
    """
    if ESTIMATED_AT in line:
        raise RefusedError("an estimate made of logs: nobody charges it")
    row: Row = {"provider": provider, "source": "focus"}
    extra = dict(line)
    for column in _TEXTS:
        row[column] = _take(extra, line, column)
    for column in DECIMALS:
        row[column] = _decimal(extra, line, column)
    _take_times(row, extra, line)
    row["charge_category"] = _category(extra, line)
    _take_tags(row, extra, line)
    row["provisional"] = tells_invoices and row["invoice_id"] is None
    row["commitment_discount_status"] = row["commitment_discount_status"] or _STATUSES.get(
        line.get("ChargeSubcategory", "").lower()
    )
    _change(row, extra, "pricing_category", _PRICING.get((row["pricing_category"] or "").lower()))
    _settle(row, extra, line, provider)
    row["focus_extra"] = extra
    return row


def forget_echoes(row: Row) -> None:
    """Columns that an export of ours adds say again what the meter says: where they agree they are no extra."""
    for column, name in TOKEN_COLUMNS.items():
        if row.get(column) is not None and row["focus_extra"].get(name) == str(row[column]):
            del row["focus_extra"][name]


def _settle(row: Row, extra: dict[str, str], line: Mapping[str, str], provider: str) -> None:
    """What the ledger writes in one way, whoever is billing."""
    publisher = row["publisher_name"]
    if publisher and _CLOUD_ITSELF[provider].fullmatch(publisher):
        row["publisher_name"] = None
        extra["PublisherName"] = publisher
    if row["list_cost"] == 0 and _has_no_list_price(row, line):
        row["list_cost"] = None
        extra["ListCost"] = line["ListCost"]
    if provider == AZURE:
        _change(row, extra, "sub_account_id", _SUBSCRIPTION.sub("", row["sub_account_id"] or "", count=1).lower())
        _change(row, extra, "resource_id", (row["resource_id"] or "").lower())
        region = row["region_id"] or line.get("RegionName")
        if region:
            row["region_id"] = row["region_id"] and region
            mapped = region_id(region)
            if mapped is None and row["region_id"]:
                extra[FOCUS_NAMES["region_id"]], row["region_id"] = row["region_id"], None
            _change(row, extra, "region_id", mapped)


def _has_no_list_price(row: Row, line: Mapping[str, str]) -> bool:
    """Whether a list cost of 0 means that there is no list price: both clouds write so for the Marketplace.

    That is unknown, and no gift. A price of 0 is none either where the line costs something.
    """
    if row["charge_category"] not in {"Usage", "Purchase"}:
        return False
    if "ListUnitPrice" not in line:
        return True
    costs = (row["contracted_cost"], row["billed_cost"], row["effective_cost"])
    return not _exactly(line["ListUnitPrice"]) and any(costs)


def _take(extra: dict[str, str], line: Mapping[str, str], column: str) -> str | None:
    """The value with a home in this column. It is an extra no longer, unless its several names disagree."""
    names = HOMES[column]
    found = {line[name] for name in names if name in line}
    if len(found) == 1:
        for name in names:
            extra.pop(name, None)
    return value_of(line, column)


def _change(row: Row, extra: dict[str, str], column: str, value: str | None) -> None:
    """Another spelling for a column; the original is kept."""
    original = row[column]
    if value and value != original:
        row[column] = value
        if original:
            extra[FOCUS_NAMES[column]] = original


def _decimal(extra: dict[str, str], line: Mapping[str, str], column: str) -> Decimal | None:
    text = _take(extra, line, column)
    if text is None:
        return None
    try:
        value = amount(text)
    except BadNumberError:
        raise RefusedError(f"{FOCUS_NAMES[column]} is no number") from None
    if value != Decimal(text):
        extra[FOCUS_NAMES[column]] = text
    return value


def _exactly(text: str) -> Decimal | None:
    try:
        return amount(text)
    except BadNumberError:
        return None


def _take_times(row: Row, extra: dict[str, str], line: Mapping[str, str]) -> None:
    for column in ("charge_period_start", "charge_period_end"):
        text = _take(extra, line, column)
        if text is None:
            raise RefusedError(f"{FOCUS_NAMES[column]} is missing")
        row[column] = _time(text, FOCUS_NAMES[column])
    if row["charge_period_end"] < row["charge_period_start"]:
        raise RefusedError("the charge period ends before it starts")
    text = _take(extra, line, "billing_period")
    name = FOCUS_NAMES["billing_period"]
    begin = row["charge_period_start"] if text is None else _time(text, name)
    first = begin.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    row["billing_period"] = first.date()
    if text is not None and begin != first:
        extra[name] = text


def _time(text: str, name: str) -> datetime:
    """ISO 8601 with or without seconds, `T` and zone; UTC where no zone is written, as FOCUS demands."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(f"{name} is no time") from None


def _category(extra: dict[str, str], line: Mapping[str, str]) -> str:
    text = _take(extra, line, "charge_category")
    if text is None:
        # FOCUS forbids a consumed quantity in every other category.
        if value_of(line, "consumed_quantity") is None:
            raise RefusedError("ChargeCategory is missing")
        return "Usage"
    category = _CATEGORIES.get(text.lower())
    if category is None:
        raise RefusedError("ChargeCategory is none that FOCUS knows")
    if category == "Adjustment" and line.get("ChargeSubcategory", "").lower() in _CREDITS:
        extra["ChargeCategory"] = text
        return "Credit"
    return category


def _take_tags(row: Row, extra: dict[str, str], line: Mapping[str, str]) -> None:
    row["tags"], whole = read_tags(line.get("Tags", ""))
    if whole:
        extra.pop("Tags", None)
