"""CloudWatch answers: what is recognised, and that no token is lost or counted twice whatever was asked for."""

from __future__ import annotations

import json
import os
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit import registry
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.aws.metrics import Metrics

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"
SOURCE = Metrics()
MODEL = "amazon.nova-pro-v1:0"
HOUR = "2026-10-05T08:00:00Z"
PLAIN = {"ModelId": MODEL}

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")


def tiered(asked: str, resolved: str) -> dict[str, str]:
    return {"ModelId": MODEL, "ServiceTier": asked, "ResolvedServiceTier": resolved}


def answer(*series: tuple[str, dict[str, str], float], period_s: int = 3600, **changed: Any) -> dict[str, Any]:
    """A saved answer with one point at `HOUR` in each series."""
    queries, results = [], []
    for number, (metric, dimensions, value) in enumerate(series):
        pairs = [{"Name": name, "Value": each} for name, each in dimensions.items()]
        measured = {"Namespace": "AWS/Bedrock", "MetricName": metric, "Dimensions": pairs}
        queries.append({"Id": f"m{number}", "MetricStat": {"Metric": measured, "Period": period_s, "Stat": "Sum"}})
        results.append({"Id": f"m{number}", "Timestamps": [HOUR], "Values": [value], "StatusCode": "Complete"})
    owner = {"Namespace": "AWS/Bedrock", "AccountId": "111122223333", "Region": "us-east-1"}
    return {**owner, "MetricDataQueries": queries, "MetricDataResults": results, **changed}


def read(*documents: object, uri: str = "object") -> tuple[dict[str, list[dict[str, Any]]], list[str]]:
    """Rows by table, and the reasons of rejects."""
    content = "\n".join(json.dumps(document) for document in documents).encode()
    rows: dict[str, list[dict[str, Any]]] = {"metrics": [], "usage": []}
    reasons: list[str] = []
    for part in SOURCE.normalise([Blob(uri, (content,))]):
        rows[part.table].extend(part.batch.to_pylist(maps_as_pydicts="strict"))
        reasons.extend(reject.reason for reject in part.rejects)
    return rows, reasons


def recognised_by(content: bytes, limit: int = 256 * 1024) -> list[str]:
    sample = Sample(content[:limit], len(content) <= limit, "x")
    return [source.name for source in registry.sources() if source.recognise(sample)]


def test_an_answer_is_known_by_its_top_and_by_nothing_else() -> None:
    content = json.dumps(answer(("InputTokenCount", PLAIN, 1))).encode()
    assert recognised_by(content) == ["aws.metrics"]
    assert recognised_by(b"[\n" + content + b"]") == ["aws.metrics"]
    assert recognised_by(content, content.index(b"MetricDataResults")) == ["aws.metrics"]
    assert recognised_by(json.dumps({"note": {"MetricDataResults": []}}).encode()) == []
    assert recognised_by(json.dumps({"note": "MetricDataResults"}).encode()) == []


@needs_samples
@pytest.mark.parametrize("name", ["synthetic/cloudwatch_get_metric_data.json", "c7n_inference_profile_metrics"])
def test_samples_of_others_are_read_without_a_crash(name: str) -> None:
    path = SAMPLES / "aws" / name
    for each in sorted(path.glob("*.json")) if path.is_dir() else [path]:
        rows, reasons = read(json.loads(each.read_bytes()))
        assert rows == {"metrics": [], "usage": []}
        assert reasons


@given(
    st.lists(st.tuples(st.sampled_from(("default", "flex", "priority")), st.integers(0, 10**9)), max_size=6),
    st.none() | st.integers(0, 10**9),
)
def test_buckets_hold_the_plain_set_or_every_token_of_the_tiered_one(
    by_tier: list[tuple[str, int]], plain: int | None
) -> None:
    series: list[tuple[str, dict[str, str], float]] = [
        ("InputTokenCount", tiered(f"asked-{number}", tier), value) for number, (tier, value) in enumerate(by_tier)
    ]
    if plain is not None:
        series.append(("InputTokenCount", PLAIN, plain))
    rows, reasons = read(answer(*series))
    assert reasons == []
    assert len(rows["metrics"]) == len(series)
    expected = sum(value for _, value in by_tier) if plain is None else plain
    assert sum(row["input_tokens"] for row in rows["usage"]) == expected
    assert len({row["usage_id"] for row in rows["usage"]}) == len(rows["usage"])


def test_the_order_of_pages_does_not_matter() -> None:
    pages = [
        answer(("InputTokenCount", PLAIN, 100), ("Invocations", PLAIN, 3)),
        answer(("OutputTokenCount", PLAIN, 10)),
        answer(("InputTokenCount", PLAIN, 2400), period_s=86400),
    ]
    made = [read(*order)[0]["usage"] for order in permutations(pages)]
    made = [sorted(each, key=lambda row: str(row["usage_id"])) for each in made]
    assert all(each == made[0] for each in made)
    told = [(row["input_tokens"], row["output_tokens"], row["request_count"]) for row in made[0]]
    assert told == [(100, None, 0), (None, 10, 0), (None, None, 3)]


def test_counts_that_were_asked_for_in_other_ways_are_all_there() -> None:
    rows, _ = read(
        answer(("InputTokenCount", PLAIN, 100), ("Invocations", PLAIN, 3)),
        answer(("OutputTokenCount", PLAIN, 10), period_s=86400),
        answer(("CacheReadInputTokenCount", tiered("default", "default"), 40)),
    )
    told = {name: [row[name] for row in rows["usage"] if row[name]] for name in ("input_tokens", "output_tokens")}
    assert told == {"input_tokens": [100], "output_tokens": [10]}
    assert [(row["cache_read_tokens"], row["tier"]) for row in rows["usage"] if row["cache_read_tokens"]] == [
        (40, "standard")
    ]
    assert sum(row["request_count"] for row in rows["usage"]) == 3


def test_the_same_answer_twice_in_a_file_counts_once_and_the_later_is_right() -> None:
    early, late = answer(("InputTokenCount", PLAIN, 70)), answer(("InputTokenCount", PLAIN, 100))
    rows, _ = read(early, late)
    assert [row["value"] for row in rows["metrics"]] == [100.0]
    assert [row["input_tokens"] for row in rows["usage"]] == [100]


def test_a_count_has_the_same_identity_whatever_file_it_is_in_and_another_count_has_another() -> None:
    one = read(answer(("InputTokenCount", PLAIN, 1)), uri="a")[0]["usage"]
    same = read(answer(("InputTokenCount", PLAIN, 2)), uri="b")[0]["usage"]
    other = read(answer(("OutputTokenCount", PLAIN, 1)), uri="b")[0]["usage"]
    assert one[0]["usage_id"] == same[0]["usage_id"] != other[0]["usage_id"]


@pytest.mark.parametrize("changed", [{"AccountId": "444455556666"}, {"Region": "eu-west-1"}])
def test_accounts_and_regions_are_kept_apart(changed: dict[str, Any]) -> None:
    rows, _ = read(answer(("InputTokenCount", PLAIN, 1)), answer(("InputTokenCount", PLAIN, 1), **changed))
    assert len({row["usage_id"] for row in rows["usage"]}) == 2


def test_other_services_are_foreign_and_no_reject() -> None:
    document = answer(("CPUUtilization", {"InstanceId": "i-0"}, 5))
    document["MetricDataQueries"][0]["MetricStat"]["Metric"]["Namespace"] = "AWS/EC2"
    (part,) = SOURCE.normalise([Blob("u", (json.dumps(document).encode(),))])
    assert (part.batch.num_rows, part.rejects, part.records, part.foreign) == (0, (), {"u": 0}, {"u": 1})


def test_only_sums_make_buckets() -> None:
    document = answer(("InputTokenCount", PLAIN, 5))
    document["MetricDataQueries"][0]["MetricStat"]["Stat"] = "Average"
    rows, _ = read(document)
    assert [row["statistic"] for row in rows["metrics"]] == ["average"]
    assert rows["usage"] == []
