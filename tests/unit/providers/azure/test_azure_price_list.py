"""The retail price list: what each meter costs per million tokens, where and when, and which rows are not trusted."""

from __future__ import annotations

import json
import os
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.providers.azure.made_prices import READ_ON, item, page, read

from tokenaudit.model.price_lists import Document
from tokenaudit.pricing.book import PriceBook
from tokenaudit.providers.azure.price_list import AzurePriceList

ROOT = Path(__file__).resolve().parents[4]
SNAPSHOT = (
    Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared")
    / "samples"
    / "prices"
    / "azure_genai_prices_snapshot_2026-08-11.json"
)
ZONE = "5.4 inp Dz 1M Tokens"
REGIONAL = {"name": "gpt 4.1 Inp regnl Tokens", "productName": "Azure OpenAI"}


def test_a_global_meter_that_is_repeated_for_each_region_is_one_rate() -> None:
    (rate,) = read(*(item(region=region) for region in ("eastus2", "westeurope", "japaneast"))).rates
    assert (rate.provider, rate.model, rate.scope, rate.tier, rate.kind) == (
        "azure.ai.openai",
        "openai/gpt-5.4",
        "global",
        "standard",
        "input",
    )
    assert (rate.region, rate.usd_per_mtok, rate.prompt_band) == (None, Decimal("2.5"), 0)
    assert (rate.valid_from, rate.valid_until) == (date(2026, 3, 1), None)
    assert (rate.source, rate.source_date, rate.sku) == (
        "azure-retail-prices",
        READ_ON,
        "meter of 5.4 inp Gl 1M Tokens",
    )


def test_a_meter_of_data_zones_has_one_price_for_each_region_where_zones_differ() -> None:
    same = read(*(item(ZONE, 2.75, region) for region in ("eastus2", "westeurope"))).rates
    assert [(rate.scope, rate.region, str(rate.usd_per_mtok)) for rate in same] == [("data_zone", None, "2.75")]
    apart = read(item(ZONE, 2.75, "eastus2"), item(ZONE, 2.75, "westeurope"), item(ZONE, 3.0, "japaneast")).rates
    assert [(rate.region, str(rate.usd_per_mtok)) for rate in apart] == [
        ("eastus2", "2.75"),
        ("japaneast", "3"),
        ("westeurope", "2.75"),
    ]


def test_a_regional_meter_has_a_rate_for_each_region_under_one_name() -> None:
    found = read(
        item(price=0.0022, region="eastus2", **REGIONAL), item(price=0.00264, region="SwitzerlandNorth", **REGIONAL)
    )
    assert [(rate.model, rate.scope, rate.region, str(rate.usd_per_mtok)) for rate in found.rates] == [
        ("openai/gpt-4.1", "regional", "eastus2", "2.2"),
        ("openai/gpt-4.1", "regional", "switzerlandnorth", "2.64"),
    ]


def test_a_price_ends_where_the_one_that_replaced_it_begins() -> None:
    luna = "5.6 luna inp Gl 1M Tokens"
    rows = [
        item(luna, 1.0, region, effectiveStartDate="2026-06-01T00:00:00Z") for region in ("eastus2", "westeurope")
    ] + [item(luna, 0.2, region, effectiveStartDate="2026-08-01T00:00:00Z") for region in ("westeurope", "eastus2")]
    expected = [("1", date(2026, 6, 1), date(2026, 8, 1)), ("0.2", date(2026, 8, 1), None)]
    for ordered in (rows, rows[::-1]):
        found = [(str(rate.usd_per_mtok), rate.valid_from, rate.valid_until) for rate in read(*ordered).rates]
        assert found == expected


def test_a_region_that_began_later_does_not_split_a_global_price() -> None:
    later = {"effectiveStartDate": "2026-07-01T00:00:00Z"}
    found = read(item(region="eastus2"), item(region="southindia", **later))
    assert [(rate.region, rate.valid_from, rate.valid_until) for rate in found.rates] == [
        (None, date(2026, 3, 1), None)
    ]


def test_a_cloud_with_a_list_of_its_own_has_rates_of_its_own() -> None:
    found = read(item(region="eastus2"), item(price=3.0, region="usgovvirginia"))
    assert [(rate.region, str(rate.usd_per_mtok)) for rate in found.rates] == [(None, "2.5"), ("usgovvirginia", "3")]


def test_meters_that_mean_the_same_are_one_rate_and_those_that_disagree_none() -> None:
    other = {"name": "gpt 5.4 inp Gl 1M Tokens"}
    same = read(item(), item(**other, effectiveStartDate="2026-02-01T00:00:00Z"))
    assert [(rate.valid_from, rate.valid_until) for rate in same.rates] == [(date(2026, 2, 1), None)]
    apart = read(item(), item(price=9.0, **other))
    assert apart.rates == {}
    assert [each.line for each in apart.unreadable] == [1, 2]
    assert all("two prices at once" in each.reason for each in apart.unreadable)


def test_what_is_no_price_of_tokens_on_demand_is_counted_by_what_it_is() -> None:
    found = read(
        item(type="Reservation", reservationTerm="1 Month"),
        item(type="DevTestConsumption"),
        item("Provisioned Managed Global Unit", unitOfMeasure="1 Hour"),
        item("4.1 mini ft hosting Dz Unit", unitOfMeasure="1 Hour"),
        item("4.1 ft training Dz Tokens"),
        item("4.1 ft inp Dz Tokens"),
        item("gpt-realtime-2 Image inp Gl 1M Tokens", productName="Azure OpenAI Media"),
        item("gpt-realtime-2 aud cd inp Gl 1M Tokens", productName="Azure OpenAI Media"),
        item(currencyCode="EUR"),
    )
    assert found.skipped == {
        "reservation": 1,
        "development and test": 1,
        "ptu_hour": 1,
        "hosting_hour": 1,
        "training": 1,
        "fine-tuned model": 1,
        "image tokens": 1,
        "cached audio": 1,
        "currency EUR": 1,
    }
    assert (found.rates, found.unreadable) == ({}, ())


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (item(unitOfMeasure="1K"), "the unit is '1K', and the name says 1000000 tokens"),
        (item("gpt 4.1 Inp glbl Tokens", unitOfMeasure="1M"), "the unit is '1M', and the name says 1000 tokens"),
        (item(unitOfMeasure="1B"), "the unit is '1B'"),
        (item(unitOfMeasure=None), "the unit is ''"),
        (item("brandnew 9 inp Gl 1M Tokens"), "names no model that is known"),
        (item("Az-GPT-3.5-turbo Tokens"), "does not say which tokens it counts"),
        (item(type="Spot"), "the type of price 'Spot' is not known"),
        (item(tierMinimumUnits=100.0), "a price that begins at some volume"),
        (item(price=0.0022, region="", **REGIONAL), "a regional price without a region"),
        (item(price="cheap"), "its price is no number"),
        (item(price=None), "its price is no number"),
        (item(price=-1), "its price is no number"),
        (item(price=True), "its price is no number"),
        (item(effectiveStartDate=None), "no day from which its price holds"),
    ],
)
def test_a_row_that_cannot_be_understood_is_listed_and_priced_at_nothing(row: dict[str, Any], reason: str) -> None:
    found = read(item(ZONE), row)
    assert [rate.scope for rate in found.rates] == ["data_zone"]
    (refused,) = found.unreadable
    assert (refused.uri, refused.line) == ("page.json", 2)
    assert reason in refused.reason
    assert str(row["meterName"]) in refused.reason


def test_a_page_leads_to_the_next_and_the_last_to_nothing() -> None:
    reader = AzurePriceList()
    first, *older = reader.requests("https://here")
    assert first.startswith("https://here/api/retail/prices?api-version=2023-01-01-preview&currencyCode=USD&")
    assert "serviceName+eq+%27Foundry+Models%27" in first
    assert len(older) == 2
    link = "https://here:443/api/retail/prices?$skip=1000"
    assert reader.following(Document("1", page(item(), following=link), READ_ON), "https://here", ()) == (link,)
    assert reader.following(Document("2", page(), READ_ON), "https://here", ("eastus2",)) == ()


@pytest.mark.parametrize(
    "content", [b"", b"[]", b'{"Items": 1}', b'{"BillingCurrency": "USD", "Items": [{"a"', b"<html>"]
)
def test_what_is_no_page_is_not_recognised_and_one_unreadable_row(content: bytes) -> None:
    reader = AzurePriceList()
    assert not reader.recognise(content)
    with pytest.raises(ValueError, match=r"\w"):
        reader.following(Document("odd", content, READ_ON), "https://here", ())
    found = reader.read([Document("odd", content, READ_ON)])
    assert (found.rates, [(each.uri, each.line) for each in found.unreadable]) == ({}, [("odd", 0)])


@pytest.mark.skipif(not SNAPSHOT.is_file(), reason="TOKENAUDIT_SHARED names no folder with samples")
def test_every_token_meter_of_the_list_of_august_has_a_price_or_a_reason() -> None:
    listed = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["items"]
    rows = [
        item(
            each["meterName"],
            each["retailPrice"],
            region,
            productName=each["productName"],
            unitOfMeasure=each["unitOfMeasure"],
            effectiveStartDate=each["effectiveStartDate"],
        )
        for each in listed
        if "Reservation" not in each["productName"]
        for region in each["regions"]
    ]
    found = read(*rows)
    PriceBook(found.rates)  # neither absurd values nor overlaps
    # Models that the vocabulary leaves open on purpose (tests/unit/model/test_azure_meter_list.py says why), flat rates
    # of 2023, and gpt-4-turbo, whose older and newer regional meters have different prices in a few regions.
    reasons = {each.reason.partition(": ")[2].partition(",")[0] for each in found.unreadable}
    assert reasons == {
        "names no model that is known",
        "does not say which tokens it counts",
        "a regional price without a region",
        "two prices at once",
    }
    clashes = {each.reason.partition(":")[0] for each in found.unreadable if "two prices" in each.reason}
    assert clashes == {
        "Azure OpenAI, Az-GPT4-Turbo-128K Input Tokens",
        "Azure OpenAI, gpt-4-turbo-128K Input-regional Tokens",
    }
    assert not any("names no model" in each.reason and ", gpt 4.1" in each.reason for each in found.unreadable)
    assert len(found.rates) > 3000
