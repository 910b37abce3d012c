"""The example's bills and metrics say what its logs say, to the token, but for one hour on Thursday."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.apply import RateCache
from tokenaudit.pricing.book import PriceBook

Line = dict[str, str]
Tokens = Counter[tuple[str, ...]]

LOST = "2026-10-08T15"
CLAUDE_UNIT = "Claude Consumption Unit"

BEDROCK_MODELS = {
    "us.anthropic.claude-sonnet-4-5-20250929-v1:0": "anthropic/claude-sonnet-4-5",
    "search7prod1": "anthropic/claude-sonnet-4-5",
    "amazon.nova-pro-v1:0": "amazon/nova-pro",
    "amazon.titan-embed-text-v2:0": "amazon/titan-embed-text-v2",
}
# The end of a usage type -> kind of token.
USAGE_TYPES = {
    "cache-read-input-token-count": "cache_read",
    "cache-write-input-token-count": "cache_write",
    "cache-write-input-token-count-1h": "cache_write_1h",
    "output-tokens": "output",
    "input-tokens": "input",
}
# Meter -> model, scope, kind of token.
METERS = {
    "gpt 4.1 Inp Data Zone Tokens": ("openai/gpt-4.1", "data_zone", "input"),
    "gpt 4.1 cached Inp Data Zone Tokens": ("openai/gpt-4.1", "data_zone", "cache_read"),
    "gpt 4.1 Outp Data Zone Tokens": ("openai/gpt-4.1", "data_zone", "output"),
    "gpt 4.1 mini Inp glbl Tokens": ("openai/gpt-4.1-mini", "global", "input"),
    "gpt 4.1 mini cached Inp glbl Tokens": ("openai/gpt-4.1-mini", "global", "cache_read"),
    "gpt 4.1 mini Outp glbl Tokens": ("openai/gpt-4.1-mini", "global", "output"),
    "text-embedding-3-small-glbl Tokens": ("openai/text-embedding-3-small", "global", "input"),
}
AZURE_MODELS = {
    "chat-prod": "openai/gpt-4.1",
    "chat-mini": "openai/gpt-4.1-mini",
    "embed-small": "openai/text-embedding-3-small",
    "claude-sonnet-4-5": "anthropic/claude-sonnet-4-5",
}


def _table(data: bytes) -> list[Line]:
    return list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))


@pytest.fixture(scope="module")
def aws_bill(tree: dict[str, bytes]) -> list[Line]:
    (path,) = [path for path in tree if path.startswith("bills/aws/") and path.endswith(".csv.gz")]
    return _table(tree[path])


@pytest.fixture(scope="module")
def azure_bills(tree: dict[str, bytes]) -> list[list[Line]]:
    """The runs of the export, the newest last."""
    paths = sorted(path for path in tree if path.startswith("bills/azure/") and path.endswith(".csv"))
    return [_table(tree[path]) for path in paths]


@pytest.fixture(scope="module")
def metrics(tree: dict[str, bytes]) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(tree["metrics/aws/cloudwatch.json"])
    return found


def _tokens_of(record: dict[str, Any], tree: dict[str, bytes]) -> dict[str, int]:
    """By kind. Only bodies tell how long a cache lives; a long body lies in an object of its own."""
    prompt, answer = record["input"], record["output"]
    tokens = {
        "input": prompt["inputTokenCount"],
        "cache_read": prompt.get("cacheReadInputTokenCount", 0),
        "cache_write": prompt.get("cacheWriteInputTokenCount", 0),
        "cache_write_1h": 0,
        "output": answer.get("outputTokenCount", 0),
    }
    body = answer.get("outputBodyJson")
    if "outputBodyS3Path" in answer:
        name = answer["outputBodyS3Path"].rpartition("/")[2]
        body = json.loads(next(data for path, data in tree.items() if path.endswith(name)))
    if isinstance(body, list):
        body = body[0]["message"]
    usage = (body or {}).get("usage", {})
    hour = sum(part["inputTokens"] for part in usage.get("cacheDetails", []) if part["ttl"] == "1h")
    hour += usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0)
    tokens["cache_write"] -= hour
    tokens["cache_write_1h"] = hour
    return tokens


def _answered(bedrock: list[dict[str, Any]]) -> list[dict[str, Any]]:
    unique = {record["requestId"]: record for record in bedrock}
    return [record for record in unique.values() if "errorCode" not in record]


def _sums(bedrock: list[dict[str, Any]], tree: dict[str, bytes], digits: int) -> Tokens:
    """By time to so many digits, model as it was called, whether streamed, and kind of token."""
    sums: Tokens = Counter()
    for record in _answered(bedrock):
        called, streamed = record["modelId"].rpartition("/")[2], str("Stream" in record["operation"])
        for kind, tokens in _tokens_of(record, tree).items():
            sums[record["timestamp"][:digits], called, streamed, kind] += tokens
    return +sums


def _sold(line: Line) -> tuple[str, str]:
    """Model as it was called, and kind of token."""
    usage_type = line["line_item_usage_type"]
    kind = next(kind for end, kind in USAGE_TYPES.items() if usage_type.endswith(f"-{end}"))
    return line["line_item_resource_id"].rpartition("/")[2], kind


def _is_bedrock(line: Line) -> bool:
    return line["line_item_product_code"].startswith("AmazonBedrock")


def _lines(aws_bill: list[Line], kind: str) -> list[Line]:
    return [line for line in aws_bill if _is_bedrock(line) and line["line_item_line_item_type"] == kind]


def _billed(aws_bill: list[Line]) -> Tokens:
    sums: Tokens = Counter()
    for line in _lines(aws_bill, "Usage"):
        assert line["pricing_unit"] == "1K tokens"
        called, kind = _sold(line)
        streamed = str("Streaming" in line["line_item_operation"])
        tokens = Decimal(line["line_item_usage_amount"]) * 1000
        assert tokens == int(tokens)
        sums[line["line_item_usage_start_date"][:10], called, streamed, kind] += int(tokens)
    return sums


def _measured(metrics: dict[str, Any]) -> Tokens:
    """By hour, model as it was called, and metric."""
    asked = {query["Id"]: query["MetricStat"]["Metric"] for query in metrics["MetricDataQueries"]}
    sums: Tokens = Counter()
    for series in metrics["MetricDataResults"]:
        metric = asked[series["Id"]]
        (dimension,) = metric["Dimensions"]
        for hour, value in zip(series["Timestamps"], series["Values"], strict=True):
            assert value == int(value) > 0
            sums[hour[:13], dimension["Value"], metric["MetricName"]] += int(value)
    return sums


# Metric of CloudWatch -> kinds of token.
COUNTED = {
    "InputTokenCount": ("input",),
    "OutputTokenCount": ("output",),
    "CacheReadInputTokens": ("cache_read",),
    "CacheWriteInputTokens": ("cache_write", "cache_write_1h"),
}


def _as_measured(sums: Tokens) -> Tokens:
    metric_of = {kind: metric for metric, kinds in COUNTED.items() for kind in kinds}
    found: Tokens = Counter()
    for (time, called, _, kind), tokens in sums.items():
        found[time, called, metric_of[kind]] += tokens
    return found


def test_the_metrics_know_every_hour_and_the_logs_lack_one(
    bedrock: list[dict[str, Any]], tree: dict[str, bytes], metrics: dict[str, Any]
) -> None:
    logged = _as_measured(_sums(bedrock, tree, 13))
    for record in _answered(bedrock):
        logged[record["timestamp"][:13], record["modelId"].rpartition("/")[2], "Invocations"] += 1
    measured = _measured(metrics)
    assert {hour for hour, _, _ in logged} == {hour for hour, _, _ in measured} - {LOST}
    assert {key: number for key, number in measured.items() if key[0] != LOST} == logged
    lost = {key[1:]: number for key, number in measured.items() if key[0] == LOST}
    assert sum(number for (_, metric), number in lost.items() if metric == "Invocations") == 51
    assert {called for called, _ in lost} == set(BEDROCK_MODELS)


def test_aws_bills_what_was_logged_and_the_hour_that_was_not(
    aws_bill: list[Line], bedrock: list[dict[str, Any]], tree: dict[str, bytes], metrics: dict[str, Any]
) -> None:
    billed, logged = _billed(aws_bill), _sums(bedrock, tree, 10)
    assert not logged - billed, "nothing was logged that is not billed"
    unlogged = billed - logged
    assert {day for day, *_ in unlogged} == {LOST[:10]}
    measured = {key[1:]: number for key, number in _measured(metrics).items() if key[0] == LOST}
    assert {key[1:]: tokens for key, tokens in _as_measured(unlogged).items()} == {
        key: number for key, number in measured.items() if key[1] != "Invocations"
    }


def test_every_line_of_tokens_is_at_list_price(aws_bill: list[Line], azure_bills: list[list[Line]]) -> None:
    rates = RateCache(PriceBook(*load_rates()))

    def per_million(provider: str, model: str, region: str, scope: str, kind: str) -> Decimal:
        found = rates(RateKey(provider, model, None, region, scope, "standard", kind, 0, date(2026, 10, 8)))
        assert found.rate is not None
        return found.rate.usd_per_mtok

    for line in _lines(aws_bill, "Usage"):
        called, kind = _sold(line)
        price = Decimal(line["line_item_unblended_rate"])
        assert price * 1000 == per_million(BEDROCK, BEDROCK_MODELS[called], "us-east-1", "regional", kind)
        assert Decimal(line["line_item_unblended_cost"]) == price * Decimal(line["line_item_usage_amount"])
        assert line["pricing_public_on_demand_cost"] == line["line_item_unblended_cost"]
    for line in azure_bills[-1]:
        assert Decimal(line["CostInBillingCurrency"]) == Decimal(line["Quantity"]) * Decimal(line["UnitPrice"])
        if line["MeterName"] in METERS:
            model, scope, kind = METERS[line["MeterName"]]
            assert Decimal(line["UnitPrice"]) * 1000 == per_million(AZURE, model, "eastus2", scope, kind)


def test_the_contract_takes_twelve_percent_off_every_line(aws_bill: list[Line]) -> None:
    def key(line: Line) -> tuple[str, ...]:
        names = ("usage_start_date", "usage_type", "operation", "resource_id")
        return tuple(line[f"line_item_{name}"] for name in names)

    usage = {key(line): line for line in _lines(aws_bill, "Usage")}
    discounts = {key(line): line for line in _lines(aws_bill, "EdpDiscount")}
    assert len(usage) == len(_lines(aws_bill, "Usage"))
    assert usage.keys() == discounts.keys()
    for each, line in discounts.items():
        off = Decimal(line["line_item_unblended_cost"])
        assert off == Decimal("-0.12") * Decimal(usage[each]["line_item_unblended_cost"])
        assert line["line_item_usage_amount"] == "0"


def test_a_credit_and_the_tax_stand_beside_and_strangers_between(aws_bill: list[Line]) -> None:
    (credit,) = _lines(aws_bill, "Credit")
    (tax,) = _lines(aws_bill, "Tax")
    assert (credit["line_item_unblended_cost"], tax["line_item_unblended_cost"]) == ("-2.5", "1.47")
    strangers = Counter(line["line_item_line_item_type"] for line in aws_bill if not _is_bedrock(line))
    assert strangers == {"Usage": 62, "EdpDiscount": 62, "Tax": 1}
    ids = [line["identity_line_item_id"] for line in aws_bill]
    assert len(set(ids)) == len(ids)


def _called(azure: dict[str, list[dict[str, Any]]]) -> Tokens:
    """By day of the call (the gateway's own log knows it), model and kind of token."""
    at = {record["correlationId"]: record["time"] for record in azure["GatewayLogs"]}
    sums: Tokens = Counter()
    for record in azure["GatewayLlmLogs"]:
        usage = record["properties"]
        model = AZURE_MODELS[usage["deploymentName"]]
        cached = usage["promptCachedTokens"]
        fresh = usage["promptTokens"] - (0 if model.startswith("anthropic/") else cached)
        for kind, tokens in (("input", fresh), ("cache_read", cached), ("output", usage["completionTokens"])):
            sums[at[record["correlationId"]][:10], model, kind] += tokens
    return +sums


def _iso(line: Line) -> str:
    month, day, year = line["Date"].split("/")
    return f"{year}-{month}-{day}"


def test_azure_bills_exactly_what_the_gateway_logged(
    azure_bills: list[list[Line]], azure: dict[str, list[dict[str, Any]]]
) -> None:
    billed: Tokens = Counter()
    for line in azure_bills[-1]:
        if line["MeterName"] in METERS:
            assert line["UnitOfMeasure"] == "1K"
            model, _, kind = METERS[line["MeterName"]]
            tokens = Decimal(line["Quantity"]) * 1000
            assert tokens == int(tokens)
            billed[_iso(line), model, kind] += int(tokens)
    assert billed == Counter({key: n for key, n in _called(azure).items() if not key[1].startswith("anthropic/")})


def test_claude_on_azure_is_one_meter_at_the_price_of_its_tokens(
    azure_bills: list[list[Line]], azure: dict[str, list[dict[str, Any]]]
) -> None:
    per_token = {"input": Decimal("3e-6"), "cache_read": Decimal("3e-7"), "output": Decimal("15e-6")}
    listed: dict[str, Decimal] = {}
    for (day, model, kind), tokens in _called(azure).items():
        if model.startswith("anthropic/"):
            listed[day] = listed.get(day, Decimal(0)) + tokens * per_token[kind]
    lines = [line for line in azure_bills[-1] if line["MeterName"] == CLAUDE_UNIT]
    assert {_iso(line): Decimal(line["CostInBillingCurrency"]) for line in lines} == listed
    assert {(line["PublisherType"], line["UnitPrice"]) for line in lines} == {("Marketplace", "0.01")}


def test_the_earlier_run_of_the_azure_export_knows_less(azure_bills: list[list[Line]]) -> None:
    earlier, newest = (
        {(line["Date"], line["ResourceId"], line["MeterName"]): Decimal(line["Quantity"]) for line in run}
        for run in azure_bills
    )
    assert earlier.keys() < newest.keys()
    less = {key[0] for key, quantity in earlier.items() if quantity < newest[key]}
    assert less == {"10/08/2026"}
    assert all(quantity <= newest[key] for key, quantity in earlier.items())


def test_the_manifests_name_what_lies_beside_them(tree: dict[str, bytes]) -> None:
    data = {path for path in tree if path.startswith("bills/") and ".csv" in path}
    aws = json.loads(next(tree[path] for path in tree if path.endswith("-Manifest.json")))
    named = {"bills/aws/" + uri.removeprefix("s3://example-billing/") for uri in aws["dataFiles"]}
    for path, text in tree.items():
        if path.endswith("/manifest.json"):
            manifest = json.loads(text)
            (blob,) = manifest["blobs"]
            content = tree["bills/azure/" + blob["blobName"]]
            assert blob["byteCount"] == manifest["byteCount"] == len(content)
            assert blob["dataRowCount"] == manifest["dataRowCount"] == len(_table(content))
            named.add("bills/azure/" + blob["blobName"])
    assert named == data
