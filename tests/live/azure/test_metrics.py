"""Azure Monitor's metrics, through the real client."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest
from tests.live.azure.conftest import NOW
from tests.live.azure.resources import ACCOUNT, account, definition

from tokenaudit.errors import ServiceError
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.question import Window
from tokenaudit.providers.azure import PROVIDER
from tokenaudit.providers.azure.live import metrics_feed

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.azure.conftest import Puller
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud, Feed

WINDOW = Window(NOW - timedelta(days=4), NOW)


@pytest.fixture
def metrics(azure: Azure, connect: Callable[..., Cloud]) -> Callable[[], Feed]:
    azure.accounts = [account()]

    def found() -> Feed:
        (feed,) = connect().feeds(("metrics",), WINDOW)
        return feed  # type: ignore[return-value]

    return found


def read(content: bytes) -> dict[str, list[dict[str, Any]]]:
    sample = Sample(content, True, "x.jsonl")  # noqa: FBT003
    (source,) = [each for each in PROVIDER.sources if each.recognise(sample)]
    assert source.name == "azure.metrics"
    found: dict[str, list[dict[str, Any]]] = {"usage": [], "metrics": []}
    for part in source.normalise([Blob("https://x", [content])]):
        assert not part.rejects
        found[part.table] += part.batch.to_pylist()
    return found


def test_a_day_is_a_document_of_buckets_and_metrics(metrics: Callable[[], Feed], puller: Puller) -> None:
    feed = metrics()
    assert feed.name == f"azure.metrics {ACCOUNT.lower()}"
    fetched = puller.pull(feed, WINDOW)
    assert [uri[-10:] for uri in fetched] == ["2026-10-08", "2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12"]
    tables = [read(content) for content in fetched.values()]
    # Two deployments, three counts; of today nine hours are over.
    assert [len(each["usage"]) for each in tables] == [24 * 6, 24 * 6, 24 * 6, 24 * 6, 9 * 6]
    last = [each for each in tables[0]["usage"] if each["deployment"] == "chat-1" and each["started_at"].hour == 23]
    assert {each["model"] for each in last} == {"openai/gpt-4.1-mini"}
    assert {each["resource"] for each in last} == {ACCOUNT.lower()}
    counts = [(each["input_tokens"], each["output_tokens"], each["request_count"]) for each in last]
    assert counts == [(223, None, 0), (None, 223, 0), (None, None, 223)]
    assert {each["metric"] for each in tables[0]["metrics"]} == {
        "input_tokens", "output_tokens", "requests", "time_to_response_ms"
    }  # fmt: skip


def test_a_final_day_is_not_asked_for_again(azure: Azure, metrics: Callable[[], Feed], puller: Puller) -> None:
    puller.pull(metrics(), WINDOW)
    azure.asked.clear()
    assert [uri[-10:] for uri in puller.pull(metrics(), WINDOW)] == [
        "2026-10-09", "2026-10-10", "2026-10-11", "2026-10-12"
    ]  # fmt: skip
    assert len(azure.paths("/Microsoft.Insights/metrics")) == 4 * 3


def test_more_series_than_an_answer_holds_are_asked_for_again_and_else_refused(
    azure: Azure, metrics: Callable[[], Feed], puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    azure.series = 12
    monkeypatch.setattr(metrics_feed, "_TOPS", (5, 20))
    (document, *_) = metrics().objects(WINDOW, puller.ledger)
    first = json.loads(puller.fetch(document).splitlines()[0])
    assert [len(each["timeseries"]) for each in first["value"]] == [12, 12]
    monkeypatch.setattr(metrics_feed, "_TOPS", (5, 12))
    with pytest.raises(ServiceError, match="more than 12 series of InputTokens"):
        puller.fetch(document)


def test_what_is_no_longer_kept_is_not_asked_for_and_said(
    metrics: Callable[[], Feed], puller: Puller, told: list[str]
) -> None:
    days = [each.uri[-10:] for each in metrics().objects(Window(NOW - timedelta(days=200), NOW), puller.ledger)]
    assert (days[0], days[-1], len(days)) == ("2026-07-12", "2026-10-12", 93)
    assert len(told) == 1
    assert "nothing before 2026-07-11" in told[0]
    old = Window(NOW - timedelta(days=200), NOW - timedelta(days=150))
    assert list(metrics().objects(old, puller.ledger)) == []


def test_an_account_without_such_metrics_is_an_error(azure: Azure, metrics: Callable[[], Feed], puller: Puller) -> None:
    azure.definitions = [definition("TotalCalls", "ApiName")]
    with pytest.raises(ServiceError, match="none of the metrics of language models"):
        puller.pull(metrics(), WINDOW)


def test_addresses_are_those_of_the_resource(metrics: Callable[[], Feed], puller: Puller) -> None:
    (first, *_) = metrics().objects(WINDOW, puller.ledger)
    assert urlsplit(first.uri).path == f"{ACCOUNT.lower()}/providers/Microsoft.Insights/metrics/2026-10-08"
    assert first.path == f"metrics{ACCOUNT.lower()}/2026-10-08.jsonl"
