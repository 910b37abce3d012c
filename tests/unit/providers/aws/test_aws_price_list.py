"""The AWS Price List: what each row costs per million tokens, which rows are no tokens, and which are not trusted."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.providers.aws.made_prices import READ_ON, offer, product, read

from tokenaudit.model.price_lists import Document
from tokenaudit.providers.aws.price_list import AwsPriceList

ROOT = Path(__file__).resolve().parents[4]
SYNTHETIC = ROOT / "fixtures" / "prices" / "aws"
NOVA = "USE1-NovaPro-input-tokens"
SONNET = "Claude Sonnet 4.5 (Amazon Bedrock Edition)"
MARKETPLACE = "AmazonBedrockFoundationModels"


@pytest.mark.parametrize("name", ["offer.json", "get_products.json"])
def test_both_documents_give_the_same_rates_each_in_the_unit_of_its_row(name: str) -> None:
    found = AwsPriceList().read([Document(name, (SYNTHETIC / name).read_bytes(), READ_ON)])
    assert [
        (rate.model, rate.kind, rate.scope, rate.tier, rate.region, rate.usd_per_mtok, rate.sku) for rate in found.rates
    ] == [
        ("amazon/nova-pro", "input", "regional", "standard", "us-east-1", Decimal("0.8"), "SKU0000000000001"),
        ("openai/gpt-5.6-terra", "input", "regional", "standard", "us-east-1", Decimal("2.5"), "SKU0000000000002"),
    ]
    assert {(rate.source, rate.source_date, rate.valid_from, rate.valid_until) for rate in found.rates} == {
        ("aws-price-list", date(2026, 10, 1), date(2026, 10, 1), None)
    }
    assert (found.unreadable, found.skipped.total()) == ((), 0)


@pytest.mark.parametrize(
    ("usage_type", "scope", "tier", "kind", "band"),
    [
        ("USE1-NovaPro-cache-read-input-token-count", "regional", "standard", "cache_read", 0),
        ("USE1-NovaPro-output-tokens-batch", "regional", "batch", "output", 0),
        ("USE1-NovaPro-input-tokens-priority-cross-region-global", "global", "priority", "input", 0),
        (
            "USE1-anthropic.claude-opus-5-mantle-cache-write-tokens-1h-global-flex",
            "global",
            "flex",
            "cache_write_1h",
            0,
        ),
        ("USE1-openai.gpt-5.6-sol-mantle-input-tokens-long-ctx-standard", "regional", "standard", "input", 272_000),
        ("USE1-NovaPro-input-tokens-latency-optimized", "regional", "latency_optimized", "input", 0),
    ],
)
def test_the_usage_type_says_what_is_sold(usage_type: str, scope: str, tier: str, kind: str, band: int) -> None:
    (rate,) = read(product(usage_type)).rates
    assert (rate.scope, rate.tier, rate.kind, rate.prompt_band) == (scope, tier, kind, band)


@pytest.mark.parametrize("unit", ["Units", "1M tokens", "Million Input Tokens"])
def test_a_row_of_the_marketplace_is_per_million_and_takes_its_model_from_the_service_name(unit: str) -> None:
    row = product(
        "USW2-MP:USW2_InputTokenCount_Global-Units", "3.00", unit, "", servicename=SONNET, regionCode="us-west-2"
    )
    (rate,) = read(row, code=MARKETPLACE).rates
    assert (rate.model, rate.scope, rate.region) == ("anthropic/claude-sonnet-4-5", "global", "us-west-2")
    assert str(rate.usd_per_mtok) == "3"


def test_the_region_is_that_of_the_row_and_else_that_of_the_usage_type() -> None:
    named, unnamed = product("EU-NovaPro-input-tokens", regionCode="eu-west-1"), product("EU-NovaLite-input-tokens")
    del unnamed["attributes"]["regionCode"]
    assert [rate.region for rate in read(named, unnamed).rates] == ["eu-west-1", "eu-west-1"]


def test_what_is_no_token_is_counted_by_what_it_is() -> None:
    found = read(
        product("USE1-NovaMicro-Model-Customization-input-tokens"),
        product("USE1-Guardrail-ContentPolicyUnitsConsumed", unit="1K text units"),
        product("USE1-NovaCanvas-created-image", unit="image"),
        product("USE1-Llama3.1-70B-ModelUnits", unit="hour"),
        product("USE1-NovaPro-input-tokens-custom-model"),
        {**product("USE1-NovaLite-input-tokens"), "terms": []},
    )
    assert found.skipped == {
        "training": 1,
        "guardrail": 1,
        "image": 1,
        "model_unit_hour": 1,
        "custom model": 1,
        "not on demand": 1,
    }
    assert (found.rates, found.unreadable) == ({}, ())


def test_a_price_in_another_currency_is_kept_out_and_counted() -> None:
    row = product(NOVA)
    row["terms"][0]["priceDimensions"]["rate"]["pricePerUnit"] = {"CNY": "0.006"}
    found = read(row)
    assert (found.rates, dict(found.skipped), found.unreadable) == ({}, {"currency CNY": 1}, ())


def changed(**cells: Any) -> dict[str, Any]:
    """A product one cell of whose price differs from what it should be; None leaves the cell out."""
    row = product(NOVA)
    (price,) = row["terms"][0]["priceDimensions"].values()
    for name, value in cells.items():
        price[name] = value
        if value is None:
            del price[name]
    return row


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (product("USE1-Brandnew9-input-tokens"), "names no model that is known"),
        (product("USE1-NovaPro-input-tokens-turbo"), "names no tier that is known"),
        (product("USE1-NovaPro-thinking", unit="1K tokens"), "sold by the token, and its name is not known"),
        (product(NOVA, unit="1B tokens"), "the unit '1B tokens' is not known"),
        (product(NOVA, unit="Units"), "the unit 'Units' is not known"),
        (
            product(NOVA, unit="1M tokens", description="$0.0008 per 1K tokens for Nova Pro input tokens"),
            "the unit is '1M tokens', and the description says 1,000 tokens",
        ),
        (
            product(
                NOVA, unit="1K tokens", description="AWS Marketplace software usage|us-east-1|Million Input Tokens"
            ),
            "the unit is '1K tokens', and the description says 1,000,000 tokens",
        ),
        (product(NOVA, price="free"), "its price is no number"),
        (product(NOVA, price="-0.1"), "its price is no number"),
        (product(NOVA, price="NaN"), "its price is no number"),
        (changed(pricePerUnit=None), "its price is no number"),
        (changed(unit=None), "the unit '' is not known"),
        (product(NOVA, effective="soon"), "no day from which its price holds"),
        ({**product(NOVA), "terms": [{"effectiveDate": "2026-09-01", "priceDimensions": {}}]}, "0 prices in one term"),
    ],
)
def test_a_row_that_cannot_be_understood_is_listed_and_priced_at_nothing(row: dict[str, Any], reason: str) -> None:
    found = read(product("USE1-NovaLite-input-tokens"), row)
    assert [rate.model for rate in found.rates] == ["amazon/nova-lite"]
    (refused,) = found.unreadable
    assert (refused.uri, refused.line) == ("offer.json", 2)
    assert refused.reason.startswith("SKU2 USE1-")
    assert reason in refused.reason


def test_a_zero_that_the_list_states_is_a_price_and_says_so() -> None:
    (rate,) = read(product("USE1-NovaPro-cache-write-input-token-count", "0.0000000000")).rates
    assert (str(rate.usd_per_mtok), rate.note) == ("0", "free: the list says 0")


def test_a_price_that_two_offers_state_is_one_rate_from_the_earlier_day() -> None:
    later, earlier = (Document(name, offer(product(NOVA, effective=day)), READ_ON) for name, day in (
        ("a.json", "2026-09-01T00:00:00Z"), ("b.json", "2026-06-01T00:00:00Z")
    ))  # fmt: skip
    found = AwsPriceList().read([later, earlier])
    assert [(rate.valid_from, rate.valid_until) for rate in found.rates] == [(date(2026, 6, 1), None)]
    assert found == AwsPriceList().read([earlier, later])


def test_two_prices_at_once_are_both_refused() -> None:
    found = read(product(NOVA, "0.0008"), product(NOVA, "0.0009"), product("USE1-NovaPro-output-tokens", "0.0032"))
    assert [rate.kind for rate in found.rates] == ["output"]
    assert [each.line for each in found.unreadable] == [1, 2]
    assert all("two prices at once, 0.8 and 0.9" in each.reason for each in found.unreadable)


def test_terms_of_one_product_follow_each_other() -> None:
    row = product(NOVA, "0.0008", effective="2026-01-01T00:00:00Z")
    row["terms"] += product(NOVA, "0.0006", effective="2026-10-01T00:00:00Z")["terms"]
    assert [(str(each.usd_per_mtok), each.valid_from, each.valid_until) for each in read(row).rates] == [
        ("0.8", date(2026, 1, 1), date(2026, 10, 1)),
        ("0.6", date(2026, 10, 1), None),
    ]


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b'{"products": {"a"', b'{"Items": []}', b"\xff\xfe"])
def test_what_is_no_price_list_is_not_recognised_and_one_unreadable_row(content: bytes) -> None:
    reader = AwsPriceList()
    assert not reader.recognise(content)
    found = reader.read([Document("odd.json", content, READ_ON)])
    assert (found.rates, [(each.uri, each.line) for each in found.unreadable]) == ({}, [("odd.json", 0)])


def test_broken_entries_of_an_answer_lose_nothing_else() -> None:
    good = json.loads((SYNTHETIC / "get_products.json").read_text())["PriceList"][0]
    content = json.dumps({"FormatVersion": "aws_v1", "PriceList": ["{", "7", '{"product": 1}', good]}).encode()
    found = AwsPriceList().read([Document("answer.json", content, READ_ON)])
    assert [rate.model for rate in found.rates] == ["amazon/nova-pro"]
    assert [each.line for each in found.unreadable] == [1, 2, 3]


def test_an_index_leads_to_the_files_of_its_regions_and_a_file_to_nothing() -> None:
    reader = AwsPriceList()
    assert reader.requests("https://here") == tuple(
        f"https://here/offers/v1.0/aws/{code}/current/region_index.json"
        for code in ("AmazonBedrock", "AmazonBedrockFoundationModels", "AmazonBedrockService")
    )
    index = {
        "publicationDate": "2026-10-01T00:00:00Z",
        "regions": {
            region: {
                "regionCode": region,
                "currentVersionUrl": f"/offers/v1.0/aws/AmazonBedrock/20261001000000/{region}/index.json",
            }
            for region in ("us-west-2", "eu-west-1")
        },
    }
    document = Document("index", json.dumps(index).encode(), READ_ON)
    assert reader.following(document, "https://mirror/aws", ())[0].startswith("https://mirror/aws/offers/v1.0/aws/")
    every = reader.following(document, "https://here", ())
    assert every == tuple(
        f"https://here/offers/v1.0/aws/AmazonBedrock/20261001000000/{region}/index.json"
        for region in ("eu-west-1", "us-west-2")
    )
    assert reader.following(document, "https://here", ("us-west-2", "xx-nowhere-1")) == every[1:]
    assert reader.following(Document("file", offer(product(NOVA)), READ_ON), "https://here", ()) == ()


@pytest.mark.parametrize("content", [b"{", b"{}", b'{"regions": {}}', b'{"regions": {"us-east-1": {}}}', b"[1]"])
def test_an_index_that_is_none_says_so(content: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        AwsPriceList().following(Document("index", content, READ_ON), "https://here", ())
