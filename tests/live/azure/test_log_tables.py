"""Logs in Log Analytics, through the real query client."""

from __future__ import annotations

import json
from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.azure.answers import error
from tests.live.azure.conftest import NOW
from tests.live.azure.resources import ACCOUNT, WORKSPACE, WORKSPACE_GUID, account, setting

from tokenaudit.errors import ServiceError
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.question import Window
from tokenaudit.providers.azure import PROVIDER

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.azure.conftest import Puller
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud, Feed

WINDOW = Window(NOW - timedelta(days=4), NOW)
REQUEST = {
    "TimeGenerated": "2026-10-11T08:00:01Z",
    "Category": "RequestResponse",
    "CorrelationId": "10000000-0000-4000-8000-000000000301",
    "_ResourceId": ACCOUNT.lower(),
    "OperationName": "ChatCompletions_Create",
    "ResultSignature": "200",
    "DurationMs": 900.0,
    "properties_s": json.dumps(
        {"requestTime": 639264170277847539, "modelDeploymentName": "chat", "modelName": "gpt-4o"}
    ),
}
LLM: dict[str, Any] = {
    "TimeGenerated": "2026-10-11T08:00:01Z",
    "CorrelationId": "10000000-0000-4000-8000-000000000302",
    "DeploymentName": "chat",
    "ModelName": "gpt-4.1-mini",
    "PromptTokens": 100,
    "CompletionTokens": 7,
    "RequestId": "chatcmpl-1",
    "SequenceNumber": 0,
    "RequestMessages": "what nobody may read",
}
GATEWAY = {
    "TimeGenerated": "2026-10-11T08:00:01Z",
    "CorrelationId": "10000000-0000-4000-8000-000000000302",
    "TotalTime": 1234.0,
    "ResponseCode": 200,
    "ApimSubscriptionId": "team-a",
}


@pytest.fixture
def tables(azure: Azure, connect: Callable[..., Cloud]) -> Callable[[], Feed]:
    azure.records.update(
        {"AzureDiagnostics": [REQUEST], "ApiManagementGatewayLlmLog": [LLM], "ApiManagementGatewayLogs": [GATEWAY]}
    )

    def found() -> Feed:
        (feed,) = connect(workspaces=[WORKSPACE_GUID]).feeds(("logs",), WINDOW)
        return feed  # type: ignore[return-value]

    return found


def read(content: bytes) -> list[dict[str, Any]]:
    """The parts that whichever source recognises it makes of a document. Fails where none does."""
    sample = Sample(content, True, "x.jsonl")  # noqa: FBT003
    (source,) = [each for each in PROVIDER.sources if each.recognise(sample)]
    parts = list(source.normalise([Blob("https://x", [content])]))
    assert not [each for part in parts for each in part.rejects]
    return [row for part in parts for row in part.batch.to_pylist()]


def test_a_day_is_two_documents_which_the_sources_read(tables: Callable[[], Feed], puller: Puller) -> None:
    feed = tables()
    assert feed.name == f"azure.logs workspace {WORKSPACE_GUID}"
    fetched = puller.pull(feed, WINDOW)
    days = {uri.rsplit("/", 1)[-1] for uri in fetched}
    assert sorted(days) == ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12"]
    told = {uri.split("/v1/workspaces/")[1]: read(content) for uri, content in fetched.items()}
    (request,) = told[f"{WORKSPACE_GUID}/requests/2026-10-11"]
    assert (request["deployment"], request["latency_ms"]) == ("chat", 900.0)
    llm, gateway = told[f"{WORKSPACE_GUID}/gateway/2026-10-11"]
    assert (llm["input_tokens"], llm["output_tokens"], gateway["latency_ms"]) == (100, 7, 1234.0)
    assert [rows for uri, rows in told.items() if not uri.endswith("10-11")] == [[]] * 8


def test_a_gateway_that_writes_into_the_shared_table_is_read_there(
    azure: Azure, tables: Callable[[], Feed], puller: Puller
) -> None:
    shared = {
        "TimeGenerated": LLM["TimeGenerated"],
        "CorrelationId": "c-1",
        "OperationName": "Microsoft.ApiManagement/x",
    }
    tokens = {"modelName_s": "gpt-4.1-mini", "promptTokens_d": 50.0, "completionTokens_d": 5.0, "requestId_s": "r"}
    azure.records = defaultdict(
        list,
        AzureDiagnostics=[
            {**shared, **tokens, "Category": "GatewayLlmLogs", "sequenceNumber_d": 0.0},
            {**shared, "Category": "GatewayLogs", "totalTime_d": 77.0, "responseCode_d": 429.0},
        ],
    )
    documents = puller.pull(tables(), WINDOW)
    (content,) = [each for uri, each in documents.items() if uri.endswith("gateway/2026-10-11")]
    llm, gateway = read(content)
    assert (llm["input_tokens"], llm["output_tokens"], gateway["latency_ms"]) == (50, 5, 77.0)
    assert (gateway["outcome"], llm["operation"]) == ("throttled", None)


def test_days_that_are_past_and_settled_are_final(tables: Callable[[], Feed], puller: Puller) -> None:
    final = {each.uri[-10:]: each.final for each in tables().objects(WINDOW, puller.ledger)}
    assert final == {"2026-10-08": True, "2026-10-09": False, "2026-10-10": False, "2026-10-11": False} | {
        "2026-10-12": False
    }


def test_no_query_asks_for_what_was_said(azure: Azure, tables: Callable[[], Feed], puller: Puller) -> None:
    fetched = puller.pull(tables(), WINDOW)
    queries = [json.loads(body)["query"] for _, path, body in azure.asked if path.endswith("/query")]
    assert len(queries) == 20
    assert not [each for each in queries if "Messages" in each or "project" not in each]
    assert not [each for each in fetched.values() if b"nobody may read" in each]


def test_an_answer_that_is_not_whole_is_asked_for_in_halves(
    azure: Azure, tables: Callable[[], Feed], puller: Puller
) -> None:
    azure.records["AzureDiagnostics"] = [
        {**REQUEST, "TimeGenerated": f"2026-10-11T{hour:02}:00:01Z", "CorrelationId": f"c-{hour}"} for hour in range(24)
    ]
    azure.most_records = 7
    (content,) = [each for uri, each in puller.pull(tables(), WINDOW).items() if uri.endswith("requests/2026-10-11")]
    assert len(content.splitlines()) == 4
    assert len(read(content)) == 24


def test_a_second_with_more_records_than_an_answer_is_an_error(
    azure: Azure, tables: Callable[[], Feed], puller: Puller
) -> None:
    azure.records["AzureDiagnostics"] = [{**REQUEST, "CorrelationId": f"c-{each}"} for each in range(3)]
    azure.most_records = 2
    day = next(each for each in tables().objects(WINDOW, puller.ledger) if each.uri.endswith("requests/2026-10-11"))
    with pytest.raises(ServiceError, match="exceed an answer"):
        puller.fetch(day)


def test_an_answer_that_is_too_large_to_be_sent_is_asked_for_in_halves(
    azure: Azure, tables: Callable[[], Feed], puller: Puller
) -> None:
    def refuse() -> Any:
        response = error(400, "BadArgumentError")
        inner = {"code": "QueryExecutionError", "innererror": {"code": "ResponseSizeError"}}
        response.set_data(json.dumps({"error": {"code": "BadArgumentError", "message": "x", "innererror": inner}}))
        return response

    azure.odd["/query"].append(refuse)
    window = Window(NOW - timedelta(hours=9), NOW)
    documents = puller.pull(tables(), window)
    assert sorted(len(each.splitlines()) for each in documents.values()) == [2, 3]


def test_only_those_resources_are_asked_for_that_write_there(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller
) -> None:
    azure.accounts = [account()]
    azure.settings = {ACCOUNT.lower(): [setting("RequestResponse", workspace=WORKSPACE)]}
    (feed,) = connect().feeds(("logs",), WINDOW)
    puller.pull(feed, Window(NOW - timedelta(hours=9), NOW))  # type: ignore[arg-type]
    queries = [json.loads(body)["query"] for _, path, body in azure.asked if path.endswith("/query")]
    assert queries
    assert all(f'in ("{ACCOUNT.lower()}")' in each for each in queries)


def test_a_workspace_that_is_not_there_is_an_error(connect: Callable[..., Cloud], puller: Puller) -> None:
    (feed,) = connect(workspaces=[WORKSPACE_GUID.replace("2", "4")]).feeds(("logs",), WINDOW)
    with pytest.raises(ServiceError, match="there is no workspace 4444"):
        puller.pull(feed, WINDOW)  # type: ignore[arg-type]
