"""Log records in the shapes that the clouds write, made to order, and the files that hold them."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

Json = dict[str, Any]

BEGIN = datetime(2026, 10, 1, 8, 0, tzinfo=UTC)
AWS_ACCOUNT = "111122223333"
AZURE_SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SONNET = "anthropic.claude-sonnet-4-5-20250929-v1:0"
APIM = f"/SUBSCRIPTIONS/{AZURE_SUBSCRIPTION}/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/APIM".upper()
ACCOUNT = (
    f"/SUBSCRIPTIONS/{AZURE_SUBSCRIPTION}/RESOURCEGROUPS/RG/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/AOAI".upper()
)
_DOTNET_EPOCH = 621_355_968_000_000_000
_UNIX = datetime(1970, 1, 1, tzinfo=UTC)


def iso(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def after(hours: float = 0, seconds: float = 0) -> datetime:
    return BEGIN + timedelta(hours=hours, seconds=seconds)


def bedrock(number: int, at: datetime = BEGIN, **changes: Any) -> Json:
    """A Converse record with a cache read. `changes` replace top-level fields; None takes one away."""
    tokens = {"inputTokens": 100 + number, "outputTokens": 20 + number, "cacheReadInputTokens": 7}
    record: Json = {
        "schemaType": "ModelInvocationLog",
        "schemaVersion": "1.0",
        "timestamp": iso(at),
        "accountId": AWS_ACCOUNT,
        "identity": {"arn": f"arn:aws:sts::{AWS_ACCOUNT}:assumed-role/app/session"},
        "region": "us-east-1",
        "requestId": f"bedrock-{number}",
        "operation": "Converse",
        "modelId": SONNET,
        "input": {
            "inputContentType": "application/json",
            "inputTokenCount": tokens["inputTokens"],
            "cacheReadInputTokenCount": 7,
            "cacheWriteInputTokenCount": 0,
        },
        "output": {
            "outputContentType": "application/json",
            "outputBodyJson": {"stopReason": "end_turn", "metrics": {"latencyMs": 1000 + number}, "usage": tokens},
            "outputTokenCount": tokens["outputTokens"],
        },
        **changes,
    }
    return {name: value for name, value in record.items() if value is not None}


def llm(call: str, at: datetime = BEGIN, **changes: Any) -> Json:
    """What API Management logs about a model call's tokens."""
    properties = {
        "requestId": f"chatcmpl-{call}",
        "modelName": "gpt-4.1-mini-2025-04-14",
        "deploymentName": "chat-prod",
        "promptTokens": 3000,
        "completionTokens": 250,
        "promptCachedTokens": 2048,
        "isStreamCompletion": False,
        "sequenceNumber": 0,
    }
    return _azure("GatewayLlmLogs", APIM, call, at, properties | changes)


def gateway(call: str, at: datetime = BEGIN, duration_ms: int = 1800, **changes: Any) -> Json:
    """What API Management logs about a request."""
    properties = {"responseCode": 200, "operationId": "ChatCompletions_Create", "apimSubscriptionId": "team-search"}
    return _azure("GatewayLogs", APIM, call, at, properties | changes) | {"durationMs": duration_ms}


def request(call: str, at: datetime = BEGIN, duration_ms: int = 1700, **changes: Any) -> Json:
    """RequestResponse: latency and outcome, no tokens."""
    properties = _request_properties(at) | changes
    return _azure("RequestResponse", ACCOUNT, call, at + timedelta(seconds=2), properties) | {
        "durationMs": duration_ms,
        "resultSignature": "200",
    }


def request_usage(call: str, at: datetime = BEGIN, **changes: Any) -> Json:
    """AzureOpenAIRequestUsage: tokens."""
    properties = _request_properties(at) | {"promptTokens": [1500], "generatedTokens": [200], "cachedTokens": [1280]}
    return _azure("AzureOpenAIRequestUsage", ACCOUNT, call, at + timedelta(seconds=2), properties | changes)


def span(number: int, at: datetime = BEGIN, provider: str = "azure.ai.openai", **changes: Any) -> Json:
    """A TracesData document with one span of a model call. `changes` are attributes, with `__` for a dot."""
    begun = int((at - _UNIX) / timedelta(microseconds=1)) * 1000
    attributes: Json = {
        "gen_ai.operation.name": "chat",
        "gen_ai.provider.name": provider,
        "gen_ai.request.model": "chat-prod",
        "gen_ai.response.model": "gpt-4.1-mini-2025-04-14",
        "gen_ai.response.id": f"chatcmpl-span-{number}",
        "gen_ai.usage.input_tokens": 1200 + number,
        "gen_ai.usage.cache_read.input_tokens": 1024,
        "gen_ai.usage.output_tokens": 150,
        **{name.replace("__", "."): value for name, value in changes.items()},
    }
    one = {
        "traceId": f"5b8efff798038103d269b633{number:08x}",
        "spanId": f"eee19b7e{number:08x}",
        "name": "chat",
        "kind": 3,
        "startTimeUnixNano": str(begun),
        "endTimeUnixNano": str(begun + 1_500_000_000),
        "attributes": [{"key": name, "value": _any_value(value)} for name, value in attributes.items()],
    }
    where = [{"key": "cloud.account.id", "value": {"stringValue": AZURE_SUBSCRIPTION}}]
    return {"resourceSpans": [{"resource": {"attributes": where}, "scopeSpans": [{"scope": {}, "spans": [one]}]}]}


def write(path: Path, records: Iterable[Mapping[str, Any]]) -> Path:
    """Newline-delimited JSON, gzipped where the name says so."""
    text = "".join(json.dumps(record) + "\n" for record in records).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(text, mtime=0) if path.suffix == ".gz" else text)
    return path


def _azure(category: str, resource: str, call: str, at: datetime, properties: Json) -> Json:
    return {
        "category": category,
        "time": iso(at),
        "resourceId": resource,
        "location": "East US 2",
        "operationName": "ChatCompletions_Create",
        "correlationId": call,
        "properties": {name: value for name, value in properties.items() if value is not None},
    }


def _request_properties(at: datetime) -> Json:
    return {
        "requestTime": _DOTNET_EPOCH + int((at - _UNIX) / timedelta(microseconds=1)) * 10,
        "streamType": "Non-Streaming",
        "modelDeploymentName": "chat-prod",
        "modelName": "gpt-4.1-mini",
        "modelVersion": "2025-04-14",
    }


def _any_value(value: Any) -> Json:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"doubleValue": value} if isinstance(value, float) else {"stringValue": value}
