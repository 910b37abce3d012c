"""THE schema: every ledger column's name, type and meaning, once.

Arrow fields, pandas dtypes, checks and the table in docs/ledger.md are derived from here. A name's suffix is its unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "int64", "float64", "bool", "date", "timestamp", "map"]


@dataclass(frozen=True)
class Column:
    """One ledger column: its name, its type and, in one sentence, its meaning."""

    name: str
    kind: Kind
    doc: str
    nullable: bool = True


def _must(name: str, kind: Kind, doc: str) -> Column:
    return Column(name, kind, doc, nullable=False)


USAGE: tuple[Column, ...] = (
    _must("usage_id", "string", "stable identity: the same event read twice, or from two places, has the same id"),
    _must("provider", "string", "`aws.bedrock` or `azure.ai.openai` (OpenTelemetry `gen_ai.provider.name`)"),
    _must("source", "string", "which kind of log the row came from, e.g. `aws.invocation_logs`"),
    _must("grain", "string", "`request` or `bucket`; only request rows feed a percentile"),
    _must("started_at", "timestamp", "start of the request, or of the bucket (UTC)"),
    _must("day", "date", "UTC day of started_at; the partition"),
    _must("request_count", "int64", "1 for a request"),
    Column("request_id", "string", "the provider's id of the request"),
    Column("account", "string", "AWS account id, or Azure subscription id in lower case"),
    Column("region", "string", "where it was called"),
    Column("served_region", "string", "where it ran when rerouted"),
    Column("resource", "string", "Azure account resource id (case-folded), AWS profile or model ARN"),
    Column("deployment", "string", "Azure deployment, Bedrock application inference profile"),
    Column("model", "string", "canonical `vendor/model`; null if it cannot be resolved"),
    Column("model_version", "string", "release date or version as the source says"),
    Column("model_ref", "string", "what the provider wrote, verbatim; null where no model is involved"),
    Column("scope", "string", "`regional`, `geo`, `data_zone` or `global`"),
    Column("tier", "string", "`standard`, `batch`, `priority`, `flex`, `provisioned`, `reserved`, `latency_optimized`"),
    Column("operation", "string", "the operation called, verbatim; an open set"),
    Column("streamed", "bool", "whether the answer was streamed"),
    Column("input_tokens", "int64", "prompt tokens neither read from nor written to a cache"),
    Column("cache_read_tokens", "int64", "prompt tokens read from a cache"),
    Column(
        "cache_write_tokens", "int64", "prompt tokens written to a cache with a short life (5 minutes and the like)"
    ),
    Column("cache_write_1h_tokens", "int64", "prompt tokens written to a cache that lives an hour"),
    Column("output_tokens", "int64", "tokens of the answer, reasoning included"),
    Column("reasoning_tokens", "int64", "the part of output_tokens that was reasoning; never priced by itself"),
    Column("audio_input_tokens", "int64", "audio tokens of the prompt, not in the text columns"),
    Column("audio_output_tokens", "int64", "audio tokens of the answer, not in the text columns"),
    Column("latency_ms", "float64", "the whole request; null when the source has none, never 0 for unknown"),
    Column("first_token_ms", "float64", "time to first token; streamed requests only"),
    Column("vantage", "string", "where latency was measured: `provider`, `gateway` or `client`"),
    _must("outcome", "string", "`ok`, `throttled`, `client_error`, `server_error`, `filtered` or `unknown`"),
    Column("status", "string", "HTTP status or error code, verbatim"),
    Column("caller", "string", "IAM ARN, Entra object id or API Management subscription"),
    _must("tags", "map", "request metadata and the like"),
    _must("object_uri", "string", "where the row came from"),
)

USAGE_NAMES: tuple[str, ...] = tuple(column.name for column in USAGE)

# Disjoint: their sum is every token of a request. `reasoning_tokens` is a part of `output_tokens` and so not among
# them.
PROMPT_TOKENS: tuple[str, ...] = (
    "input_tokens",
    "cache_read_tokens",
    "cache_write_tokens",
    "cache_write_1h_tokens",
    "audio_input_tokens",
)
ANSWER_TOKENS: tuple[str, ...] = ("output_tokens", "audio_output_tokens")
PRICED_TOKENS: tuple[str, ...] = PROMPT_TOKENS + ANSWER_TOKENS

OUTCOMES: tuple[str, ...] = ("ok", "throttled", "client_error", "server_error", "filtered", "unknown")
ERROR_OUTCOMES: tuple[str, ...] = ("throttled", "client_error", "server_error")
SCOPES: tuple[str, ...] = ("regional", "geo", "data_zone", "global")
TIERS: tuple[str, ...] = ("standard", "batch", "priority", "flex", "provisioned", "reserved", "latency_optimized")

BEDROCK = "aws.bedrock"
AZURE = "azure.ai.openai"
# What a person types for a provider, and the OpenTelemetry name that the ledger holds.
PROVIDER_ALIASES: dict[str, str] = {
    "bedrock": BEDROCK,
    "aws": BEDROCK,
    "azure": AZURE,
    "azure-openai": AZURE,
    "openai": AZURE,
}

MAX_TOKENS = 2**53
"""A count above this is no count: JSON numbers are not exact beyond it, and no request is that long."""
