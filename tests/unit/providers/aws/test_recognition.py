"""Which objects are invocation logs: by their first bytes, wherever these end, and nothing that only resembles them."""

from __future__ import annotations

import gzip
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.ports import Sample
from tokenaudit.providers.aws import PROVIDER

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = sorted((ROOT / "fixtures" / "aws" / "invocation_logs").glob("*.raw.*"))
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"
HEAD = 256 * 1024
(LOGS,) = [source for source in PROVIDER.sources if source.name == "aws.invocation_logs"]

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

RECORD: dict[str, Any] = {
    "schemaType": "ModelInvocationLog",
    "schemaVersion": "1.0",
    "timestamp": "2026-10-01T08:00:00Z",
    "accountId": "111122223333",
    "region": "us-east-1",
    "requestId": "r",
    "operation": "Converse",
    "modelId": "amazon.nova-pro-v1:0",
    "input": {"inputContentType": "application/json", "inputBodyJson": {"messages": []}, "inputTokenCount": 1},
    "output": {"outputContentType": "application/json", "outputBodyJson": {"x": 1}, "outputTokenCount": 1},
}


def content_of(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw


def recognised(content: bytes, limit: int = HEAD, name: str = "x") -> bool:
    return LOGS.recognise(Sample(content[:limit], len(content) <= limit, name))


def dumped(*values: object) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_the_head_of_every_container_is_known_wherever_it_ends(path: Path) -> None:
    content = content_of(path)
    for limit in (1400, len(content) // 2, len(content) - 1, len(content)):
        if limit >= 1400:
            assert recognised(content, limit), limit
            assert recognised(content, limit, name="anything at all.bin")


@pytest.mark.parametrize("order", ["as logged", "by name", "schema last", "reversed"])
def test_bodies_before_the_marks_do_not_hide_them(order: str) -> None:
    """A body is logged inline up to 100 KB. Both may stand before all that identifies the record."""
    record = json.loads(json.dumps(RECORD))
    record["input"]["inputBodyJson"] = {"messages": "x" * 99_000}
    record["output"]["outputBodyJson"] = {"message": "y" * 99_000}
    names = list(record)
    if order == "by name":
        names = sorted(record)
    elif order == "schema last":
        names = [*names[2:], *names[:2]]
    elif order == "reversed":
        names.reverse()
    assert recognised(dumped({name: record[name] for name in names}))


@pytest.mark.parametrize(
    "body",
    [
        {"toolUse": {"input": {"eventSource": "aws:s3"}}},
        {"resourceSpans": [], "eventSource": "x", "records": [], "category": "GatewayLlmLogs"},
        {"text": '{"resourceSpans": [{"scopeSpans": []}]}'},
    ],
)
def test_a_prompt_cannot_make_a_log_unknown(body: dict[str, Any]) -> None:
    record = RECORD | {"input": {"inputBodyJson": body, "inputTokenCount": 1}}
    assert recognised(dumped(record))


CLOUDTRAIL = {
    "eventVersion": "1.09",
    "eventSource": "bedrock.amazonaws.com",
    "eventName": "Converse",
    "awsRegion": "us-east-1",
    "requestID": "r",
    "requestParameters": {"modelId": "us.amazon.nova-pro-v1:0"},
    "additionalEventData": {"inferenceRegion": "us-west-2"},
    "recipientAccountId": "111122223333",
}
SPAN = {
    "traceId": "0" * 32,
    "name": "chat",
    "attributes": [{"key": "gen_ai.request.model", "value": {"stringValue": "amazon.nova-pro-v1:0"}}],
}
OTHERS: dict[str, bytes] = {
    "CloudTrail": dumped({"Records": [CLOUDTRAIL, CLOUDTRAIL]}),
    "CloudTrail, where the logging was switched on": dumped(
        {"Records": [CLOUDTRAIL | {"eventName": "PutModelInvocationLoggingConfiguration"}, CLOUDTRAIL]}
    ),
    "spans": dumped({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN]}]}]}),
    "spans that quote a log": dumped({"resourceSpans": [{"scopeSpans": [{"spans": [SPAN | {"attributes": RECORD}]}]}]}),
    "Azure": dumped({"category": "RequestResponse", "properties": {"modelName": "gpt-4o"}}),
    "metrics": dumped({"Namespace": "AWS/Bedrock", "MetricDataResults": [{"Id": "m", "Label": "InputTokenCount"}]}),
    "dimensions": dumped({"Dimensions": [{"Name": "ModelId", "Value": "amazon.nova-pro-v1:0"}]}),
    "a bill": b"line_item_usage_type,line_item_operation\nUSE1-NovaPro-input-tokens,InvokeModelInference\n",
    "a request that lies beside the logs": dumped(RECORD["input"]["inputBodyJson"]),
    "an answer that lies beside the logs": dumped({"usage": {"inputTokens": 1}, "metrics": {"latencyMs": 5}}),
    "a batch manifest": dumped({"totalRecordCount": 5, "inputTokenCount": 10, "outputTokenCount": 20}),
    "a batch answer": dumped({"recordId": "r", "modelInput": {}, "modelOutput": {"usage": {"input_tokens": 1}}}),
    "profiles": dumped({"inferenceProfileSummaries": [{"models": [{"modelArn": "arn:aws:bedrock:::x"}]}]}),
    "an empty page": dumped({"events": [], "nextToken": "x"}),
    "other events": dumped({"events": [{"message": '{"level": "info", "modelId": "x"}'}]}),
    "the permission check": b"",
    "a program": (
        b"def record(model_id, tokens):\n"
        b"    return [\n"
        b'        {"schemaType": "ModelInvocationLog", "modelId": model_id, "input": {"inputTokenCount": tokens}},\n'
        b"    ]\n"
    ),
}


@pytest.mark.parametrize("content", OTHERS.values(), ids=OTHERS)
def test_what_is_none_is_left_to_others(content: bytes) -> None:
    assert not recognised(content)


@needs_samples
def test_of_all_samples_only_the_invocation_logs_are_known() -> None:
    aws = SAMPLES / "aws"
    logs = {
        aws / "elastic_invocation_1-6.jsonl",
        aws / "panther_bedrock_tests.jsonl",
        aws / "synthetic" / "invocation_edge_cases.ndjson",
        *(aws / "synthetic" / "s3_tree").glob("bl/AWSLogs/*/BedrockModelInvocationLogs/*/*/*/*/*/*.json.gz"),
    }
    files = [path for path in SAMPLES.rglob("*") if path.is_file()]
    assert len(files) > 50
    assert {path for path in files if recognised(content_of(path), name=path.name)} == logs


@needs_samples
def test_side_cars_are_known_by_their_address() -> None:

    tree = SAMPLES / "aws" / "synthetic" / "s3_tree"
    files = [path for path in tree.rglob("*") if path.is_file()]
    beside = [path for path in files if any(re.search(pattern, path.as_uri()) for pattern in PROVIDER.sidecars)]
    assert {path.name for path in beside} == {
        "e08_input.json.gz",
        "e08_output.json.gz",
        "amazon-bedrock-logs-permission-check",
    }


@pytest.mark.parametrize(
    ("address", "beside"),
    [
        ("s3://logs/AWSLogs/1/BedrockModelInvocationLogs/us-east-1/2026/10/01/08/data/5f1c_input.json.gz", True),
        ("file:///copy/08/data/5f1c_input_media_00.pdf", True),
        ("file:///copy/data/0a1b2c3d-0a1b-0a1b-0a1b-0a1b2c3d4e5f_output.json.gz", True),
        ("file:///logs/data/bedrock_output.json", False),
    ],
)
def test_a_log_of_ones_own_is_no_side_car_for_its_name(address: str, beside: bool) -> None:  # noqa: FBT001 - expected
    assert any(re.search(pattern, address) for pattern in PROVIDER.sidecars) == beside


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_nothing_raises(content: bytes) -> None:
    assert recognised(content) in {True, False}


def test_a_program_that_speaks_of_records_is_none() -> None:
    program = (
        b'"""Writes logs."""\n\nRECORD = {"schemaType": "ModelInvocationLog", "modelId": "x", "inputTokenCount": 1}\n'
    )
    assert not recognised(program)
    assert recognised(b'torn": 1}}\n' + dumped(RECORD)), "a torn first line is no reason to refuse the others"
