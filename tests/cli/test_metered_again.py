"""Metrics that several files tell in other periods or splits: no token is counted twice, or the doubt is told."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

HOUR, DAY = 3600, 86_400
_NOVA = {"ModelId": "amazon.nova-pro-v1:0"}
_SUBSCRIPTION = "/subscriptions/00000000-0000-0000-0000-000000000001"
_RESOURCE = f"{_SUBSCRIPTION}/resourceGroups/rg/providers/Microsoft.CognitiveServices/accounts/oai"
Points = dict[str, float]


def cloudwatch(period_s: int, points: Points, tier: str | None = None) -> dict[str, Any]:
    """An answer of input tokens by the time of their bucket."""
    told = _NOVA | ({"ServiceTier": tier, "ResolvedServiceTier": tier} if tier else {})
    dimensions = [{"Name": name, "Value": value} for name, value in told.items()]
    metric = {"Namespace": "AWS/Bedrock", "MetricName": "InputTokenCount", "Dimensions": dimensions}
    return {
        "AccountId": "111122223333",
        "Region": "us-east-1",
        "MetricDataQueries": [{"Id": "m", "MetricStat": {"Metric": metric, "Period": period_s, "Stat": "Sum"}}],
        "MetricDataResults": [{"Id": "m", "Timestamps": [*points], "Values": [*points.values()]}],
    }


def azure(interval: str, points: Points, **names: str) -> dict[str, Any]:
    """The same of Azure Monitor, split by the names given."""
    series = {
        "metadatavalues": [{"name": {"value": name}, "value": value} for name, value in names.items()],
        "data": [{"timeStamp": moment, "total": total} for moment, total in points.items()],
    }
    metric = {"id": f"{_RESOURCE}/providers/Microsoft.Insights/metrics/InputTokens", "name": {"value": "InputTokens"}}
    return {"interval": interval, "value": [{**metric, "type": "Microsoft.Insights/metrics", "timeseries": [series]}]}


def at(hour: int) -> str:
    return f"2026-10-05T{hour:02}:00:00Z"


HOURS = {at(8): 100.0, at(9): 200.0}
WHOLE = {at(0): 300.0}
CHAT = {"modelname": "gpt-4.1-mini", "modelversion": "2025-04-14"}
NAMED = CHAT | {"modeldeploymentname": "chat-prod"}


@pytest.fixture
def told(tmp_path: Path) -> Callable[..., tuple[str | Path, ...]]:
    """A ledger of answers, each in a file of its own; as options."""

    def take(*answers: dict[str, Any]) -> tuple[str | Path, ...]:
        for number, answer in enumerate(answers):
            (tmp_path / f"answer{number}.json").write_text(json.dumps(answer))
        return ("--ledger", ledgers.taken(tmp_path / "ledger", sorted(tmp_path.glob("answer*.json"))))

    return take


@pytest.mark.parametrize(
    "answers",
    [
        (cloudwatch(HOUR, HOURS), cloudwatch(DAY, WHOLE)),
        (cloudwatch(DAY, WHOLE), cloudwatch(HOUR, {at(8): 100.0})),
        (cloudwatch(DAY, {at(0): 120.0}), cloudwatch(HOUR, HOURS)),
        (cloudwatch(DAY, WHOLE), cloudwatch(DAY, {at(0): 100}, "default"), cloudwatch(DAY, {at(0): 200}, "flex")),
        (cloudwatch(DAY, WHOLE), cloudwatch(HOUR, {at(8): 100}, "default"), cloudwatch(HOUR, {at(8): 200}, "flex")),
        (cloudwatch(HOUR, HOURS), cloudwatch(HOUR, HOURS, "default"), cloudwatch(DAY, WHOLE)),
        (azure("PT1H", HOURS, **NAMED), azure("P1D", WHOLE, **NAMED)),
        (azure("PT1H", HOURS, **NAMED), azure("PT1H", HOURS, **CHAT)),
    ],
    ids=["periods", "part", "unfinished", "tiers", "both", "three", "intervals", "deployments"],
)
def test_what_one_file_tells_by_the_day_and_another_by_the_hour_is_counted_once(
    inside: Callable[..., Done], told: Callable[..., tuple[str | Path, ...]], answers: tuple[dict[str, Any], ...]
) -> None:
    ledger = told(*answers)
    done = inside("compare", *ledger, "--format", "json")
    assert sum(row["input_tokens"] for row in done.rows()) == 300
    assert "others tell the same tokens in other periods or splits" in done.caveats["bucket_choice"]
    assert "metered_again" not in done.caveats
    for figure in ("tokens", "metrics_tokens"):
        explained = inside("explain", figure, *ledger, "--format", "json")
        assert (explained.rows("explain")[0]["value"], "bucket_choice" in explained.caveats) == (300, True)
    elsewhere = inside("explain", "metrics_tokens", *ledger, "--since", "2026-10-05", "--format", "json")
    assert elsewhere.rows("explain")[0]["value"] == 300
    assert "a sum over all rows counts them twice" in inside("export", "usage", *ledger, "-o", "-").err


def test_what_tells_other_tokens_is_left_alone(
    inside: Callable[..., Done], told: Callable[..., tuple[str | Path, ...]]
) -> None:
    ledger = told(
        cloudwatch(HOUR, HOURS),
        cloudwatch(DAY, {"2026-10-06T00:00:00Z": 5}),
        cloudwatch(DAY, WHOLE) | {"Region": "eu-west-1"},
        azure("PT1H", HOURS, **NAMED),
        azure("PT1H", HOURS, **CHAT | {"modelname": "gpt-4.1"}),
    )
    done = inside("compare", *ledger, "--format", "json")
    assert sum(row["input_tokens"] for row in done.rows()) == 300 + 5 + 300 + 300 + 300
    assert not {"bucket_choice", "metered_again"} & done.caveats.keys()
    assert "counts them twice" not in inside("export", "usage", *ledger, "-o", "-").err


@pytest.mark.parametrize("command", ["compare", "explain", "reconcile", "check --allow-missing-baseline"])
def test_where_neither_holds_the_other_the_doubt_is_told(
    inside: Callable[..., Done], told: Callable[..., tuple[str | Path, ...]], command: str
) -> None:
    """Hours of all tiers and days of one: some of the same tokens, and nobody can tell which."""
    ledger = told(cloudwatch(HOUR, HOURS), cloudwatch(DAY, WHOLE, "flex"))
    said = inside(*command.split(), *ledger, "--format", "json").caveats["metered_again"]
    assert said.startswith("2 buckets of metrics may be counted again: ")
    assert {"answer0.json", "answer1.json"} <= {name.rpartition("/")[2] for name in said.split()}
    later = inside(*command.split(), *ledger, "--since", "2026-11", "--format", "json")
    assert "metered_again" not in later.err + later.out
