"""The Azure half: diagnostic logs of an API Management gateway and of an Azure OpenAI account, as Storage holds them.

Two accounts stand behind the gateway. The one with `chat-prod` writes RequestResponse logs, which know the latency but
no tokens; nobody has switched them on for the other one, with Claude, `chat-mini` and the embeddings.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from week import FIRST, SYSTEM_PROMPT_TOKENS, Dice, Week, answer_ms

if TYPE_CHECKING:
    from collections.abc import Iterator

Json = dict[str, Any]
Event = tuple[datetime, Json]
"""A record and the time at which it reached Storage."""

_GROUP = "/SUBSCRIPTIONS/00000000-0000-0000-0000-000000000001/RESOURCEGROUPS/LLM"
GATEWAY = f"{_GROUP}/PROVIDERS/MICROSOFT.APIMANAGEMENT/SERVICE/LLM-GATEWAY"
CHAT_ACCOUNT = f"{_GROUP}/PROVIDERS/MICROSOFT.COGNITIVESERVICES/ACCOUNTS/CHAT-EASTUS2"

DIRECT_CALLS = 20
THROTTLED_CALLS = 4

# .NET ticks (100 ns since year 1) of the Unix epoch: how RequestResponse writes its times.
_EPOCH_TICKS = 621_355_968_000_000_000


@dataclass(frozen=True)
class Traffic:
    """One deployment as one team uses it: its week of calls, and medians of tokens and of times."""

    deployment: str
    model_name: str
    team: str
    calls: int
    prompt: float
    answer: float
    first_ms: float
    per_second: float
    hit_share: float
    api: str = "openai"
    operation: str = "ChatCompletions_Create"
    api_version: str = "2024-10-21"


CLAUDE = Traffic(
    deployment="claude-sonnet-4-5",
    model_name="claude-sonnet-4-5",
    team="search",
    calls=300,
    prompt=430,
    answer=330,
    first_ms=430,
    per_second=75,
    hit_share=0.3,
    api="claude",
    operation="Messages_Create",
    api_version="2023-06-01",
)
CHAT_PROD = Traffic(
    deployment="chat-prod",
    model_name="gpt-4.1-2025-04-14",
    team="support",
    calls=180,
    prompt=1900,
    answer=240,
    first_ms=520,
    per_second=90,
    hit_share=0.5,
)
CHAT_MINI = Traffic(
    deployment="chat-mini",
    model_name="gpt-4.1-mini-2025-04-14",
    team="support",
    calls=170,
    prompt=1300,
    answer=150,
    first_ms=410,
    per_second=120,
    hit_share=0.4,
)
EMBED_SMALL = Traffic(
    deployment="embed-small",
    model_name="text-embedding-3-small",
    team="search",
    calls=80,
    prompt=300,
    answer=0,
    first_ms=60,
    per_second=1,
    hit_share=0.0,
    operation="Embeddings_Create",
)
THROUGH_GATEWAY = (CLAUDE, CHAT_PROD, CHAT_MINI, EMBED_SMALL)


@dataclass(frozen=True)
class Call:
    """One request: when it reached the gateway, and what became of it. Milliseconds are whole."""

    at: datetime
    correlation_id: str
    deployment: str
    backend_ms: int
    streamed: bool = False
    prompt: int = 0
    cached: int = 0
    answer: int = 0
    status: int = 200


@dataclass
class Logs:
    """The three categories, each a list of records; and the calls through the gateway that were answered."""

    gateway_llm: list[Event]
    gateway: list[Event]
    request_response: list[Event]
    answered: list[tuple[Traffic, Call]]


def logs(seed: int, week: Week = FIRST) -> Logs:
    """Every record of the week, in the order of arrival at Storage."""
    out = Logs([], [], [], [])
    for traffic in THROUGH_GATEWAY:
        dice = Dice(seed, f"azure {traffic.deployment}", week)
        for call in _calls(dice, traffic):
            total_ms = call.backend_ms + int(dice.between(5, 24))
            if call.status == 200:
                out.answered.append((traffic, call))
                out.gateway_llm.append(_llm_record(dice, traffic, call, total_ms))
            out.gateway.append(_gateway_record(dice, traffic, call, total_ms))
            if traffic is CHAT_PROD:
                out.request_response.append(_account_record(dice, call))
    dice = Dice(seed, "azure direct", week)
    for at in dice.arrivals(DIRECT_CALLS):  # a notebook that goes past the gateway: no tokens are known
        out.request_response.append(_account_record(dice, _call(dice, CHAT_PROD, at)))
    for events in (out.gateway_llm, out.gateway, out.request_response):
        events.sort(key=lambda event: (event[0], event[1]["correlationId"]))
    return out


def _calls(dice: Dice, traffic: Traffic) -> Iterator[Call]:
    for at in dice.arrivals(traffic.calls):
        yield _call(dice, traffic, at)
    if traffic is CHAT_PROD:
        for at in dice.arrivals(THROTTLED_CALLS):
            yield Call(at, dice.uuid(), traffic.deployment, backend_ms=int(dice.between(4, 12)), status=429)


def _call(dice: Dice, traffic: Traffic, at: datetime) -> Call:
    prompt, cached = _prompt(dice, traffic)
    answer = int(dice.around(traffic.answer, 0.5))
    _, backend_ms = answer_ms(dice, answer, traffic.first_ms, traffic.per_second)
    streamed = answer > 0 and dice.chance(0.6)
    return Call(at, dice.uuid(), traffic.deployment, backend_ms, streamed, prompt, cached, answer)


def _prompt(dice: Dice, traffic: Traffic) -> tuple[int, int]:
    """Prompt tokens as the gateway writes them, and how many came from a cache.

    Claude's prompt is counted without the cached tokens, OpenAI's with them (in steps of 128 from 1,024 on).
    """
    hit, fresh = dice.chance(traffic.hit_share), int(dice.around(traffic.prompt, 0.5))
    if traffic is CLAUDE:
        system = dice.pick(SYSTEM_PROMPT_TOKENS)
        return (fresh, system) if hit else (fresh + system, 0)
    return fresh, fresh // 128 * 128 if hit and fresh >= 1024 else 0


def _llm_record(dice: Dice, traffic: Traffic, call: Call, total_ms: int) -> Event:
    """GatewayLlmLogs without messages: one record a call. Storage has `promptCachedTokens`, Log Analytics drops it."""
    written = call.at + timedelta(milliseconds=total_ms + int(dice.between(20, 90)))
    name = "msg_" if traffic is CLAUDE else "chatcmpl-"
    properties = {
        "correlationId": call.correlation_id,
        "deploymentName": call.deployment,
        "modelName": traffic.model_name,
        "apiVersion": traffic.api_version,
        "promptTokens": call.prompt,
        "completionTokens": call.answer,
        "totalTokens": call.prompt + call.answer,
        "promptCachedTokens": call.cached,
        "requestId": name + dice.hexadecimal(16),
        "isStreamCompletion": call.streamed,
        "sequenceNumber": 0,
        "region": "East US 2",
    }
    return written, _apim_record("GatewayLlmLogs", written, call, {}, properties)


def _gateway_record(dice: Dice, traffic: Traffic, call: Call, total_ms: int) -> Event:
    """GatewayLogs: its `time` is when the gateway began, it is written when the call has ended."""
    ok = call.status == 200
    operation = traffic.operation.split("_")[0].lower()
    above = {"durationMs": total_ms, "isRequestSuccess": ok}
    properties = {
        "method": "POST",
        "url": f"https://llm.example.net/{traffic.api}/{call.deployment}/{operation}",
        "responseCode": call.status,
        "backendResponseCode": call.status,
        "requestSize": 400 + call.prompt * 4,
        "responseSize": 600 + call.answer * 5,
        "cache": "none",
        "totalTime": total_ms,
        "backendTime": call.backend_ms,
        "apiId": traffic.api,
        "operationId": traffic.operation,
        "productId": "llm-prod",
        "apimSubscriptionId": f"{traffic.team}-prod",
    }
    written = call.at + timedelta(milliseconds=total_ms + int(dice.between(20, 90)))
    return written, _apim_record("GatewayLogs", call.at, call, above, properties)


def _apim_record(category: str, time: datetime, call: Call, above: Json, properties: Json) -> Json:
    return {
        "time": _stamp(time),
        "category": category,
        "operationName": f"Microsoft.ApiManagement/{category}",
        "correlationId": call.correlation_id,
        "resourceId": GATEWAY,
        "location": "East US 2",
        **above,
        "properties": properties,
    }


def _account_record(dice: Dice, call: Call) -> Event:
    """RequestResponse: `properties` is a JSON text, times are .NET ticks, `time` is a little after the answer."""
    begun = call.at + timedelta(milliseconds=2)
    duration_ms = max(call.backend_ms - 3, 1)
    ended = begun + timedelta(milliseconds=duration_ms)
    properties = {
        "apiName": f"Azure OpenAI API version {CHAT_PROD.api_version}",
        "requestTime": _ticks(begun),
        "requestLength": 400 + call.prompt * 4,
        "responseTime": _ticks(ended),
        "responseLength": 600 + call.answer * 5,
        "objectId": "",
        "streamType": "Streaming" if call.streamed else "Non-Streaming",
        "modelDeploymentName": call.deployment,
        "modelName": "gpt-4.1",
        "modelVersion": "2025-04-14",
    }
    written = ended + timedelta(milliseconds=int(dice.between(250, 350)))
    record = {
        "time": _stamp(written),
        "category": "RequestResponse",
        "operationName": "ChatCompletions_Create",
        "correlationId": call.correlation_id,
        "durationMs": duration_ms,
        "resultSignature": str(call.status),
        "resourceId": CHAT_ACCOUNT,
        "location": "eastus2",
        "event": "ShoeboxCallResult",
        "properties": properties,
    }
    return written, record


def _stamp(time: datetime) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S.%f0Z")


def _ticks(time: datetime) -> int:
    seconds, micros = divmod(int((time - datetime(1970, 1, 1, tzinfo=time.tzinfo)) / timedelta(microseconds=1)), 10**6)
    return _EPOCH_TICKS + seconds * 10**7 + micros * 10
