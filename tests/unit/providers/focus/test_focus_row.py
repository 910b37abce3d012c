"""One line, column by column: what it becomes, what stays beside it, and what is refused."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.providers.focus.row import RefusedError
from tokenaudit.providers.focus.row import charge as charge_of

AWS = {
    "ChargePeriodStart": "2026-09-14T10:00:00Z",
    "ChargePeriodEnd": "2026-09-14T11:00:00Z",
    "BillingPeriodStart": "2026-09-01T00:00:00Z",
    "ChargeCategory": "Usage",
    "BilledCost": "1",
    "x_UsageType": "USE1-NovaPro-input-tokens",
}
MICROSOFT = {**AWS, "SubAccountId": "/subscriptions/00000000-0000-0000-0000-00000000000A", "ResourceId": "/X/y"}


def charge(line: dict[str, str], provider: str, *, tells_invoices: bool = True) -> dict[str, Any]:
    return charge_of(line, provider, tells_invoices=tells_invoices)


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-14T10:00:00Z",
        "2026-09-14T10:00Z",
        "2026-09-14 10:00:00",
        "2026-09-14T10:00:00.000Z",
        "2026-09-14T10:00:00.0000000Z",
        "2026-09-14T12:00:00+02:00",
    ],
)
def test_times_of_every_version(text: str) -> None:
    row = charge({**AWS, "ChargePeriodStart": text}, BEDROCK)
    assert row["charge_period_start"] == datetime(2026, 9, 14, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"ChargePeriodStart": "9/14/26"}, "ChargePeriodStart is no time"),
        ({"ChargePeriodEnd": None}, "ChargePeriodEnd is missing"),
        ({"ChargePeriodEnd": "2026-09-14T09:00:00Z"}, "the charge period ends before it starts"),
        ({"BillingPeriodStart": "September"}, "BillingPeriodStart is no time"),
        ({"ChargeCategory": "Gift"}, "ChargeCategory is none that FOCUS knows"),
        ({"ChargeCategory": None}, "ChargeCategory is missing"),
        ({"BilledCost": "free"}, "BilledCost is no number"),
        ({"UsageQuantity": "many"}, "ConsumedQuantity is no number"),
    ],
)
def test_what_cannot_be_right_is_refused_without_its_content(change: dict[str, str | None], reason: str) -> None:
    line = {name: value for name, value in {**AWS, **change}.items() if value is not None}
    with pytest.raises(RefusedError) as refused:
        charge(line, BEDROCK)
    assert str(refused.value) == reason


def test_a_line_without_a_category_is_usage_if_something_was_consumed() -> None:
    line = {name: value for name, value in AWS.items() if name != "ChargeCategory"}
    assert charge({**line, "ConsumedQuantity": "1"}, BEDROCK)["charge_category"] == "Usage"


def test_the_billing_period_is_a_month_and_its_odd_start_is_kept() -> None:
    assert charge(AWS, BEDROCK)["billing_period"] == date(2026, 9, 1)
    odd = charge({**AWS, "BillingPeriodStart": "2026-09-05T00:00:00Z"}, BEDROCK)
    assert odd["billing_period"] == date(2026, 9, 1)
    assert odd["focus_extra"]["BillingPeriodStart"] == "2026-09-05T00:00:00Z"
    without = {name: value for name, value in AWS.items() if name != "BillingPeriodStart"}
    assert charge(without, BEDROCK)["billing_period"] == date(2026, 9, 1)


def test_what_has_no_home_is_kept_under_its_name() -> None:
    row = charge({**AWS, "x_Anything": "1", "ChargeFrequency": "One-Time"}, BEDROCK)
    assert row["focus_extra"] == {"x_Anything": "1", "ChargeFrequency": "One-Time"}


def test_names_that_agree_are_one_and_names_that_disagree_all_stay() -> None:
    same = charge({**AWS, "SkuMeter": AWS["x_UsageType"]}, BEDROCK)
    assert (same["sku_meter"], same["focus_extra"]) == (AWS["x_UsageType"], {})
    other = charge({**AWS, "SkuMeter": "Tokens"}, BEDROCK)
    assert other["sku_meter"] == AWS["x_UsageType"]
    assert other["focus_extra"] == {"SkuMeter": "Tokens", "x_UsageType": AWS["x_UsageType"]}


def test_azure_is_written_in_the_ledgers_way_and_the_original_is_kept() -> None:
    row = charge({**MICROSOFT, "Region": "East US"}, AZURE)
    assert row["sub_account_id"] == "00000000-0000-0000-0000-00000000000a"
    assert (row["resource_id"], row["region_id"]) == ("/x/y", "eastus")
    assert row["focus_extra"] == {
        "SubAccountId": MICROSOFT["SubAccountId"],
        "ResourceId": "/X/y",
        "RegionId": "East US",
    }


def test_a_region_that_is_only_named_becomes_the_apis() -> None:
    row = charge({**MICROSOFT, "RegionName": "East US 2"}, AZURE)
    assert (row["region_id"], row["focus_extra"]["RegionName"]) == ("eastus2", "East US 2")
    assert "RegionId" not in row["focus_extra"]
    assert charge({**AWS, "RegionName": "US East (N. Virginia)"}, BEDROCK)["region_id"] is None


@pytest.mark.parametrize(
    ("provider", "publisher", "kept"),
    [
        (BEDROCK, "Amazon Web Services, Inc.", None),
        (BEDROCK, "AWS", None),
        (BEDROCK, "Anthropic, PBC", "Anthropic, PBC"),
        (AZURE, "Microsoft Corporation", None),
        (AZURE, "Anthropic", "Anthropic"),
    ],
)
def test_the_publisher_is_somebody_else(provider: str, publisher: str, kept: str | None) -> None:
    row = charge({**AWS, "PublisherName": publisher}, provider)
    assert row["publisher_name"] == kept
    assert ("PublisherName" in row["focus_extra"]) == (kept is None)


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, None),
        ({"ListUnitPrice": "0"}, None),
        ({"ListUnitPrice": "0", "BilledCost": "0"}, Decimal(0)),
        ({"ListUnitPrice": "0.5", "BilledCost": "0"}, Decimal(0)),
        ({"ChargeCategory": "Credit"}, Decimal(0)),
        ({"ListCost": "2"}, Decimal(2)),
    ],
)
def test_a_list_cost_of_0_without_a_list_price_is_unknown(change: dict[str, str], expected: Decimal | None) -> None:
    row = charge({**AWS, "ListCost": "0", **change}, BEDROCK)
    assert row["list_cost"] == expected
    assert row["focus_extra"].get("ListCost") == ("0" if expected is None else None)


def test_costs_are_rounded_to_twelve_places_and_the_original_is_kept() -> None:
    row = charge({**AWS, "EffectiveCost": "1.0000000000005", "ContractedCost": "1E-6"}, BEDROCK)
    assert row["effective_cost"] == Decimal(1)
    assert row["contracted_cost"] == Decimal("0.000001")
    assert row["focus_extra"] == {"EffectiveCost": "1.0000000000005"}
    assert row["list_cost"] is None


def test_a_line_is_provisional_until_it_has_the_invoice_that_the_file_tells_of() -> None:
    assert charge(AWS, BEDROCK)["provisional"] is True
    assert charge(AWS, BEDROCK, tells_invoices=False)["provisional"] is False
    assert charge({**AWS, "x_InvoiceId": "1"}, BEDROCK)["provisional"] is False


@pytest.mark.parametrize(
    ("category", "sub_category", "expected", "status"),
    [
        ("Usage", "On-Demand", "Usage", None),
        ("Usage", "Used Commitment", "Usage", "Used"),
        ("Usage", "Unused Commitment", "Usage", "Unused"),
        ("Adjustment", "Credit", "Credit", None),
        ("Adjustment", "Refund", "Credit", None),
        ("Adjustment", "Rounding Error", "Adjustment", None),
    ],
)
def test_the_preview_said_it_in_a_sub_category(category: str, sub_category: str, expected: str, status: str) -> None:
    row = charge({**AWS, "ChargeCategory": category, "ChargeSubcategory": sub_category}, AZURE)
    assert (row["charge_category"], row["commitment_discount_status"]) == (expected, status)
    assert row["focus_extra"]["ChargeSubcategory"] == sub_category


@pytest.mark.parametrize(
    ("written", "region"),
    [("US East 2", "eastus2"), ("EU West", "westeurope"), ("East US 2", "eastus2"), ("Unassigned", None)],
)
def test_regions_of_azure_are_those_of_its_other_bills(written: str, region: str | None) -> None:
    row = charge({**MICROSOFT, "RegionId": written}, AZURE)
    assert (row["region_id"], row["focus_extra"]["RegionId"]) == (region, written)
