"""The two sources of logs as a whole: what they recognise, what they make of it, and what they never keep."""

from __future__ import annotations

import csv
import io
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tokenaudit.ledger.fold import fold
from tokenaudit.model.ports import Blob, Sample, Source
from tokenaudit.providers.azure import PROVIDER

ROOT = Path(__file__).resolve().parents[4]
FIXTURES = ROOT / "fixtures" / "azure"
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED", ROOT.parent / "shared")) / "samples" / "azure"
GATEWAY, REQUESTS, *_ = PROVIDER.sources
CANARY = "CANARY-52e1"

needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

LLM: dict[str, Any] = {
    "category": "GatewayLlmLogs",
    "time": "2026-10-01T08:00:00Z",
    "correlationId": "00000000-0000-0000-0000-00000000000a",
    "properties": {"requestId": "r", "modelName": "gpt-4o", "promptTokens": 5, "completionTokens": 1},
}
REQUEST: dict[str, Any] = {
    "category": "RequestResponse",
    "time": "2026-10-01T08:00:00Z",
    "correlationId": "00000000-0000-0000-0000-00000000000a",
    "durationMs": 5,
    "resultSignature": "200",
    "properties": '{"modelName": "gpt-4o"}',
}
AUDIT = {"category": "Audit", "time": "2026-10-01T08:00:00Z", "operationName": "ListKey", "properties": {}}


def sample(content: bytes, limit: int = 64 * 1024) -> Sample:
    return Sample(content[:limit], len(content) <= limit, "PT1H.json")


def recognised_by(content: bytes, limit: int = 64 * 1024) -> list[str]:
    return [source.name for source in PROVIDER.sources if source.recognise(sample(content, limit))]


def read(source: Source, *contents: bytes) -> tuple[list[dict[str, Any]], list[tuple[str, int, str]], int]:
    parts: list[dict[str, Any]] = []
    rejects: list[tuple[str, int, str]] = []
    records = 0
    for result in source.normalise([Blob(f"object-{i}", [content]) for i, content in enumerate(contents)]):
        parts.extend(result.batch.to_pylist(maps_as_pydicts="strict"))
        rejects.extend((reject.uri, reject.line, reject.reason) for reject in result.rejects)
        records += sum(result.records.values())
    assert records == len(parts) + len(rejects)
    return parts, rejects, records


def dumped(*values: object) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


def table(*rows: dict[str, Any]) -> dict[str, Any]:
    names = list(rows[0])
    return {
        "tables": [
            {"name": "t", "columns": [{"name": name} for name in names], "rows": [list(r.values()) for r in rows]}
        ]
    }


def as_csv(*rows: dict[str, Any]) -> bytes:
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


LA_LLM = {"TimeGenerated": "2026-10-01T08:00:00Z", "CorrelationId": "c", "DeploymentName": "d", "ModelName": "gpt-4o",
          "PromptTokens": 5, "CompletionTokens": 1, "SequenceNumber": 0, "RequestMessages": CANARY}  # fmt: skip
LA_GATEWAY = {"TimeGenerated": "2026-10-01T08:00:00Z", "CorrelationId": "c", "TotalTime": 9, "ResponseCode": 200}
LA_REQUEST = {"TimeGenerated": "2026-10-01T08:00:00Z", "Category": "RequestResponse", "CorrelationId": "c",
              "DurationMs": 5, "ResultSignature": "200", "properties_s": "{}"}  # fmt: skip
LA_PLAIN_REQUEST = {"TimeGenerated": "2026-10-01T08:00:00Z", "CorrelationId": "c",
                    "properties_s": '{"requestTime": 639264170277847539}'}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("azure.gateway_logs", dumped(LLM)),
        ("azure.gateway_logs", b"\xef\xbb\xbf" + dumped(AUDIT, LLM, REQUEST)),
        ("azure.gateway_logs", dumped({"records": [AUDIT, LLM]})),
        ("azure.gateway_logs", json.dumps([LLM, REQUEST], indent=2).encode()),
        ("azure.gateway_logs", json.dumps({"records": [LLM]}, indent=2).encode()),
        ("azure.gateway_logs", json.dumps(LLM, indent=2).encode()),
        ("azure.gateway_logs", dumped({**LLM, "category": "Microsoft.ApiManagement/GatewayLogs"})),
        ("azure.gateway_logs", dumped(LLM)[:-30] + b"\n" + dumped(LLM)),
        ("azure.gateway_logs", as_csv(LA_LLM)),
        ("azure.gateway_logs", as_csv(LA_GATEWAY)),
        ("azure.gateway_logs", as_csv({**LA_GATEWAY, "Type": "ApiManagementGatewayLogs"})),
        ("azure.gateway_logs", dumped(table(LA_LLM))),
        ("azure.gateway_logs", dumped([LA_LLM, LA_GATEWAY])),
        ("azure.request_logs", dumped(REQUEST)),
        ("azure.request_logs", dumped({**REQUEST, "category": "AzureOpenAIRequestUsage"})),
        ("azure.request_logs", dumped(AUDIT, {"records": [REQUEST, LLM]})),
        ("azure.request_logs", as_csv(LA_REQUEST)),
        ("azure.request_logs", as_csv(LA_PLAIN_REQUEST)),
        ("azure.request_logs", dumped(table(LA_REQUEST))),
        ("azure.request_logs", json.dumps([LA_REQUEST], indent=2).encode()),
    ],
)
def test_every_container_is_recognised_by_one_source(name: str, content: bytes) -> None:
    assert recognised_by(content) == [name]
    assert recognised_by(b"\n" + content) == [name]


@pytest.mark.parametrize("record", [LLM, REQUEST], ids=["gateway", "request"])
@pytest.mark.parametrize("shape", ["lines", "array", "records", "table", "csv"])
def test_a_cut_head_is_recognised(record: dict[str, Any], shape: str) -> None:
    flat = LA_LLM if record is LLM else LA_REQUEST
    content = {
        "lines": dumped(*[record] * 20),
        "array": dumped([record] * 20),
        "records": dumped({"records": [record] * 20}),
        "table": dumped(table(*[flat] * 20)),
        "csv": as_csv(*[flat] * 20),
    }[shape]
    expected = ["azure.gateway_logs" if record is LLM else "azure.request_logs"]
    for limit in range(len(content) // 2, len(content), 37):
        assert recognised_by(content, limit) == expected


def test_a_first_record_longer_than_the_head_is_recognised() -> None:
    long = {**LLM, "properties": {**LLM["properties"], "requestMessages": "x" * 90_000}}
    assert recognised_by(dumped(long)) == ["azure.gateway_logs"]
    assert recognised_by(dumped({"records": [long]})) == ["azure.gateway_logs"]
    assert recognised_by(as_csv({**LA_LLM, "RequestMessages": "x" * 90_000})) == ["azure.gateway_logs"]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        b"{}",
        b"[]",
        b"7",
        b"\x1f\x8b\x08\x00",
        b"\xff" * 100,
        b"[" * 70_000,
        dumped(AUDIT),
        dumped({"schemaType": "ModelInvocationLog", "timestamp": "2026-10-01T08:00:00Z", "requestId": "r",
                "operation": "Converse", "modelId": "amazon.nova-lite-v1:0",
                "input": {"inputTokenCount": 5, "inputBodyJson": {"text": '"category": "RequestResponse"'}},
                "output": {"outputTokenCount": 5}}),
        dumped({"resourceSpans": [{"scopeSpans": [{"spans": [{"attributes": [
            {"key": "gen_ai.usage.input_tokens", "value": {"intValue": "5"}}]}]}]}]}),
        dumped({"time": "2026-10-01T08:00:00Z", "Type": "AppDependencies", "OperationId": "o", "Properties": {}}),
        dumped({"time": "2026-10-01T08:00:00Z", "resourceId": "/SUBSCRIPTIONS/x", "metricName": "InputTokens", "n": 5}),
        as_csv({"timestamp": "2026-10-01T08:00:00Z", "promptTokens": 5, "completionTokens": 1}),
        as_csv({"BillingPeriod": "2026-10", "ResourceId": "r", "MeterName": "m", "Quantity": 1, "Cost": 2}),
        as_csv({**LA_REQUEST, "Category": "AuditEvent"}),
        b"date,model,prompt_tokens\n2026-10-01,gpt-4o,5\n",
    ],
)  # fmt: skip
def test_other_files_are_not_recognised(content: bytes) -> None:
    assert recognised_by(content) == []
    assert recognised_by(content, limit=60) == []


@given(st.binary(max_size=300))
def test_recognising_never_raises(content: bytes) -> None:
    recognised_by(content)
    recognised_by(b'{"tables":[{"columns":' + content)
    recognised_by(b"TimeGenerated,Category\n" + content)


def test_records_go_by_their_own_category_whichever_source_reads_them() -> None:
    content = dumped(AUDIT, LLM, {"records": [REQUEST, AUDIT]})
    for source in (GATEWAY, REQUESTS):
        parts, rejects, records = read(source, content)
        assert [(part["part"], part["source"]) for part in parts] == [
            ("llm", "azure.gateway_logs"),
            ("request", "azure.request_logs"),
        ]
        assert (rejects, records) == ([], 2)


@pytest.mark.parametrize(
    ("properties", "is_ours"),
    [
        ({"apiName": "Azure Speech API v3.2"}, False),
        ({"apiName": "Computer Vision API v3.2"}, False),
        ({"apiName": "TextAnalytics"}, False),
        ({"apiName": "Azure AI Language"}, False),
        ({"apiName": "Face API"}, False),
        ({"apiName": "Azure Speech API v3.2", "modelDeploymentName": "chat-prod"}, True),
        ({"apiName": "Azure OpenAI Speech"}, True),
        ({"apiName": "Large Language Models"}, True),
        ({"apiName": "Provisioning"}, True),
        ({"apiName": "Interface"}, True),
        ({"apiName": ["Speech"]}, True),
        ({"operationName": "Speech_Create"}, True),
        ({}, True),
    ],
    ids=str,
)
def test_a_request_of_another_service_is_counted_and_no_row(properties: dict[str, Any], *, is_ours: bool) -> None:
    record = json.dumps({**REQUEST, "properties": properties}).encode()
    (result,) = REQUESTS.normalise([Blob("object", [record])])
    assert (result.batch.num_rows, result.foreign.get("object", 0)) == ((1, 0) if is_ours else (0, 1))
    assert (result.records, result.rejects) == ({"object": int(is_ours)}, ())


def test_the_correlation_id_joins_whatever_its_case() -> None:
    upper = {**REQUEST, "correlationId": LLM["correlationId"].upper()}
    (row,) = fold(read(GATEWAY, dumped(LLM), dumped(upper))[0])
    assert (row["input_tokens"], row["latency_ms"], row["vantage"], row["outcome"]) == (5, 5.0, "provider", "ok")


def test_without_a_correlation_id_the_rows_stay_apart_and_tokens_count_once() -> None:
    llm, request = {**LLM, "correlationId": ""}, {**REQUEST, "correlationId": None}
    parts, _, _ = read(GATEWAY, dumped(llm, request), dumped(llm))
    rows = list(fold(parts))
    assert sorted((row["input_tokens"] or 0, row["request_count"]) for row in rows) == [(0, 1), (5, 1)]
    assert len({part["call_id"] for part in parts}) == 2


def test_a_call_has_one_id_wherever_it_was_exported_to() -> None:
    stored = {**REQUEST, "operationName": "o", "properties": {"requestTime": 639264170277847539, "modelName": "gpt-4o"}}
    exported = {"TimeGenerated": "2026-10-01T08:00:00.0000000Z", "Category": "RequestResponse", "OperationName": "o",
                "CorrelationId": REQUEST["correlationId"],
                "properties_s": json.dumps(stored["properties"])}  # fmt: skip
    parts, _, _ = read(REQUESTS, dumped(stored), as_csv(exported), dumped(table(exported)))
    assert len(parts) == 3
    (row,) = fold(parts)
    assert (row["latency_ms"], row["outcome"], row["object_uri"]) == (5.0, "ok", "object-0")
    assert row["started_at"] == datetime(2026, 10, 1, 2, 3, 47, 784753, tzinfo=UTC)


def test_a_deeply_nested_record_is_a_reject() -> None:
    deep = b'{"category": "RequestResponse", "time": "2026-10-01T08:00:00Z", "properties": {"a": %s}}'
    for depth in (600, 900, 990, 5000):
        parts, rejects, _ = read(REQUESTS, deep % (b"[" * depth + b"]" * depth) + b"\n" + dumped(REQUEST))
        assert len(parts) + len(rejects) == 2
        assert parts


def test_no_message_and_no_body_is_kept() -> None:
    messages = {"requestMessages": [{"content": CANARY}], "ResponseMessages": CANARY, "backendResponseBody": CANARY,
                "responseBody": CANARY, "lastErrorMessage": CANARY, "url": CANARY}  # fmt: skip
    llm = {**LLM, "properties": {**LLM["properties"], **messages}, **messages}
    gateway = {**llm, "category": "GatewayLogs", "properties": {"responseCode": 400, **messages}}
    request = {**REQUEST, "properties": json.dumps({"modelName": "gpt-4o", **messages})}
    torn = dumped(llm)[:-3]
    garbled = {**llm, "properties": {"promptTokens": CANARY, "requestId": "r"}}
    spoiled = {**request, "durationMs": CANARY}
    result = read(GATEWAY, dumped(llm, gateway, request, garbled, spoiled) + b"\n" + torn, as_csv(LA_LLM))
    assert (len(result[0]), len(result[1])) == (4, 3)
    assert CANARY not in repr(result)
    assert CANARY not in repr(list(fold(result[0])))


LIKELY = ["7", "2026-10-01T08:00:00Z", 639264170277847539, "200", [1, 2], {"a": 1}]
SCALARS = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from(LIKELY))
NAMES = [
    name
    for names in (
        "time correlationId durationMs resultSignature resourceId location requestTime modelName modelVersion",
        "promptTokens cachedTokens generatedTokens sequenceNumber responseCode totalTime properties",
        "isStreamCompletion streamType lastError objectId deploymentName requestId",
    )
    for name in names.split()
]
FIELDS = st.dictionaries(st.sampled_from(NAMES), SCALARS)
CATEGORIES = ["GatewayLlmLogs", "GatewayLogs", "RequestResponse", "AzureOpenAIRequestUsage"]


@settings(max_examples=200)
@given(st.sampled_from(CATEGORIES), FIELDS, FIELDS)
def test_any_values_give_rows_or_rejects(category: str, envelope: dict[str, Any], properties: dict[str, Any]) -> None:
    record = {"properties": properties, **envelope, "category": category}
    parts, rejects, _ = read(GATEWAY, dumped(record, record, LLM))
    assert len(parts) >= 1
    assert all(reason for _, _, reason in rejects)
    assert sum(row["input_tokens"] == 5 for row in fold(parts)) >= 1


@pytest.mark.parametrize(
    "raw", sorted(FIXTURES.glob("*_logs/*.raw.*")), ids=lambda raw: f"{raw.parent.name}/{raw.name}"
)
def test_fixtures_are_recognised_by_the_source_whose_folder_they_lie_in(raw: Path) -> None:
    content = raw.read_bytes()
    assert recognised_by(content) == [f"azure.{raw.parent.name}"]
    assert "CANARY" not in repr(read(GATEWAY, content))


@needs_samples
def test_third_party_request_logs() -> None:
    content = (SAMPLES / "azure_openai_request_response.jsonl").read_bytes()
    assert recognised_by(content) == ["azure.request_logs"]
    parts, rejects, _ = read(REQUESTS, content)
    assert [(part["operation"], part["model"], part["latency_ms"]) for part in parts] == [
        ("Create_Thread", None, 102.0),
        ("ChatCompletions_Create", "openai/gpt-3.5-turbo", 1021.0),
    ]
    assert all(part["account"] and part["account"].islower() and part["input_tokens"] is None for part in parts)
    assert [(line, reason) for _, line, reason in rejects] == [(3, "durationMs is negative")]


@needs_samples
def test_third_party_gateway_logs_have_no_time_and_audit_logs_are_nobodys() -> None:
    content = (SAMPLES / "gateway_llm_logs_third_party.jsonl").read_bytes()
    assert recognised_by(content) == ["azure.gateway_logs"]
    parts, rejects, _ = read(GATEWAY, content)
    assert (parts, [reason for _, _, reason in rejects]) == ([], ["no time"] * 3)
    audit = (SAMPLES / "azure_openai_audit.jsonl").read_bytes()
    assert recognised_by(audit) == []
    assert read(REQUESTS, audit) == ([], [], 0)
