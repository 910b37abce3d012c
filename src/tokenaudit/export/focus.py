"""Charges as FOCUS 1.2, https://focus.finops.org/focus-specification/v1-2: one line a charge.

What the ledger holds goes under FOCUS's names. Columns without a home in the ledger come from `focus_extra` as they
were read, and the originals there go before what the ledger made of them. What no source told is filled in only where
FOCUS itself says what it must be; docs/focus.md lists these rules. All else that is not known is null.
"""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import ROUND_HALF_EVEN, Context, Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.focus_columns import AMOUNTS, FOCUS_1_2, FOCUS_NAMES, INSTANTS, TOKEN_COLUMNS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Line = dict[str, Any]

_AMOUNT = pa.decimal128(38, 12)
_PLACES = Decimal(1).scaleb(-12)
_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_CLOUDS = {BEDROCK: "AWS", AZURE: "Microsoft"}
_ACCOUNT_TYPES = {BEDROCK: ("Payer Account", "Member Account"), AZURE: ("Billing Account", "Subscription")}
_SERVICES = {BEDROCK: "Amazon Bedrock", AZURE: "Azure OpenAI"}
INVOICE = "InvoiceId"
_PRICED = ("Usage", "Purchase")
_BLOCKS = {"1k": 1000, "1m": 1_000_000, "1": 1, "": 1}


def form(extra: Iterable[str]) -> pa.Schema:
    """The columns of a file whose charges have these names in their `focus_extra`: FOCUS's, ours, and all others.

    `InvoiceId`, which FOCUS lets a file leave out, is one of them where it is named: a file that has it says of every
    line without an invoice that there is none yet.
    """
    named = set(extra)
    known = (*(name for name in FOCUS_1_2 if name != INVOICE or name in named), *TOKEN_COLUMNS.values())
    others = sorted(named.difference(known))
    return pa.schema([pa.field(name, _type(name)) for name in (*known, *others)])


def _type(name: str) -> pa.DataType:
    if name in AMOUNTS:
        return _AMOUNT
    if name in INSTANTS:
        return pa.timestamp("s", tz="UTC")
    return pa.int64() if name == TOKEN_COLUMNS["tokens"] else pa.string()


def batches(charges: Iterable[pa.RecordBatch], columns: pa.Schema) -> Iterator[pa.RecordBatch]:
    """Batches of charges as batches of FOCUS lines."""
    for batch in charges:
        lines = [line(row) for row in batch.to_pylist()]
        arrays = [pa.array([each.get(field.name) for each in lines], field.type) for field in columns]
        yield pa.RecordBatch.from_arrays(arrays, schema=columns)


def line(row: Mapping[str, Any]) -> Line:
    """One charge."""
    found: Line = {
        name: row[column] for column, name in FOCUS_NAMES.items() if column not in ("tags", "billing_period")
    }
    found["BillingPeriodStart"] = _midnight(row["billing_period"])
    found["BillingPeriodEnd"] = _midnight(_month_after(row["billing_period"]))
    found["Tags"] = json.dumps(dict(row["tags"]), ensure_ascii=False, sort_keys=True) if row["tags"] else None
    for column, name in TOKEN_COLUMNS.items():
        found[name] = row[column]
    for name, text in dict(row["focus_extra"]).items():
        found[name] = _read(name, text, found.get(name))
    _fill(found, row)
    return found


def _month_after(month: date) -> date:
    """The first day of the next month; of the last that a calendar has, the last day of all."""
    return date.max if month >= date.max.replace(day=1) else (month + timedelta(days=32)).replace(day=1)


def _read(name: str, text: str, known: Any) -> Any:
    """A text of `focus_extra` in the type of its column; what is not of it is kept out, for no column can hold it.

    `known` is what the line says without it.
    """
    if name in AMOUNTS:
        try:
            amount = Decimal(text)
            return rounded(amount) if amount.is_finite() else None
        except InvalidOperation:
            return None
    if name in INSTANTS:
        try:
            moment = datetime.fromisoformat(text)
        except ValueError:
            return known
        return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return text


def _fill(found: Line, row: Mapping[str, Any]) -> None:
    """What FOCUS demands and no source told, by its own rules. A line that was read from FOCUS told all it had."""
    cloud = _CLOUDS[row["provider"]]
    named = {
        "ProviderName": cloud,
        "InvoiceIssuerName": cloud,
        "PublisherName": cloud,
        "ServiceCategory": "AI and Machine Learning",
        "ServiceSubcategory": "Generative AI",
        "ServiceName": _SERVICES[row["provider"]],
        "PricingCurrency": row["billing_currency"],
    }
    if row["source"] == "focus":
        # NOTE: 1.0 and 1.0-preview had fewer columns. The names are the cloud's in any version.
        _default(found, named, ("ProviderName", "InvoiceIssuerName", "PublisherName"))
        return
    _default(found, named, named)
    payer, member = _ACCOUNT_TYPES[row["provider"]]
    _default_with(
        found, "BillingAccountId", {"BillingAccountType": payer, "BillingAccountName": found["BillingAccountId"]}
    )
    _default_with(found, "SubAccountId", {"SubAccountType": member, "SubAccountName": found["SubAccountId"]})
    _default_with(found, "RegionId", {"RegionName": found["RegionId"]})
    _default_with(found, "ResourceId", {"ResourceType": _resource_type(str(found["ResourceId"]))})
    category = row["charge_category"]
    found["ChargeFrequency"] = "Usage-Based" if category == "Usage" else "One-Time"
    if category == "Tax":
        found.update(dict.fromkeys(("PricingQuantity", "PricingUnit", "PricingCategory", "SkuId", "SkuMeter")))
    else:
        found["SkuId"] = found["SkuId"] or found["SkuMeter"]
    if category in _PRICED:
        _describe_price(found, row)
    _settle_costs(found, row)
    _settle_units(found, row)
    for name in ("ListUnitPrice", "ContractedUnitPrice", "EffectiveCost"):
        found[f"PricingCurrency{name}"] = found.get(name)


def _describe_price(found: Line, row: Mapping[str, Any]) -> None:
    committed = row["commitment_discount_id"] is not None and row["charge_category"] == "Usage"
    found["PricingCategory"] = found["PricingCategory"] or ("Committed" if committed else "Standard")
    if found["SkuId"] is not None:
        found["SkuPriceId"] = f"{found['SkuId']}/{row['billing_currency']}/{found['PricingCategory']}"
        model = {"x_ModelId": row["model"], "x_TokenType": row["token_kind"]}
        told = {name: value for name, value in model.items() if value is not None}
        found["SkuPriceDetails"] = json.dumps(told, sort_keys=True) if told else None


def _settle_costs(found: Line, row: Mapping[str, Any]) -> None:
    """Without a commitment both costs are one; what has no price list costs at list what is billed for it."""
    if row["commitment_discount_id"] is None:
        found["BilledCost"], found["EffectiveCost"] = (
            found["BilledCost"] if found["BilledCost"] is not None else found["EffectiveCost"],
            found["EffectiveCost"] if found["EffectiveCost"] is not None else found["BilledCost"],
        )
    if row["charge_category"] not in _PRICED:
        for name in ("ListCost", "ContractedCost"):
            found[name] = found[name] if found[name] is not None else found["BilledCost"]


def _settle_units(found: Line, row: Mapping[str, Any]) -> None:
    """Unit prices are the cost by the quantity; tokens are what was consumed, where no other amount was told."""
    quantity = found["PricingQuantity"]
    if quantity is not None and row["charge_category"] in _PRICED:
        for unit, cost in (("ListUnitPrice", "ListCost"), ("ContractedUnitPrice", "ContractedCost")):
            if quantity and found[cost] is not None:
                found[unit] = rounded(_CONTEXT.divide(found[cost], Decimal(quantity)))
    if row["tokens"] is not None and found["ConsumedQuantity"] is None and row["charge_category"] == "Usage":
        found["ConsumedQuantity"], found["ConsumedUnit"] = Decimal(row["tokens"]), "Tokens"
    for amount, unit in (("PricingQuantity", "PricingUnit"), ("ConsumedQuantity", "ConsumedUnit")):
        found[unit] = _unit(found[unit], row["token_kind"])
        if found[amount] is None or found[unit] is None:
            found[amount] = found[unit] = None


def _unit(text: str | None, token_kind: str | None) -> str | None:
    """A unit as FOCUS writes units, where it is one of those that the clouds sell tokens and consumption units in."""
    if text is None:
        return None
    word = text.lower().removesuffix("tokens").strip()
    if token_kind is not None and word in _BLOCKS:
        return f"{_BLOCKS[word]} Tokens".removeprefix("1 ")
    return "Units" if text == "1" else text


def _default(found: Line, values: Mapping[str, Any], names: Iterable[str]) -> None:
    for name in names:
        if found.get(name) is None:
            found[name] = values[name]


def _default_with(found: Line, owner: str, values: Mapping[str, Any]) -> None:
    if found[owner] is not None:
        _default(found, values, values)


def _resource_type(resource_id: str) -> str:
    """What an ARN or an Azure resource id says of it."""
    if resource_id.startswith("arn:"):
        return resource_id.split(":", 5)[-1].partition("/")[0]
    parts = resource_id.rsplit("/providers/", maxsplit=1)[-1].split("/")
    return "/".join(parts[:2]) if len(parts) > 1 else "resource"


def rounded(amount: Decimal) -> Decimal:
    """An amount as the columns hold it: twelve places, half to even."""
    return amount.quantize(_PLACES, context=_CONTEXT)


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
