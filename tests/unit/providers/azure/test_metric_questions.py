from __future__ import annotations

from typing import Any

from tokenaudit.providers.azure.live.metric_questions import questions

MODEL = ("ModelDeploymentName", "ModelName", "ModelVersion")


def definition(name: str, *dimensions: str) -> dict[str, Any]:
    return {"name": {"value": name}, "dimensions": [{"value": each} for each in dimensions]}


def test_metrics_with_the_same_dimensions_are_asked_for_together() -> None:
    found = questions(
        [
            definition("InputTokens", *MODEL, "ApiName"),
            definition("OutputTokens", *MODEL, "Region"),
            definition("cacheReadInputTokens", "ModelDeploymentName", "ContextLength"),
            definition("ModelRequests", *MODEL, "StatusCode", "StreamType"),
            definition("TimeToResponse", *map(str.lower, MODEL)),
        ]
    )
    assert [(each.names, each.aggregation, each.dimensions) for each in found] == [
        (("InputTokens", "OutputTokens"), "total", MODEL),
        (("cacheReadInputTokens",), "total", ("ModelDeploymentName",)),
        (("ModelRequests",), "total", (*MODEL, "StatusCode")),
        (("TimeToResponse",), "average,minimum,maximum", MODEL),
    ]
    assert found[0].filter == "ModelDeploymentName eq '*' and ModelName eq '*' and ModelVersion eq '*'"


def test_one_family_is_asked_for() -> None:
    legacy = [
        definition("ProcessedPromptTokens", "ModelDeploymentName", "FeatureName"),
        definition("AzureOpenAIRequests", *MODEL, "StatusCode"),
    ]
    assert [each.names for each in questions(legacy)] == [("ProcessedPromptTokens",), ("AzureOpenAIRequests",)]
    assert [each.names for each in questions([*legacy, definition("inputtokens", *MODEL)])] == [("InputTokens",)]


def test_a_metric_without_dimensions_is_not_split() -> None:
    (only,) = questions([definition("InputTokens")])
    assert (only.dimensions, only.filter) == ((), None)


def test_an_account_of_another_kind_has_nothing_to_ask_for() -> None:
    assert questions([definition("TotalCalls", "ApiName"), {}, {"name": None, "dimensions": None}]) == []
