"""No prompt and no answer is ever kept or shown: a word put into all of them is found nowhere."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from tests.properties import logs

from tokenaudit.model.columns import USAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Done

CANARY = "canary-9c41e7"
TEXT = f"please keep {CANARY} to yourself"
MESSAGES = [{"role": "user", "content": [{"text": TEXT}]}]
USAGE = {"inputTokens": 10, "outputTokens": 5, "totalTokens": 15}


def _bedrock() -> Iterator[logs.Json]:
    """Every shape of a body, and records that are refused for something inside or beside one."""
    asked = {"inputContentType": "application/json", "inputTokenCount": 10}
    answers: list[object] = [
        {"output": {"message": {"content": [{"text": TEXT}]}}, "stopReason": "end_turn", "usage": USAGE},
        {"content": [{"type": "text", "text": TEXT}], "stop_reason": "end_turn", "usage": {"input_tokens": 10}},
        {"generation": TEXT, "prompt_token_count": 10, "generation_token_count": 5},
        [{"type": "content_block_delta", "delta": {"text": TEXT}}, {"type": "message_stop"}, "[DONE]"],
        [{"chunk": TEXT}, TEXT],
        TEXT,
        {"results": [{"outputText": TEXT}], "message": TEXT, "delta": TEXT},
        {"stopReason": {TEXT: TEXT}},
        {"usage": TEXT},
        None,
    ]
    number = 0
    for answer in answers:
        for body in ({"messages": MESSAGES, "system": TEXT}, {"prompt": TEXT}, {"inputText": TEXT}, [TEXT], TEXT):
            number += 1
            yield logs.bedrock(
                number,
                input={**asked, "inputBodyJson": body},
                output={"outputContentType": "application/json", "outputBodyJson": answer, "outputTokenCount": 5},
            )
    yield logs.bedrock(900, errorCode="ValidationException", errorMessage=TEXT, output=None)
    yield logs.bedrock(901, input={**asked, "inputTokenCount": TEXT, "inputBodyJson": MESSAGES})
    yield logs.bedrock(902, input={**asked, "inputTokenCount": -3, "inputBodyJson": {"messages": MESSAGES}})
    yield logs.bedrock(903, timestamp=TEXT)
    yield logs.bedrock(904, output={"outputTokenCount": {TEXT: TEXT}})
    yield logs.bedrock(905, guardrail=TEXT, trace={"x": TEXT}, newField=[TEXT])
    yield {"schemaType": "ModelInvocationLog", "input": TEXT}


def _azure() -> Iterator[logs.Json]:
    said = [{"role": "user", "content": TEXT}]
    yield logs.llm("call-1", requestMessages=said, responseMessages=said, RequestMessages=TEXT, ResponseMessages=TEXT)
    yield logs.gateway(
        "call-1", backendResponseBody=TEXT, requestBody=TEXT, responseBody=json.dumps(said), lastErrorMessage=TEXT
    )
    filtered = {"error": {"code": "content_filter", "message": TEXT}}
    yield logs.llm("call-2", promptTokens=0, completionTokens=0)
    yield logs.gateway(
        "call-2", responseCode=400, backendResponseBody=json.dumps(filtered), lastErrorReason="x", errors=[TEXT]
    )
    yield logs.llm("call-3", promptTokens=TEXT)
    yield logs.llm("call-4", promptTokens=1, promptCachedTokens=5, requestMessages=said)
    yield logs.gateway("call-5", totalTime=TEXT)
    yield logs.request("call-6", prompt=TEXT, messages=said)
    yield {**logs.request("call-7"), "durationMs": TEXT}
    yield {**logs.request("call-8"), "properties": json.dumps({"prompt": TEXT})}
    yield {**logs.request("call-9"), "properties": TEXT}
    yield {"category": "GatewayLlmLogs", "properties": {"requestMessages": TEXT}}


def _spans() -> Iterator[logs.Json]:
    yield logs.span(1, gen_ai__input__messages=json.dumps(MESSAGES), gen_ai__output__messages=TEXT, gen_ai__prompt=TEXT)
    told = logs.span(2, gen_ai__system_instructions=TEXT, gen_ai__tool__call__arguments=TEXT)
    told["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["events"] = [
        {"name": "gen_ai.content.prompt", "attributes": [{"key": "gen_ai.prompt", "value": {"stringValue": TEXT}}]}
    ]
    told["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["status"] = {"code": 2, "message": TEXT}
    yield told
    yield logs.span(3, gen_ai__usage__input_tokens=TEXT)
    yield logs.span(4, gen_ai__usage__input_tokens=-4, gen_ai__completion=TEXT)


@pytest.fixture
def told(here: Path) -> Path:
    """A folder of logs whose every prompt and answer holds the word."""
    folder = here / "logs"
    day = folder / "AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/2026/10/01/08"
    logs.write(day / "20261001T080000000Z_0123456789abcdef.json.gz", _bedrock())
    logs.write(day / "data" / "bedrock-1_input.json.gz", [{"inputTokenCount": 1, "modelId": "x", "messages": MESSAGES}])
    logs.write(
        day / "data" / "bedrock-1_output.json.gz", [{"ModelInvocationLog": TEXT, "modelId": "x", "inputTokenCount": 1}]
    )
    events = [
        {"message": json.dumps(record), "timestamp": 1}
        for record in (logs.bedrock(950, note=TEXT), logs.bedrock(951, timestamp=TEXT))
    ]
    logs.write(folder / "cloudwatch.json", [{"events": events}])
    logs.write(folder / "gateway.json", _azure())
    logs.write(folder / "spans.jsonl", _spans())
    rows = "\n".join(
        (
            "TimeGenerated,CorrelationId,ModelName,PromptTokens,CompletionTokens,SequenceNumber,RequestMessages,DeploymentName",
            f'2026-10-01T08:00:00Z,call-20,gpt-4.1-mini,10,5,0,"{TEXT}",chat-prod',
            f"2026-10-01T08:00:00Z,call-21,gpt-4.1-mini,{TEXT},5,0,x,chat-prod",
            f"{TEXT},2",
        )
    )
    (folder / "portal.csv").write_text(rows, encoding="utf-8")
    torn = json.dumps(logs.bedrock(960, input={"inputTokenCount": 1, "inputBodyJson": {"messages": MESSAGES}}))
    surrogate = torn.replace("please", "\\ud800 please").replace("bedrock-960", "bedrock-961")
    (folder / "torn.json").write_text(
        "\n".join((torn[:-40], torn, surrogate, TEXT, f'"{TEXT}"', f"[{torn}")), encoding="utf-8"
    )
    return folder


def _everything(ledger: Path) -> Iterator[tuple[str, str]]:
    """What is in every file of a ledger: its bytes, and for Parquet its values."""
    for path in ledger.rglob("*"):
        if path.is_file():
            yield str(path), path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield str(path), repr(pq.ParquetFile(path).read().to_pylist())


def test_no_word_of_a_prompt_or_an_answer_is_kept_or_shown(inside: Callable[..., Done], told: Path, here: Path) -> None:
    done = inside("ingest", told, "--format", "json", "--verbose")
    assert done.code == 0, done
    total = done.rows("ingest")[-1]
    assert total["rows"] > 55
    assert total["rejects"] > 10
    assert [path for path, content in _everything(here / ".tokenaudit" / "ledger") if CANARY in content] == []
    keys = [
        name
        for name in USAGE_NAMES
        if name.endswith(("_ref", "caller", "status", "operation", "resource", "deployment", "model"))
    ]
    shown = [done]
    for fmt in ("table", "json", "jsonl", "csv", "markdown"):
        shown += [inside("compare", "--format", fmt, "--by", key) for key in keys[:2]]
        shown += [inside("ledger", report, "--format", fmt) for report in ("info", "history", "rejects")]
        shown.append(inside("ingest", told, "--format", fmt))
        shown.append(inside("compare", told, "--format", fmt, "--strict"))
    shown += [inside("compare", "--format", "json", "--by", key) for key in keys]
    shown.append(inside("export", "usage", "-o", "-"))
    shown += [
        inside("ingest", path, "--ledger", f"only-{path.stem}", "--strict")
        for path in told.rglob("*.*")
        if path.is_file()
    ]
    assert all(each.code in (0, 3) for each in shown)
    assert [each for each in shown if CANARY in each.out + each.err] == []


def test_what_is_metadata_is_kept(inside: Callable[..., Done], here: Path) -> None:
    logs.write(here / "a.json", [logs.bedrock(1, requestMetadata={"team": CANARY})])
    assert inside("ingest", "a.json").code == 0
    assert CANARY in inside("export", "usage", "-o", "-").out
