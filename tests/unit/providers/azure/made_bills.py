"""Bills in a few words: lines of an Enterprise Agreement, as CSV, and what a source makes of an object."""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from tokenaudit.model.ports import Blob
from tokenaudit.providers.azure.bills.cost_export import CostExport
from tokenaudit.providers.azure.bills.cost_query import CostQuery

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
ACCOUNT = (
    f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-llm/providers/Microsoft.CognitiveServices/accounts/contoso-ai"
)
LINE: dict[str, str] = {
    "SubscriptionId": SUBSCRIPTION,
    "Date": "10/01/2026",
    "MeterCategory": "Foundry Models",
    "MeterSubCategory": "Azure OpenAI GPT5",
    "MeterId": "meter-1",
    "MeterName": "5.4 inp Gl 1M Tokens",
    "UnitOfMeasure": "1M",
    "Quantity": "2",
    "EffectivePrice": "2.5",
    "UnitPrice": "2.5",
    "PayGPrice": "2.5",
    "CostInBillingCurrency": "5",
    "ConsumedService": "Microsoft.CognitiveServices",
    "ResourceId": ACCOUNT,
    "Tags": '"team": "search"',
    "ReservationId": "",
    "PublisherType": "Azure",
    "PublisherName": "Microsoft",
    "ChargeType": "Usage",
    "PricingModel": "OnDemand",
    "ProductName": "",
    "BillingCurrencyCode": "USD",
    "BillingPeriodStartDate": "10/01/2026",
    "BillingPeriodEndDate": "10/31/2026",
}
FOREIGN = {
    "MeterCategory": "Virtual Machines",
    "MeterSubCategory": "Dsv5 Series",
    "MeterName": "D4s v5",
    "ConsumedService": "Microsoft.Compute",
}
COVERED = {
    "MeterSubCategory": "Azure OpenAI",
    "MeterName": "Provisioned Managed Global Unit",
    "MeterId": "meter-ptu",
    "UnitOfMeasure": "1/Hour",
    "PricingModel": "Reservation",
    "ReservationId": "reservation-1",
}


def bill(*lines: Mapping[str, str]) -> bytes:
    """A CSV whose lines differ from `LINE` as told."""
    text = io.StringIO()
    writer = csv.DictWriter(text, list(LINE), lineterminator="\r\n")
    writer.writeheader()
    writer.writerows({**LINE, **line} for line in lines)
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def answer(columns: Iterable[str], *rows: list[Any], **beside: Any) -> bytes:
    """An answer of the Query API."""
    properties = {"nextLink": None, "columns": [{"name": name, "type": "String"} for name in columns], "rows": rows}
    return json.dumps({"type": "Microsoft.CostManagement/query", "properties": properties, **beside}).encode()


class Reading:
    """What a source makes of one object: rows, rejects as (line, reason), and how many lines were foreign."""

    def __init__(self, source: CostExport | CostQuery, *pieces: bytes, export: str | None = None) -> None:
        parts = list(source.normalise([Blob("folder/part_0_0001.csv", pieces, export=export)]))
        self.rows: list[dict[str, Any]] = [
            row for part in parts for row in part.batch.to_pylist(maps_as_pydicts="strict")
        ]
        self.rejects = [(each.line, each.reason) for part in parts for each in part.rejects]
        self.foreign = sum(number for part in parts for number in part.foreign.values())
        self.records = sum(number for part in parts for number in part.records.values())


def exported(*pieces: bytes, export: str | None = None) -> Reading:
    """What `azure.cost_export` makes of an object."""
    return Reading(CostExport(), *pieces, export=export)


def queried(*pieces: bytes) -> Reading:
    """What `azure.cost_query` makes of an object."""
    return Reading(CostQuery(), *pieces)
