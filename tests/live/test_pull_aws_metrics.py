"""CloudWatch's metrics of a live account: what is asked, what it costs, and what the source reads out of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.aws_service import ACCOUNT
from tests.live.aws_world import NOVA, Remembered, feeds, nothing, window

from tokenaudit.errors import UsageError
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.aws.metrics import Metrics
from tokenaudit.providers.aws.pull.metric_questions import RETENTION

if TYPE_CHECKING:
    from tests.live.aws_world import World

    from tokenaudit.model.pulling import RemoteObject

FIRST = datetime(2026, 11, 19, tzinfo=UTC)
DAYS = window("2026-11-19", "2026-11-21T09:30:00")
PRIORITY = {"ModelId": NOVA, "ServiceTier": "priority", "ResolvedServiceTier": "priority"}


def fill(aws: World, days: int = 3) -> None:
    """Calls on the hour, of which the last hour of all has not ended."""
    for hour in range(24 * days):
        at = FIRST + timedelta(hours=hour, minutes=7)
        if at < aws.now:
            for metric, *values in (
                ("Invocations", 1, 1),
                ("InputTokenCount", 100, 100 + hour),
                ("CacheReadInputTokens", 7),
                ("CacheReadInputTokenCount", 7),
                ("InvocationLatency", hour, 1000 + hour),
            ):
                aws.metrics.put("us-east-1", str(metric), at, *values, ModelId=NOVA)
            aws.metrics.put("us-east-1", "InputTokenCount", at, 100, **PRIORITY)
    aws.metrics.put("us-east-1", "Unheard", FIRST, 1, ModelId=NOVA)
    aws.metrics.put("us-east-1", "Invocations", FIRST, 1, Agent="none of ours")


def rows(content: bytes, uri: str) -> dict[str, list[dict[str, Any]]]:
    source = Metrics()
    assert source.recognise(Sample(content[: 256 * 1024], whole=True, name="any"))
    found: dict[str, list[dict[str, Any]]] = {"metrics": [], "usage": []}
    for part in source.normalise([Blob(uri, [content])]):
        assert part.rejects == ()
        found[part.table] += part.batch.to_pylist()
    return found


def documents(aws: World, **settings: Any) -> list[RemoteObject]:
    (feed,) = feeds(aws.cloud(**settings), "metrics", DAYS)
    return list(feed.objects(DAYS, nothing))


def test_a_document_a_day_and_all_of_them_by_one_question(aws: World) -> None:
    fill(aws)
    items = documents(aws)
    assert [each.uri for each in items] == [f"cloudwatch://{ACCOUNT}/us-east-1/2026-11-{day}" for day in (19, 20, 21)]
    assert [each.final for each in items] == [False, False, False]
    assert aws.service.calls("GetMetricData") == []
    contents = [aws.fetched(each) for each in items]
    assert len(aws.service.calls("GetMetricData")) == 1
    for item, content, hours in zip(items, contents, (24, 24, 9), strict=True):
        found = rows(content, item.uri)
        buckets = [each for each in found["usage"] if each["input_tokens"] is not None]
        assert len(buckets) == hours
        assert {each["account"] for each in buckets} == {ACCOUNT}
        assert sum(each["cache_read_tokens"] or 0 for each in found["usage"]) == 7 * hours
    first = rows(contents[0], items[0].uri)
    assert sum(each["input_tokens"] or 0 for each in first["usage"]) == sum(200 + hour for hour in range(24))


def test_percentiles_are_of_whole_days(aws: World) -> None:
    fill(aws)
    first, _, today = [rows(aws.fetched(each), each.uri) for each in documents(aws)]
    latency = {each["statistic"]: each for each in first["metrics"] if each["metric"] == "latency_ms"}
    assert latency["p50"]["value"] == 23
    assert latency["p99"]["value"] == 1023
    assert (latency["p50"]["period_s"], latency["p50"]["sample_count"]) == (86400, 48)
    assert not [each for each in today["metrics"] if each["metric"] == "latency_ms"]


def test_both_names_of_cached_tokens_and_every_set_of_dimensions_are_asked_for(aws: World) -> None:
    fill(aws)
    aws.fetched(documents(aws)[0])
    (call,) = aws.service.calls("GetMetricData")
    asked = {
        (each["MetricStat"]["Metric"]["MetricName"], len(each["MetricStat"]["Metric"]["Dimensions"]))
        for each in call.asked["MetricDataQueries"]
    }
    assert {("CacheReadInputTokens", 1), ("CacheReadInputTokenCount", 1), ("InputTokenCount", 3)} <= asked
    assert not [name for name, _ in asked if name == "Unheard"]
    assert ("Invocations", 1) in asked
    assert len(aws.service.calls("ListMetrics")) == 4  # three series a page, and another namespace


def test_what_comes_in_pages_is_put_together(aws: World) -> None:
    fill(aws)
    whole = [aws.fetched(each) for each in documents(aws)]
    aws.metrics.points_a_page = 50
    assert [aws.fetched(each) for each in documents(aws)] == whole
    assert len(aws.service.calls("GetMetricData")) > 4


def test_days_that_are_final_and_known_are_not_asked_for(aws: World) -> None:
    fill(aws)
    (feed,) = feeds(aws.cloud(), "metrics", DAYS)
    aws.now += timedelta(days=2)
    found = list(feed.objects(DAYS, Remembered({"2026-11-19": True})))
    by_day = {each.uri[-2:]: each for each in found}
    assert {day: each.final for day, each in by_day.items()} == {"19": True, "20": False, "21": False}
    aws.fetched(by_day["20"])
    (call,) = aws.service.calls("GetMetricData")
    assert call.asked["StartTime"] == FIRST.timestamp() + 86400


def test_a_whole_month_has_percentiles_of_its_own(aws: World) -> None:
    for day in range(31):
        at = datetime(2026, 10, 1 + day, 12, tzinfo=UTC)
        aws.metrics.put("us-east-1", "InvocationLatency", at, day, ModelId=NOVA)
        aws.metrics.put("us-east-1", "Invocations", at, 1, ModelId=NOVA)
    month = window("2026-10-01", "2026-11-01")
    (feed,) = feeds(aws.cloud(), "metrics", month)
    items = list(feed.objects(month, nothing))
    assert len(items) == 32
    assert all(each.final for each in items)
    last = items[-1]
    assert last.uri.endswith("/2026-10")
    found = rows(aws.fetched(last), last.uri)
    assert found["usage"] == []
    (median,) = [each for each in found["metrics"] if each["statistic"] == "p50"]
    assert (median["value"], median["sample_count"], median["period_s"]) == (15, 31, 31 * 86400)
    assert any("14 days" in line for line in aws.said)


def test_a_month_that_ended_in_the_window_is_asked_for_whole(aws: World) -> None:
    """Pulls that go on where the last one ended never have a month in their window."""
    for day in range(31):
        at = datetime(2026, 10, 1 + day, 12, tzinfo=UTC)
        aws.metrics.put("us-east-1", "InvocationLatency", at, day, ModelId=NOVA)
    aws.now = datetime(2026, 11, 4, 6, tzinfo=UTC)
    days = window("2026-10-31T06:00", "2026-11-04T06:00")
    (feed,) = feeds(aws.cloud(), "metrics", days)
    (month,) = [each for each in feed.objects(days, nothing) if each.uri.endswith("/2026-10")]
    assert month.final
    found = rows(aws.fetched(month), month.uri)["metrics"]
    assert {each["statistic"]: each["value"] for each in found}["p50"] == 15
    later = window("2026-11-01", "2026-11-04T06:00")
    assert not [each.uri for each in feed.objects(later, nothing) if each.uri.endswith(("-10", "-11"))]
    aws.now += RETENTION - timedelta(days=20)
    lost = window("2026-10-20", "2026-11-04")
    assert not [each.uri for each in feed.objects(lost, nothing) if each.uri.endswith("-10")]


def test_the_cost_is_said_first_and_held_below_the_limit(aws: World) -> None:
    fill(aws)
    aws.fetched(documents(aws)[0])
    (line,) = [each for each in aws.said if "$" in each]
    assert "13 metrics of CloudWatch in us-east-1" in line
    assert "$0.0001" in line
    asked = len(aws.service.calls("GetMetricData"))
    first, second, _ = documents(aws, api_cost_usd="0.0001")
    for each in (first, second):
        with pytest.raises(UsageError) as failed:
            aws.fetched(each)
        assert "--max-api-cost 0.01" in failed.value.hint
    assert len(aws.service.calls("GetMetricData")) == asked
