"""Which lines are about language models, and the small readings: tags, regions."""

from __future__ import annotations

import pytest
from tests.unit.providers.azure.made_bills import LINE, SUBSCRIPTION, bill, exported

from tokenaudit.model.azure_regions import region_id
from tokenaudit.providers.azure.bills.tags import tags_of

SHARED = {"MeterCategory": "Cognitive Services"}
GUID = "00000000-0000-4000-8000-000000000001"
PARTNER = {
    "MeterCategory": "SaaS",
    "MeterSubCategory": "",
    "MeterName": "",
    "ConsumedService": "Microsoft.SaaS",
    "PublisherType": "Marketplace",
}
BOUGHT = {"MeterCategory": "", "MeterSubCategory": "", "MeterName": "", "ConsumedService": "", "ChargeType": "Purchase"}


def partner(name: str) -> dict[str, str]:
    return {**PARTNER, "ResourceId": f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-llm/{name}"}


OURS = [
    {},
    {"MeterCategory": "foundry models "},
    {"MeterCategory": "Azure OpenAI", "MeterName": "a meter that nobody has seen yet"},
    {"MeterName": "Code-Interpreter-global Session", "UnitOfMeasure": "1"},
    {"MeterName": "file-search-tool-calls-glbl Calls"},
    {"MeterName": "4.1 mini ft hosting Dz Unit", "UnitOfMeasure": "1 Hour"},
    {**SHARED, "MeterSubCategory": "Azure OpenAI Service", "MeterName": "gpt-4o 1120 Outp glbl Tokens"},
    {**SHARED, "MeterSubCategory": "Azure OpenAI", "MeterName": "babbage-002-FT-Hstng-glbl Unit"},
    {**SHARED, "MeterSubCategory": "Speech", "MeterName": "Voice Live Pro Text Inp Tokens"},
    {"MeterCategory": "", "MeterSubCategory": "", "MeterName": "4.1 ft training Dz Tokens"},
    {"MeterCategory": "Something new", "MeterSubCategory": "", "MeterName": "Provisioned Managed Global Unit"},
    partner(f"claude-sonnet-4-5-{GUID}"),
    partner(f"Meta-Llama-3.1-405B-Instruct-{GUID}"),
    {**partner("anything"), "MeterName": "Claude Consumption Unit"},
    {**partner("anything"), "MeterName": "Paygo input tokens"},
    {**partner("anything"), "PublisherName": "Anthropic, PBC"},
    {**BOUGHT, "ProductName": "Azure AI Foundry Provisioned Throughput Reservation, Global, 1 Month"},
    {**BOUGHT, "ChargeType": "Refund", "MeterName": "Provisioned Managed Data Zone Unit"},
]
FOREIGN = [
    {"MeterName": "Image-DALL-E-3-glbl Images"},
    {"MeterName": "Sora 2 glbl Second"},
    {"MeterName": "Doc AI glbl 2505 Pages"},
    {"MeterName": "Speech-Text to Speech-global Characters"},
    {**SHARED, "MeterSubCategory": "Speech", "MeterName": "S1 Speech To Text"},
    {**SHARED, "MeterSubCategory": "Speech", "MeterName": "Custom Speech Model Hosting Unit"},
    {**SHARED, "MeterSubCategory": "Translator Text", "MeterName": "S1 Custom Training Characters"},
    {**SHARED, "MeterSubCategory": "Computer Vision", "MeterName": "S1 Image In"},
    {**SHARED, "MeterSubCategory": "Language", "MeterName": "Standard Text Records"},
    {"MeterCategory": "Microsoft Defender for Cloud", "MeterName": "Standard Tokens", "ConsumedService": "Security"},
    {
        "MeterCategory": "Azure Cosmos DB",
        "MeterName": "Provisioned Throughput 100 RU/s",
        "ConsumedService": "DocumentDB",
    },
    {**partner("fabrikam-firewall"), "PublisherName": "Fabrikam"},
    {**partner(f"fabrikam-firewall-{GUID}"), "PublisherName": "Fabrikam"},
    {**partner(f"nova-{GUID}"), "PublisherName": "Fabrikam"},
    {**BOUGHT, "ProductName": "Reserved VM Instance, Standard_D4s_v5, US East 2, 1 Year"},
    {**BOUGHT, "ProductName": "Premium SSD v2, Provisioned Throughput"},
    {**BOUGHT, "ChargeType": "RoundingAdjustment", "ProductName": "Rounding adjustment"},
]


@pytest.mark.parametrize("line", OURS, ids=str)
def test_lines_about_language_models(line: dict[str, str]) -> None:
    reading = exported(bill(line))
    assert (len(reading.rows), reading.foreign) == (1, 0)


@pytest.mark.parametrize("line", FOREIGN, ids=str)
def test_lines_about_anything_else(line: dict[str, str]) -> None:
    reading = exported(bill(line))
    assert (len(reading.rows), reading.foreign, reading.records) == (0, 1, 0)


def test_consumption_units_have_no_model_and_a_partner_s_resource_has_one() -> None:
    lines = ({**partner(f"claude-opus-4-1-{GUID}"), "MeterName": "Claude Consumption Unit"}, partner(f"grok-4-{GUID}"))
    assert [row["model"] for row in exported(bill(*lines)).rows] == [None, "xai/grok-4"]


@pytest.mark.parametrize("kind", ["Tax", "Credit", "RoundingAdjustment", "Refund", "Purchase"])
def test_only_usage_has_tokens(kind: str) -> None:
    rows = exported(bill({"ChargeType": kind}, {})).rows
    assert [row["tokens"] for row in rows] == [None, 2_000_000]
    assert rows[0]["charge_category"] != "Usage"


def test_the_scope_of_reserved_capacity_is_in_its_product() -> None:
    names = ("Global, 1 Month", "Data Zone - 1 Year", "Regional, East US 2")
    lines = [{**BOUGHT, "ProductName": f"Azure OpenAI Provisioned Throughput Reservation, {name}"} for name in names]
    rows = exported(bill(*lines)).rows
    assert [(row["scope"], row["tier"]) for row in rows] == [
        ("global", "provisioned"),
        ("data_zone", "provisioned"),
        ("regional", "provisioned"),
    ]


@pytest.mark.parametrize(
    ("cell", "tags"),
    [
        ('"a": "b","c": "d"', {"a": "b", "c": "d"}),
        ('{"a":"b"}', {"a": "b"}),
        ('{"a": 1, "b": null, "c": ""}', {"a": "1", "c": ""}),
        ('{"\\ud800": "\\udfff"}', {"?": "?"}),
        ("", {}),
        (None, {}),
        ("null", {}),
        ('"a": "b', {}),
        ("a=b", {}),
        ("[1]", {}),
        ('{"a":' * 100_000, {}),
    ],
)
def test_tags(cell: str | None, tags: dict[str, str]) -> None:
    assert tags_of(cell) == tags


@pytest.mark.parametrize(
    ("location", "region"),
    [
        ("East US 2", "eastus2"),
        ("EastUS2", "eastus2"),
        ("US East 2", "eastus2"),
        ("EU West", "westeurope"),
        ("swedencentral", "swedencentral"),
        ("Unassigned", None),
        ("", None),
        (None, None),
    ],
)
def test_regions(location: str | None, region: str | None) -> None:
    assert region_id(location) == region


def test_ids_of_resources_and_subscriptions_are_compared_without_case() -> None:
    shouted = {"ResourceId": LINE["ResourceId"].upper(), "SubscriptionId": ""}
    one, other = exported(bill({}, shouted)).rows
    assert one["resource_id"] == other["resource_id"]
    assert one["sub_account_id"] == other["sub_account_id"] == SUBSCRIPTION
