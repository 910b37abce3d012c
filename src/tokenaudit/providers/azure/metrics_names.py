"""What Azure Monitor calls the metrics of an account, and what the ledger does.

Every token is counted by two families of metrics, "Azure OpenAI" (legacy) and "Models". Source: "Supported metrics for
Microsoft.CognitiveServices/accounts", Azure Monitor reference. `Latency` and the other metrics that all
cognitive services share are misleading for models, as the reference says; they keep names of their own.
"""

from __future__ import annotations

from functools import lru_cache

from tokenaudit.providers.measured import Metric, snake_case

_LEGACY = {
    "ProcessedPromptTokens": Metric("input_tokens", "tokens"),
    "GeneratedTokens": Metric("output_tokens", "tokens"),
    "AudioPromptTokens": Metric("audio_input_tokens", "tokens"),
    "AudioCompletionTokens": Metric("audio_output_tokens", "tokens"),
    "TokenTransaction": Metric("total_tokens", "tokens"),
    "ActiveTokens": Metric("active_tokens", "tokens"),
    "AzureOpenAIRequests": Metric("requests", "requests"),
    "AzureOpenAIAvailabilityRate": Metric("availability_ratio", "ratio"),
    "AzureOpenAITimeToResponse": Metric("time_to_response_ms", "ms"),
    "AzureOpenAINormalizedTTFTInMS": Metric("normalized_first_token_ms", "ms"),
    "AzureOpenAINormalizedTBTInMS": Metric("normalized_between_tokens_ms", "ms"),
    "AzureOpenAITTLTInMS": Metric("latency_ms", "ms"),
    "AzureOpenAITokenPerSecond": Metric("tokens_per_s", "tokens/s"),
    "AzureOpenAIContextTokensCacheMatchRate": Metric("cache_match_ratio", "ratio"),
    "AzureOpenAIProvisionedManagedUtilization": Metric("utilization_ratio", "ratio"),
    "AzureOpenAIProvisionedManagedUtilizationV2": Metric("utilization_ratio", "ratio"),
}
_MODELS = {
    "InputTokens": Metric("input_tokens", "tokens"),
    "OutputTokens": Metric("output_tokens", "tokens"),
    "TotalTokens": Metric("total_tokens", "tokens"),
    "AudioInputTokens": Metric("audio_input_tokens", "tokens"),
    "AudioOutputTokens": Metric("audio_output_tokens", "tokens"),
    "cacheReadInputTokens": Metric("cache_read_tokens", "tokens"),
    "ephemeral5mInputTokens": Metric("cache_write_tokens", "tokens"),
    "ephemeral1hInputTokens": Metric("cache_write_1h_tokens", "tokens"),
    "ModelRequests": Metric("requests", "requests"),
    "ModelAvailabilityRate": Metric("availability_ratio", "ratio"),
    "TimeToResponse": Metric("time_to_response_ms", "ms"),
    "NormalizedTimeToFirstToken": Metric("normalized_first_token_ms", "ms"),
    "NormalizedTimeBetweenTokens": Metric("normalized_between_tokens_ms", "ms"),
    "TimeToLastByte": Metric("latency_ms", "ms"),
    "TokensPerSecond": Metric("tokens_per_s", "tokens/s"),
    "ProvisionedUtilization": Metric("utilization_ratio", "ratio"),
}
_ALL = {name.lower(): known for family in (_LEGACY, _MODELS) for name, known in family.items()}
_NEW = frozenset(name.lower() for name in _MODELS)

# What a unit of Azure Monitor is called here, and how many of it make one of ours.
_UNITS = {"percent": ("ratio", 100.0), "milliseconds": ("ms", 1.0), "seconds": ("s", 1.0), "count": ("count", 1.0)}


@lru_cache(maxsize=1024)
def metric(reference: str, unit: str | None) -> tuple[Metric, float]:
    """The metric, canonical or of our form, and what a value has to be divided by: Azure's percents become ratios.

    `unit` is what the answer says, which may be nothing; then it is the one of the reference.
    """
    known = _ALL.get(reference.lower())
    spelled = (unit or "").lower()
    said, divisor = _UNITS.get(spelled, (spelled or None, 1.0))
    if known is None:
        return Metric(snake_case(reference), said), divisor
    if known.unit == "ratio":
        return known, 1.0 if unit and said != "ratio" else 100.0
    if known.unit == "ms" and said == "s":
        return known, 0.001
    return known, 1.0


def is_of_models(reference: str) -> bool:
    """Whether a metric belongs to the family "Models", which covers everything that is deployed."""
    return reference.lower() in _NEW
