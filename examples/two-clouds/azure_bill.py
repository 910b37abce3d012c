"""The Azure bill of the week: a month-to-date export of actual costs, in the columns of an Enterprise Agreement.

The OpenAI models have a meter for each kind of token, by the 1,000. All that Claude did is one meter of the
Marketplace, the Claude Consumption Unit, on a resource of its own that names neither deployment nor tokens.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from azure_logs import CHAT_MINI, CHAT_PROD, CLAUDE, EMBED_SMALL, Call, Traffic
from bedrock_bill import plain
from week import Dice

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Line = dict[str, str]
Answered = tuple[Traffic, Call]

EXPORT = "two-clouds-actual"
ENROLLMENT = "1234567"
PART = "part_0_0001.csv"
PERIOD = (datetime(2026, 10, 1, tzinfo=UTC), datetime(2026, 10, 31, tzinfo=UTC))
# The first run knows Thursday until noon; the last one comes when the month is closed.
RUNS = (
    (datetime(2026, 10, 8, 18, 10, tzinfo=UTC), datetime(2026, 10, 8, 12, tzinfo=UTC)),
    (datetime(2026, 11, 5, 6, 10, tzinfo=UTC), datetime(2026, 11, 1, tzinfo=UTC)),
)

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
_GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/llm/providers"
CHAT_ACCOUNT = f"{_GROUP}/Microsoft.CognitiveServices/accounts/chat-eastus2"
FOUNDRY_ACCOUNT = f"{_GROUP}/Microsoft.CognitiveServices/accounts/foundry-eastus2"

# fmt: off
COLUMNS = (
    "InvoiceSectionName", "AccountName", "AccountOwnerId", "SubscriptionId", "SubscriptionName", "ResourceGroup",
    "ResourceLocation", "Date", "ProductName", "MeterCategory", "MeterSubCategory", "MeterId", "MeterName",
    "MeterRegion", "UnitOfMeasure", "Quantity", "EffectivePrice", "CostInBillingCurrency", "CostCenter",
    "ConsumedService", "ResourceId", "Tags", "OfferId", "AdditionalInfo", "ServiceInfo1", "ServiceInfo2",
    "ResourceName", "ReservationId", "ReservationName", "UnitPrice", "ProductOrderId", "ProductOrderName", "Term",
    "PublisherType", "PublisherName", "ChargeType", "Frequency", "PricingModel", "AvailabilityZone", "BillingAccountId",
    "BillingAccountName", "BillingCurrencyCode", "BillingPeriodStartDate", "BillingPeriodEndDate", "BillingProfileId",
    "BillingProfileName", "InvoiceSectionId", "IsAzureCreditEligible", "PartNumber", "PayGPrice", "PlanName",
    "ServiceFamily", "CostAllocationRuleName", "benefitId", "benefitName", "AccountId", "ResourceLocationNormalized",
)
# fmt: on


@dataclass(frozen=True)
class Meter:
    """A meter: what it is called, what one unit costs in US dollars, and on which resource it runs."""

    name: str
    usd: Decimal
    resource: str
    category: str = "Foundry Models"
    sub_category: str = "Azure OpenAI"
    unit: str = "1K"
    region: str = "Global"
    publisher: str = "Microsoft"
    family: str = "AI + Machine Learning"
    tags: str = ""
    """An Enterprise Agreement writes them without braces."""


def _by_kind(account: str, **named: tuple[str, str]) -> dict[str, Meter]:
    return {kind: Meter(name, Decimal(usd), account) for kind, (name, usd) in named.items()}


# Deployment -> kind of token -> meter. `prompt` is what did not come from a cache.
_TOKENS: dict[str, dict[str, Meter]] = {
    CHAT_PROD.deployment: _by_kind(
        CHAT_ACCOUNT,
        prompt=("gpt 4.1 Inp Data Zone Tokens", "0.0022"),
        cached=("gpt 4.1 cached Inp Data Zone Tokens", "0.00055"),
        answer=("gpt 4.1 Outp Data Zone Tokens", "0.0088"),
    ),
    CHAT_MINI.deployment: _by_kind(
        FOUNDRY_ACCOUNT,
        prompt=("gpt 4.1 mini Inp glbl Tokens", "0.0004"),
        cached=("gpt 4.1 mini cached Inp glbl Tokens", "0.0001"),
        answer=("gpt 4.1 mini Outp glbl Tokens", "0.0016"),
    ),
    EMBED_SMALL.deployment: _by_kind(FOUNDRY_ACCOUNT, prompt=("text-embedding-3-small-glbl Tokens", "0.00002")),
}
# Anthropic's list for one token, in US dollars; the sum is billed in units of a cent.
_CLAUDE_USD = {"prompt": Decimal("0.000003"), "cached": Decimal("0.0000003"), "answer": Decimal("0.000015")}
_CLAUDE_UNIT = Meter(
    "Claude Consumption Unit",
    Decimal("0.01"),
    f"{_GROUP}/Microsoft.SaaS/resources/claude-sonnet-4-5-5f0e7d1c-3b52-4a86-9c1d-7e2a64b8d930",
    category="SaaS",
    sub_category="Anthropic Claude",
    unit="1",
    publisher="Anthropic",
)
# Nothing to do with language models: it runs all month, at so many units a day.
_FOREIGN = (
    (
        Meter(
            "Standard v2 Unit",
            Decimal("0.9589"),
            f"{_GROUP}/Microsoft.ApiManagement/service/llm-gateway",
            category="API Management",
            sub_category="API Management",
            unit="1 Hour",
            region="US East 2",
            family="Developer Tools",
        ),
        Decimal(24),
    ),
    (
        Meter(
            "Hot LRS Data Stored",
            Decimal("0.0184"),
            f"{_GROUP}/Microsoft.Storage/storageAccounts/llmlogs",
            category="Storage",
            sub_category="Tiered Block Blob",
            unit="1 GB/Month",
            region="US East 2",
            family="Storage",
            tags='"env":"prod","team":"platform"',
        ),
        Decimal("0.21"),
    ),
)


@dataclass(frozen=True)
class Run:
    """One run of the export: when it was started, what it knows of, and where it lies."""

    submitted: datetime
    until: datetime
    run_id: str
    folder: str


def runs(seed: int) -> list[Run]:
    """The runs in the order of time; each has a folder of its own."""
    dice = Dice(seed, "azure export")
    period = f"{PERIOD[0]:%Y%m%d}-{PERIOD[1]:%Y%m%d}"
    found = []
    for submitted, until in RUNS:
        run_id = dice.uuid()
        folder = f"exports/{EXPORT}/{period}/{submitted:%Y%m%d%H%M}/{run_id}"
        found.append(Run(submitted, until, run_id, folder))
    return found


def manifest(run: Run, data: bytes) -> dict[str, Any]:
    """What the export writes beside the data of a run."""
    scope = f"/providers/Microsoft.Billing/billingAccounts/{ENROLLMENT}"
    rows = data.count(b"\n") - 1
    return {
        "manifestVersion": "2024-04-01",
        "byteCount": len(data),
        "blobCount": 1,
        "dataRowCount": rows,
        "exportConfig": {
            "exportName": EXPORT,
            "resourceId": f"{scope}/providers/Microsoft.CostManagement/exports/{EXPORT}",
            "dataVersion": "2024-08-01",
            "apiVersion": "2023-07-01-preview",
            "type": "ActualCost",
            "timeFrame": "MonthToDate",
            "granularity": "Daily",
        },
        "deliveryConfig": {
            "partitionData": True,
            "dataOverwriteBehavior": "CreateNewReport",
            "fileFormat": "Csv",
            "compressionMode": "none",
            "containerUri": "https://examplebilling.blob.core.windows.net/costs",
            "rootFolderPath": "exports",
        },
        "runInfo": {
            "executionType": "Scheduled",
            "submittedTime": run.submitted.strftime("%Y-%m-%dT%H:%M:%S.0000000Z"),
            "runId": run.run_id,
            "startDate": PERIOD[0].strftime("%Y-%m-%dT00:00:00"),
            "endDate": PERIOD[1].strftime("%Y-%m-%dT00:00:00"),
        },
        "blobs": [{"blobName": f"{run.folder}/{PART}", "byteCount": len(data), "dataRowCount": rows}],
    }


def lines(answered: Sequence[Answered], seed: int, until: datetime) -> list[Line]:
    """What a run says of the calls before `until`: one line a day and meter."""
    sums: Counter[tuple[datetime, Meter]] = Counter()
    units: dict[tuple[datetime, Meter], Decimal] = {}
    for traffic, call in answered:
        if call.at < until:
            day = call.at.replace(hour=0, minute=0, second=0, microsecond=0)
            tokens = _tokens(traffic, call)
            for kind, meter in _TOKENS.get(traffic.deployment, {}).items():
                sums[day, meter] += tokens[kind]
            if traffic is CLAUDE:
                usd = sum((tokens[kind] * price for kind, price in _CLAUDE_USD.items()), Decimal(0))
                units[day, _CLAUDE_UNIT] = units.get((day, _CLAUDE_UNIT), Decimal(0)) + usd / _CLAUDE_UNIT.usd
    units |= {key: Decimal(tokens) / 1000 for key, tokens in sums.items() if tokens}
    units |= dict(_foreign(until))
    ordered = sorted(units, key=lambda key: (key[0], key[1].resource, key[1].name))
    ids = _meter_ids(seed)
    return [_line(day, meter, units[day, meter], ids[meter.name]) for day, meter in ordered]


def _tokens(traffic: Traffic, call: Call) -> dict[str, int]:
    """By kind, each token once: the gateway counts the cached tokens of OpenAI's models in the prompt, Claude's not."""
    fresh = call.prompt if traffic is CLAUDE else call.prompt - call.cached
    return {"prompt": fresh, "cached": call.cached, "answer": call.answer}


def _foreign(until: datetime) -> Iterator[tuple[tuple[datetime, Meter], Decimal]]:
    day = PERIOD[0]
    while day <= PERIOD[1]:
        if day < until:
            for meter, amount in _FOREIGN:
                yield (day, meter), amount
        day += timedelta(days=1)


def _meter_ids(seed: int) -> dict[str, str]:
    dice = Dice(seed, "azure meters")
    tokens = [meter.name for meters in _TOKENS.values() for meter in meters.values()]
    return {name: dice.uuid() for name in (*tokens, _CLAUDE_UNIT.name, *(meter.name for meter, _ in _FOREIGN))}


def _line(day: datetime, meter: Meter, units: Decimal, meter_id: str) -> Line:
    price = plain(meter.usd)
    product = meter.name.removesuffix(" Tokens")
    return dict.fromkeys(COLUMNS, "") | {
        "AccountName": "LLM",
        "AccountOwnerId": "owner@example.com",
        "SubscriptionId": SUBSCRIPTION,
        "SubscriptionName": "llm-prod",
        "ResourceGroup": "llm",
        "ResourceLocation": "eastus2",
        "Date": f"{day:%m/%d/%Y}",
        "ProductName": f"{meter.sub_category} - {product}",
        "MeterCategory": meter.category,
        "MeterSubCategory": meter.sub_category,
        "MeterId": meter_id,
        "MeterName": meter.name,
        "MeterRegion": meter.region,
        "UnitOfMeasure": meter.unit,
        "Quantity": plain(units),
        "EffectivePrice": price,
        "CostInBillingCurrency": plain(units * meter.usd),
        "ConsumedService": meter.resource.removeprefix(f"{_GROUP}/").partition("/")[0],
        "ResourceId": meter.resource,
        "Tags": meter.tags,
        "OfferId": "MS-AZR-0017P",
        "ResourceName": meter.resource.rpartition("/")[2],
        "UnitPrice": price,
        "PublisherType": "Microsoft" if meter.publisher == "Microsoft" else "Marketplace",
        "PublisherName": meter.publisher,
        "ChargeType": "Usage",
        "Frequency": "UsageBased",
        "PricingModel": "OnDemand",
        "BillingAccountId": ENROLLMENT,
        "BillingAccountName": "Example",
        "BillingCurrencyCode": "USD",
        "BillingPeriodStartDate": f"{PERIOD[0]:%m/%d/%Y}",
        "BillingPeriodEndDate": f"{PERIOD[1]:%m/%d/%Y}",
        "IsAzureCreditEligible": "True" if meter.publisher == "Microsoft" else "False",
        "PayGPrice": price,
        "ServiceFamily": meter.family,
        "AccountId": "1",
        "ResourceLocationNormalized": "eastus2",
    }
