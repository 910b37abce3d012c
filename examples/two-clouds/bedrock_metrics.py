"""CloudWatch's half of the truth: hourly sums of what Bedrock answered, whether its log was delivered or not."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from bedrock_logs import ACCOUNT, REGION

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from bedrock_logs import Event, Usage

Json = dict[str, Any]

NAMESPACE = "AWS/Bedrock"
PERIOD_S = 3600
METRICS: dict[str, Callable[[Usage], int]] = {
    "Invocations": lambda usage: 1,  # noqa: ARG005 - each is one
    "InputTokenCount": lambda usage: usage.input,
    "OutputTokenCount": lambda usage: usage.output,
    "CacheReadInputTokens": lambda usage: usage.read,
    "CacheWriteInputTokens": lambda usage: usage.write,
}


def answer(events: Sequence[Event]) -> Json:
    """GetMetricData's answer with its question beside it, which alone says of what a series is. Newest first."""
    names = sorted({_dimension(event) for event in events})
    asked = [
        (f"m{number}", name, metric) for number, (name, metric) in enumerate((n, m) for n in names for m in METRICS)
    ]
    return {
        "Namespace": NAMESPACE,
        "AccountId": ACCOUNT,
        "Region": REGION,
        "MetricDataQueries": [_query(key, name, metric) for key, name, metric in asked],
        "MetricDataResults": [_series(key, name, metric, events) for key, name, metric in asked],
        "Messages": [],
    }


def _dimension(event: Event) -> str:
    """The model as it was called; of an application inference profile only its id."""
    name: str = event.record["modelId"]
    return name.rpartition("/")[2]


def _query(key: str, name: str, metric: str) -> Json:
    dimensions = [{"Name": "ModelId", "Value": name}]
    stat = {"Metric": {"Namespace": NAMESPACE, "MetricName": metric, "Dimensions": dimensions}}
    return {"Id": key, "MetricStat": {**stat, "Period": PERIOD_S, "Stat": "Sum"}, "ReturnData": True}


def _series(key: str, name: str, metric: str, events: Sequence[Event]) -> Json:
    """An hour in which nothing was counted has no point."""
    sums: Counter[datetime] = Counter()
    for event in events:
        if event.billed is not None and _dimension(event) == name:
            sums[event.at.replace(minute=0, second=0, microsecond=0)] += METRICS[metric](event.billed)
    hours = sorted((hour for hour, number in sums.items() if number), reverse=True)
    return {
        "Id": key,
        "Label": f"{name} {metric}",
        "Timestamps": [hour.strftime("%Y-%m-%dT%H:%M:%SZ") for hour in hours],
        "Values": [float(sums[hour]) for hour in hours],
        "StatusCode": "Complete",
    }
