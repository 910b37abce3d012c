"""Azure Monitor answers: what is recognised, and that one family and one split are counted, never two."""

from __future__ import annotations

import json
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest

from tokenaudit import registry
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.azure.metrics import Metrics

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"
SOURCE = Metrics()
HOUR = "2026-10-05T08:00:00Z"
ACCOUNT = (
    "/subscriptions/00000000-0000-0000-0000-000000000001/resourceGroups/RG"
    "/providers/Microsoft.CognitiveServices/accounts/Prod"
)
DEPLOYED = {"modeldeploymentname": "chat", "modelname": "gpt-4.1-mini", "modelversion": "2025-04-14"}

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")


def metric(name: str, *series: tuple[dict[str, str], float], unit: str = "Count") -> dict[str, Any]:
    """A metric with one total at `HOUR` in each series."""
    return {
        "id": f"{ACCOUNT}/providers/Microsoft.Insights/metrics/{name}",
        "name": {"value": name},
        "unit": unit,
        "timeseries": [
            {
                "metadatavalues": [{"name": {"value": key}, "value": value} for key, value in dimensions.items()],
                "data": [{"timeStamp": HOUR, "total": total}],
            }
            for dimensions, total in series
        ],
    }


def answer(*metrics: dict[str, Any], interval: str | None = "PT1H", **changed: Any) -> dict[str, Any]:
    said = {"interval": interval} if interval else {}
    return {**said, "resourceregion": "East US 2", "value": list(metrics), **changed}


def read(*documents: object, uri: str = "object") -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Rows by table, and the reasons of rejects."""
    content = "\n".join(json.dumps(document) for document in documents).encode()
    rows: dict[str, list[dict[str, Any]]] = {"metrics": [], "usage": []}
    reasons: list[str] = []
    for part in SOURCE.normalise([Blob(uri, (content,))]):
        rows[part.table].extend(part.batch.to_pylist(maps_as_pydicts="strict"))
        reasons.extend(reject.reason for reject in part.rejects)
    return rows, reasons


def recognised_by(document: object, limit: int = 256 * 1024) -> list[str]:
    content = json.dumps(document).encode()
    sample = Sample(content[:limit], len(content) <= limit, "x")
    return [source.name for source in registry.sources() if source.recognise(sample)]


def test_answers_are_known_whole_cut_or_empty() -> None:
    one = answer(metric("InputTokens", (DEPLOYED, 1)))
    assert recognised_by(one) == ["azure.metrics"]
    assert recognised_by([one, one]) == ["azure.metrics"]
    assert recognised_by({"values": [one]}) == ["azure.metrics"]
    assert recognised_by(one, 500) == ["azure.metrics"]
    assert recognised_by({"timespan": "a/b", "interval": "PT1H", "value": []}) == ["azure.metrics"]


@pytest.mark.parametrize(
    "other",
    [
        {"value": [{"id": "x", "name": "a budget", "properties": {}}]},
        {"value": {"start": "2026-10-05", "requests/count": {"sum": 1}}},
        {"message": '{"value": [{"timeseries": []}]}', "value": 1},
    ],
)
def test_other_answers_of_azure_are_left_to_others(other: object) -> None:
    assert "azure.metrics" not in recognised_by(other)


@needs_samples
def test_samples_of_others_are_read_without_a_crash() -> None:
    rows, reasons = read(json.loads((SAMPLES / "azure" / "azure_monitor_metrics_third_party.json").read_bytes()))
    assert reasons == []
    counted = {name: sum(row[name] or 0 for row in rows["usage"]) for name in ("input_tokens", "output_tokens")}
    assert counted == {"input_tokens": 550_000, "output_tokens": 42_000}
    assert sum(row["request_count"] for row in rows["usage"]) == 1_080
    assert {row["period_s"] for row in rows["metrics"]} == {86_400}
    assert {row["resource"] for row in rows["usage"]} == {None}
    storage = json.loads((SAMPLES / "azure" / "rest_specs" / "GetMetric.trimmed.json").read_bytes())
    body = storage["responses"]["200"]["body"]
    assert recognised_by(body) == ["azure.metrics"]
    assert read(body) == ({"metrics": [], "usage": []}, [])


def test_both_families_of_one_file_count_once_in_any_order() -> None:
    documents = [
        answer(metric("ProcessedPromptTokens", ({"modeldeploymentname": "chat"}, 100))),
        answer(metric("InputTokens", (DEPLOYED, 100)), metric("OutputTokens", (DEPLOYED, 7))),
        answer(metric("InputTokens", ({}, 100))),
    ]
    made = [read(*order)[0] for order in permutations(documents)]
    for each in made:
        assert each["usage"] == made[0]["usage"]
        assert len(each["metrics"]) == 4
    assert sorted((row["input_tokens"], row["output_tokens"]) for row in made[0]["usage"] if row["input_tokens"]) == [
        (100, None)
    ]
    assert [row["output_tokens"] for row in made[0]["usage"] if row["output_tokens"]] == [7]
    assert {(row["model"], row["deployment"]) for row in made[0]["usage"]} == {("openai/gpt-4.1-mini", "chat")}


def test_one_family_may_tell_its_counts_in_other_periods() -> None:
    rows, _ = read(
        answer(metric("InputTokens", (DEPLOYED, 100))),
        answer(metric("OutputTokens", (DEPLOYED, 7)), interval="P1D"),
        answer(metric("GeneratedTokens", ({"modeldeploymentname": "chat"}, 7))),
    )
    told = sorted((row["input_tokens"] or 0, row["output_tokens"] or 0) for row in rows["usage"])
    assert told == [(0, 7), (100, 0)]


def test_families_in_two_files_have_one_identity() -> None:
    legacy, _ = read(answer(metric("ProcessedPromptTokens", ({"ModelDeploymentName": "Chat"}, 100))), uri="a")
    models, _ = read(answer(metric("InputTokens", (DEPLOYED, 100))), uri="b")
    assert legacy["usage"][0]["usage_id"] == models["usage"][0]["usage_id"]


def test_accounts_are_apart_and_case_does_not_make_two_of_one() -> None:
    other = json.loads(json.dumps(metric("InputTokens", (DEPLOYED, 5))).replace("/accounts/Prod", "/accounts/Dev"))
    shouted = json.loads(json.dumps(metric("InputTokens", (DEPLOYED, 5))).replace(ACCOUNT, ACCOUNT.upper()))
    rows, _ = read(answer(metric("InputTokens", (DEPLOYED, 5))), answer(other), answer(shouted))
    assert sorted(row["resource"].rpartition("/")[2] for row in rows["usage"]) == ["dev", "prod"]
    assert {row["account"] for row in rows["usage"]} == {"00000000-0000-0000-0000-000000000001"}
    assert {row["region"] for row in rows["usage"]} == {"eastus2"}


def test_a_split_by_status_is_added_up_for_requests_and_kept_in_metrics() -> None:
    by_status = [({**DEPLOYED, "statuscode": code}, count) for code, count in (("200", 9.0), ("429", 2.0))]
    rows, _ = read(answer(metric("InputTokens", (DEPLOYED, 5)), metric("ModelRequests", *by_status)))
    assert [row["request_count"] for row in rows["usage"]] == [0, 11]
    codes = {
        row["dimensions"].get("statuscode"): row["value"] for row in rows["metrics"] if row["metric"] == "requests"
    }
    assert codes == {"200": 9.0, "429": 2.0}


def test_cached_tokens_of_openai_are_unknown_and_not_0() -> None:
    rows, _ = read(answer(metric("InputTokens", (DEPLOYED, 5))))
    (bucket,) = rows["usage"]
    assert bucket["input_tokens"] == 5
    assert (bucket["cache_read_tokens"], bucket["cache_write_tokens"], bucket["output_tokens"]) == (None, None, None)


@pytest.mark.parametrize(
    ("interval", "period_s"), [("PT1M", 60), ("PT6H", 21_600), ("P1D", 86_400), ("P1DT12H", 129_600), ("pt5m", 300)]
)
def test_the_interval_is_the_answer_s_own(interval: str, period_s: int) -> None:
    rows, _ = read(answer(metric("InputTokens", (DEPLOYED, 5)), interval=interval))
    assert [row["period_s"] for row in rows["metrics"]] == [period_s]


@pytest.mark.parametrize("interval", [None, "FULL", "P", "PT0S"])
def test_an_interval_that_nobody_can_tell_is_a_reject(interval: str | None) -> None:
    rows, reasons = read(answer(metric("InputTokens", (DEPLOYED, 5)), interval=interval))
    assert rows == {"metrics": [], "usage": []}
    assert reasons == ["the answer has no interval, and too few points to tell it"]


@pytest.mark.parametrize(
    ("name", "unit", "ledger_name", "value", "ledger_unit"),
    [
        ("ProvisionedUtilization", "Percent", "utilization_ratio", 0.5, "ratio"),
        ("AzureOpenAIProvisionedManagedUtilizationV2", "", "utilization_ratio", 0.5, "ratio"),
        ("AzureOpenAINormalizedTTFTInMS", "MilliSeconds", "normalized_first_token_ms", 50.0, "ms"),
        ("TimeToLastByte", "Seconds", "latency_ms", 50_000.0, "ms"),
        ("cachereadinputtokens", "Count", "cache_read_tokens", 50.0, "tokens"),
        ("SuccessRate", "Percent", "success_rate", 0.5, "ratio"),
        ("BrandNewThing", "Bytes", "brand_new_thing", 50.0, "bytes"),
        ("BrandNewThing", "", "brand_new_thing", 50.0, None),
    ],
)
def test_names_and_units(name: str, unit: str, ledger_name: str, value: float, ledger_unit: str | None) -> None:
    rows, _ = read(answer(metric(name, (DEPLOYED, 50.0), unit=unit)))
    (row,) = rows["metrics"]
    assert (row["metric"], row["value"], row["unit"], row["metric_ref"]) == (ledger_name, value, ledger_unit, name)
