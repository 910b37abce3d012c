"""The shipped example is what its script writes, and tells the story that its README promises."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
import tomllib
from collections import Counter
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

TOPS = ("logs", "bills", "metrics")
SIZE_BOUND = 1_700_000


def _content(path: Path) -> bytes:
    """Inflated: another build of zlib may compress the same content into other bytes."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data


def test_the_script_writes_exactly_the_shipped_files(example: Path, tree: dict[str, bytes], tmp_path: Path) -> None:
    command = [sys.executable, str(example / "generate.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    again = {path.relative_to(tmp_path).as_posix(): _content(path) for path in tmp_path.rglob("*") if path.is_file()}
    assert sorted(again) == sorted(tree)
    assert [path for path in tree if tree[path] != again[path]] == []


def test_the_script_writes_over_nothing(example: Path, tmp_path: Path) -> None:
    for top in TOPS:
        (tmp_path / top / top).mkdir(parents=True)
        command = [sys.executable, str(example / "generate.py"), "--out", str(tmp_path / top)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode != 0
        assert f"already holds {top}" in done.stderr
        assert [path.name for path in (tmp_path / top).iterdir()] == [top]


def test_the_folder_stays_small(example: Path) -> None:
    files = [path for top in TOPS for path in (example / top).rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) < SIZE_BOUND


def test_bedrock_requests_by_kind(bedrock: list[dict[str, Any]]) -> None:
    ids = Counter(record["requestId"] for record in bedrock)
    assert sorted(ids.values())[-2:] == [1, 2], "one record was delivered twice"
    unique = {record["requestId"]: record for record in bedrock}.values()
    assert Counter(record["requestMetadata"]["team"] for record in unique) == {"search": 1745, "support": 783}
    errors = Counter(record.get("errorCode") for record in unique)
    assert errors == {None: 2449, "ThrottlingException": 72, "ValidationException": 4, "InternalServerException": 3}
    assert {record["timestamp"][:13] for record in unique if record.get("errorCode") == "ThrottlingException"} == {
        "2026-10-07T14"
    }
    assert {record["operation"] for record in unique} == {
        "Converse",
        "ConverseStream",
        "InvokeModel",
        "InvokeModelWithResponseStream",
    }


def test_the_records_of_one_hour_were_never_delivered(bedrock: list[dict[str, Any]]) -> None:
    hours = Counter(record["timestamp"][11:13] for record in bedrock if record["timestamp"].startswith("2026-10-08"))
    assert "15" not in hours
    assert min(hours["14"], hours["16"]) > 40


def test_bedrock_counts_agree_with_the_bodies(bedrock: list[dict[str, Any]]) -> None:
    checked = 0
    for record in bedrock:
        body = record.get("output", {}).get("outputBodyJson")
        if isinstance(body, dict) and "inputTokens" in body["usage"]:
            usage, written = body["usage"], record["input"]["cacheWriteInputTokenCount"]
            assert usage["inputTokens"] == record["input"]["inputTokenCount"]
            assert sum(part["inputTokens"] for part in usage.get("cacheDetails", [])) == written
        elif isinstance(body, list):
            metrics = body[-1]["amazon-bedrock-invocationMetrics"]
            assert 0 < metrics["firstByteLatency"] <= metrics["invocationLatency"]
            assert metrics["outputTokenCount"] == record["output"]["outputTokenCount"]
        else:
            continue
        checked += 1
    assert checked > 2000


def test_bedrock_layout_has_what_a_bucket_has(tree: dict[str, bytes]) -> None:
    checks = [path for path in tree if path.endswith("amazon-bedrock-logs-permission-check")]
    assert [tree[path] for path in checks] == [b"", b""]
    sides = sorted(path.rsplit("_", 1)[1] for path in tree if path.startswith("logs/") and "/data/" in path)
    assert sides == ["input.json.gz", "output.json.gz"]


def test_azure_records_by_category(azure: dict[str, list[dict[str, Any]]]) -> None:
    assert {category: len(records) for category, records in azure.items()} == {
        "GatewayLlmLogs": 730,
        "GatewayLogs": 734,
        "RequestResponse": 204,
    }
    models = Counter(record["properties"]["modelName"] for record in azure["GatewayLlmLogs"])
    assert models == {
        "claude-sonnet-4-5": 300,
        "gpt-4.1-2025-04-14": 180,
        "gpt-4.1-mini-2025-04-14": 170,
        "text-embedding-3-small": 80,
    }


def test_azure_calls_can_be_joined(azure: dict[str, list[dict[str, Any]]]) -> None:
    ids = {category: {record["correlationId"] for record in records} for category, records in azure.items()}
    assert ids["GatewayLlmLogs"] < ids["GatewayLogs"]
    assert len(ids["RequestResponse"] & ids["GatewayLogs"]) == 184
    assert len(ids["RequestResponse"] - ids["GatewayLogs"]) == 20


def test_cached_tokens_follow_each_vendors_rule(azure: dict[str, list[dict[str, Any]]]) -> None:
    above_prompt = 0
    for record in azure["GatewayLlmLogs"]:
        usage = record["properties"]
        if usage["modelName"].startswith("claude"):
            above_prompt += usage["promptCachedTokens"] > usage["promptTokens"]
        else:
            assert usage["promptCachedTokens"] <= usage["promptTokens"]
            assert usage["promptCachedTokens"] % 128 == 0
    assert above_prompt > 50, "Claude's prompts are counted without what came from the cache"


def test_request_response_times_agree(azure: dict[str, list[dict[str, Any]]]) -> None:
    for record in azure["RequestResponse"]:
        properties = json.loads(record["properties"])
        assert properties["responseTime"] - properties["requestTime"] == record["durationMs"] * 10_000


def test_the_configuration_names_every_opaque_name(
    example: Path, bedrock: list[dict[str, Any]], azure: dict[str, list[dict[str, Any]]]
) -> None:
    config = tomllib.loads((example / "tokenaudit.toml").read_text("utf-8"))
    profiles = {record["modelId"] for record in bedrock if ":application-inference-profile/" in record["modelId"]}
    assert profiles == {profile["arn"] for profile in config["aws"]["inference_profiles"]}
    deployments = {record["properties"]["deploymentName"] for record in azure["GatewayLlmLogs"]}
    assert deployments == {deployment["name"] for deployment in config["azure"]["deployments"]}
