"""Which metrics of an account are asked for, and how: by what they can be split, as the account itself says.

Of the two families that count the same, "Models" is asked for where the account has it, else the legacy one: both in
one ledger would count twice what a file of the one and a file of the other tell.
https://learn.microsoft.com/azure/azure-monitor/reference/supported-metrics/microsoft-cognitiveservices-accounts-metrics
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import Any

_MODEL = ("ModelDeploymentName", "ModelName", "ModelVersion")
_LEGACY_MODEL = ("ModelDeploymentName", "FeatureName", "ModelVersion")
_SHARES = "average,minimum,maximum"


@dataclass(frozen=True)
class _Wanted:
    names: tuple[str, ...]
    aggregation: str
    dimensions: tuple[str, ...]


# No more than 20 names in each: the service takes no more in one call.
_MODELS = (
    _Wanted(
        (
            "InputTokens",
            "OutputTokens",
            "AudioInputTokens",
            "AudioOutputTokens",
            "cacheReadInputTokens",
            "ephemeral5mInputTokens",
            "ephemeral1hInputTokens",
        ),
        "total",
        _MODEL,
    ),
    _Wanted(("ModelRequests",), "total", (*_MODEL, "StatusCode")),
    _Wanted(
        (
            "TimeToResponse",
            "NormalizedTimeToFirstToken",
            "NormalizedTimeBetweenTokens",
            "TimeToLastByte",
            "TokensPerSecond",
            "ProvisionedUtilization",
        ),
        _SHARES,
        _MODEL,
    ),
)
_LEGACY = (
    _Wanted(("ProcessedPromptTokens", "GeneratedTokens"), "total", _LEGACY_MODEL),
    _Wanted(("AudioPromptTokens", "AudioCompletionTokens"), "total", _MODEL),
    _Wanted(("AzureOpenAIRequests",), "total", (*_MODEL, "StatusCode")),
    _Wanted(
        (
            "AzureOpenAITimeToResponse",
            "AzureOpenAINormalizedTTFTInMS",
            "AzureOpenAINormalizedTBTInMS",
            "AzureOpenAITTLTInMS",
            "AzureOpenAITokenPerSecond",
            "AzureOpenAIProvisionedManagedUtilizationV2",
        ),
        _SHARES,
        _MODEL,
    ),
)
_TELLS_FAMILY = "inputtokens"


@dataclass(frozen=True)
class Question:
    """Metrics that are asked in one call: all of them have every one of the dimensions."""

    names: tuple[str, ...]
    aggregation: str
    dimensions: tuple[str, ...]

    @property
    def filter(self) -> str | None:
        """What splits the answer: every value of every dimension."""
        return " and ".join(f"{name} eq '*'" for name in self.dimensions) or None


def questions(definitions: list[dict[str, Any]]) -> list[Question]:
    """What to ask of an account with these metrics."""
    known = {name: dimensions for name, dimensions in map(_definition, definitions) if name}
    found: list[Question] = []
    for wanted in _MODELS if _TELLS_FAMILY in known else _LEGACY:
        together: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for name in wanted.names:
            if name.lower() in known:
                has = known[name.lower()]
                together[tuple(each for each in wanted.dimensions if each.lower() in has)].append(name)
        for dimensions, names in together.items():
            found.append(Question(tuple(names), wanted.aggregation, dimensions))
    return found


def _definition(each: dict[str, Any]) -> tuple[str, frozenset[str]]:
    name = each.get("name")
    dimensions = each.get("dimensions")
    return (
        str(name.get("value", "")).lower() if isinstance(name, dict) else "",
        frozenset(
            str(dimension.get("value", "")).lower() for dimension in dimensions or () if isinstance(dimension, dict)
        ),
    )
