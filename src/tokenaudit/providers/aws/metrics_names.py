"""What CloudWatch calls Bedrock's metrics and statistics, and what the ledger does.

Source: "Monitor `bedrock-runtime` inference" and "Monitor `bedrock-mantle` inference using CloudWatch metrics", Amazon
Bedrock user guide. The names with `TokenCount` of cached tokens are in no document; accounts have them.
"""

from __future__ import annotations

from functools import lru_cache

from tokenaudit.providers.measured import Metric, snake_case

RUNTIME, MANTLE = "AWS/Bedrock", "AWS/BedrockMantle"
NAMESPACES = (RUNTIME, MANTLE)

_METRICS = {
    "Invocations": Metric("requests", "requests"),
    "InvocationLatency": Metric("latency_ms", "ms"),
    "TimeToFirstToken": Metric("first_token_ms", "ms"),
    "InvocationClientErrors": Metric("client_errors", "requests"),
    "InvocationServerErrors": Metric("server_errors", "requests"),
    "InvocationThrottles": Metric("throttles", "requests"),
    "LegacyModelInvocations": Metric("legacy_requests", "requests"),
    "InputTokenCount": Metric("input_tokens", "tokens"),
    "OutputTokenCount": Metric("output_tokens", "tokens"),
    "CacheReadInputTokens": Metric("cache_read_tokens", "tokens"),
    "CacheReadInputTokenCount": Metric("cache_read_tokens", "tokens"),
    "CacheWriteInputTokens": Metric("cache_write_tokens", "tokens"),
    "CacheWriteInputTokenCount": Metric("cache_write_tokens", "tokens"),
    "EstimatedTPMQuotaUsage": Metric("quota_tokens", "tokens"),
    "Inferences": Metric("requests", "requests"),
    "InferenceClientErrors": Metric("client_errors", "requests"),
    "TotalInputTokens": Metric("input_tokens", "tokens"),
    "TotalOutputTokens": Metric("output_tokens", "tokens"),
    "InputTokens": Metric("input_tokens", "tokens"),
    "OutputTokens": Metric("output_tokens", "tokens"),
}
_STATISTICS = {
    "Sum": "sum",
    "Average": "average",
    "Minimum": "minimum",
    "Maximum": "maximum",
    "SampleCount": "sample_count",
}


@lru_cache(maxsize=1024)
def metric(reference: str) -> Metric:
    """The canonical metric, or one of our form for a name that is not in the table."""
    return _METRICS.get(reference) or Metric(snake_case(reference))


def statistic(reference: str) -> str:
    """The canonical statistic; percentiles (`p95`, `p99.9`) and trimmed means keep their names."""
    return _STATISTICS.get(reference) or reference.lower()
