"""What is asked of CloudWatch, and how one answer becomes a document for each day. Pure.

Counts come by the hour: finer ones are gone after 15 or 63 days, hours are kept for 455, and a bucket that was once
asked for by the minute and once by the hour would count twice. Percentiles cannot be put together afterwards, so those
of a day and of a month are asked for as such. Source: GetMetricData, Amazon CloudWatch API reference.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tokenaudit.providers.aws.metrics_names import MANTLE, RUNTIME
from tokenaudit.providers.aws.pull.times import midnight, next_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

RETENTION = timedelta(days=455)
LISTED = timedelta(days=14)
"""How long a series is listed after its last point."""

QUERIES_A_CALL = 500
_POINTS_A_CALL = 100_800
_HOUR_S = 3600
_DAY_S = 24 * 3600

_TIMES = frozenset(("InvocationLatency", "TimeToFirstToken"))
_PERCENTILES = ("p50", "p90", "p95", "p99")
_OF_A_DAY = ("SampleCount", "Average", "Minimum", "Maximum", *_PERCENTILES)
_COUNTS = frozenset(
    (
        "Invocations",
        "InvocationClientErrors",
        "InvocationServerErrors",
        "InvocationThrottles",
        "LegacyModelInvocations",
        "InputTokenCount",
        "OutputTokenCount",
        "CacheReadInputTokens",
        "CacheReadInputTokenCount",
        "CacheWriteInputTokens",
        "CacheWriteInputTokenCount",
        "OutputImageCount",
        "EstimatedTPMQuotaUsage",
        "Inferences",
        "InferenceClientErrors",
        "TotalInputTokens",
        "TotalOutputTokens",
        "InputTokens",
        "OutputTokens",
    )
)
_MODEL_DIMENSIONS = frozenset(("ModelId", "Model"))


@dataclass(frozen=True, order=True)
class Listed:
    """A series that CloudWatch lists. `dimensions` are names and values, sorted."""

    namespace: str
    metric: str
    dimensions: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Asked:
    """A series with statistic and period."""

    series: Listed
    statistic: str
    period_s: int

    def query(self, identifier: str) -> dict[str, Any]:
        """The form of the API."""
        dimensions = [{"Name": name, "Value": value} for name, value in self.series.dimensions]
        metric = {"Namespace": self.series.namespace, "MetricName": self.series.metric, "Dimensions": dimensions}
        return {"Id": identifier, "MetricStat": {"Metric": metric, "Period": self.period_s, "Stat": self.statistic}}


def listed(metrics: Iterable[Mapping[str, Any]]) -> list[Listed]:
    """The series among those of ListMetrics that are about a model and known to us, in a fixed order."""
    found = {
        Listed(
            each["Namespace"],
            each["MetricName"],
            tuple(sorted((one["Name"], one["Value"]) for one in each.get("Dimensions", ()))),
        )
        for each in metrics
    }
    return sorted(
        each
        for each in found
        if each.namespace in (RUNTIME, MANTLE)
        and each.metric in _COUNTS | _TIMES
        and any(name in _MODEL_DIMENSIONS for name, _ in each.dimensions)
    )


def of_days(series: Iterable[Listed], *, over: bool = True) -> list[Asked]:
    """What is asked about whole days. Latencies only once a day is `over`: until then they are of no whole day."""
    return [
        asked
        for each in series
        for asked in (
            [Asked(each, "Sum", _HOUR_S)]
            if each.metric in _COUNTS
            else [Asked(each, statistic, _DAY_S) for statistic in _OF_A_DAY if over]
        )
    ]


def of_month(series: Iterable[Listed], first: date) -> list[Asked]:
    """What is asked about a month as a whole: latencies only."""
    seconds = round((midnight(next_month(first)) - midnight(first)).total_seconds())
    return [Asked(each, statistic, seconds) for each in series if each.metric in _TIMES for statistic in _OF_A_DAY]


def calls(asked: Sequence[Asked], length: timedelta) -> Iterator[Sequence[Asked]]:
    """Shares that one call can ask for: at most 500 series, and no more points than one page holds."""
    seconds = length.total_seconds()
    share: list[Asked] = []
    points = 0
    for each in asked:
        more = max(1, round(seconds / each.period_s))
        if share and (len(share) == QUERIES_A_CALL or points + more > _POINTS_A_CALL):
            yield share
            share, points = [], 0
        share.append(each)
        points += more
    if share:
        yield share


@dataclass
class Answered:
    """What came for one series, over all pages: points by time, and the last word on whether that was all."""

    points: dict[datetime, float]
    status: str = "Complete"

    def add(self, result: Mapping[str, Any]) -> None:
        """Puts a page's part in."""
        times = (at.astimezone(UTC) for at in result.get("Timestamps", ()))
        self.points.update(zip(times, result.get("Values", ()), strict=False))
        self.status = result.get("StatusCode", "Complete")


def document(
    account: str, region: str, answers: Mapping[Asked, Answered], start: datetime, end: datetime
) -> dict[str, Any]:
    """The saved form that `aws.metrics` reads, with the points in [start, end) whose period ends by then.

    A period is told by its start. Series without a point are left out, unless the service says that it failed them.
    """
    queries: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for asked, answered in answers.items():
        step = timedelta(seconds=asked.period_s)
        inside = sorted((at, value) for at, value in answered.points.items() if start <= at and at + step <= end)
        if not inside and answered.status == "Complete":
            continue
        identifier = f"m{len(queries)}"
        queries.append(asked.query(identifier))
        results.append(
            {
                "Id": identifier,
                "Timestamps": [at for at, _ in inside],
                "Values": [value for _, value in inside],
                "StatusCode": answered.status,
            }
        )
    return {
        "AccountId": account,
        "Region": region,
        "MetricDataQueries": queries,
        "MetricDataResults": results,
    }
