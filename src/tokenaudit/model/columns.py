"""THE schema: every ledger column's name, type and meaning, once.

Arrow fields, pandas dtypes, checks and the table in docs/ledger.md are derived from here. A name's suffix is its unit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Kind = Literal["string", "int64", "float64", "decimal", "bool", "date", "timestamp", "map"]


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
    _must(
        "request_count",
        "int64",
        "1 for a request; of a bucket as many as the cloud counted, 0 where nothing counts them",
    ),
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
    Column(
        "input_tokens",
        "int64",
        "prompt tokens neither read from nor written to a cache; the whole prompt where the source tells none of these",
    ),
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

CHARGES: tuple[Column, ...] = (
    _must("charge_id", "string", "identity of the line: hash of its export, its identifying fields and its ordinal"),
    _must("provider", "string", "`aws.bedrock` or `azure.ai.openai`"),
    _must("source", "string", "`aws.cur`, `aws.cost_explorer`, `azure.cost_export`, `azure.cost_query` or `focus`"),
    _must("billing_period", "date", "first day of the month that is billed; the partition"),
    _must("charge_period_start", "timestamp", "start of what the line is for (UTC, inclusive)"),
    _must("charge_period_end", "timestamp", "its end (UTC, exclusive)"),
    Column("billing_account_id", "string", "who pays: AWS payer account, Azure billing account"),
    Column("sub_account_id", "string", "AWS usage account, or Azure subscription id in lower case"),
    Column("invoice_id", "string", "the invoice, once there is one"),
    _must("charge_category", "string", "`Usage`, `Purchase`, `Tax`, `Credit` or `Adjustment`"),
    Column("charge_class", "string", "`Correction` where the line corrects an earlier period"),
    Column("charge_description", "string", "what the provider says of the line"),
    Column("service_name", "string", "the service, as the provider names it"),
    Column("publisher_name", "string", "who makes what is sold, where it is not the cloud itself"),
    Column("sku_id", "string", "the provider's id of the price or meter"),
    Column("sku_meter", "string", "usage type or meter name, verbatim"),
    Column("region_id", "string", "region of the usage, as the cloud's API names it"),
    Column("resource_id", "string", "AWS ARN; Azure resource id, case-folded"),
    Column("commitment_discount_id", "string", "the reservation or savings plan that covers the line"),
    Column("commitment_discount_status", "string", "`Used` or `Unused`"),
    Column("pricing_category", "string", "`Standard`, `Dynamic`, `Committed` or `Other`"),
    Column("pricing_quantity", "decimal", "amount in units of the price"),
    Column("pricing_unit", "string", "the unit of the price, verbatim"),
    Column("consumed_quantity", "decimal", "amount that was used"),
    Column("consumed_unit", "string", "its unit"),
    Column("list_cost", "decimal", "at public list price"),
    Column("contracted_cost", "decimal", "at the negotiated price, before commitments"),
    Column("billed_cost", "decimal", "what is invoiced for it; null where the export is amortised only"),
    Column(
        "effective_cost", "decimal", "with commitments spread over what they cover; null where the export is actual"
    ),
    Column("billing_currency", "string", "ISO 4217 code of all four costs, never converted here"),
    Column("model", "string", "canonical `vendor/model`, read out of the meter; null if it cannot be resolved"),
    Column("token_kind", "string", "a token column's name without `_tokens`; null where the line sells no tokens"),
    Column("scope", "string", "`regional`, `geo`, `data_zone` or `global`"),
    Column("tier", "string", "`standard`, `batch`, `priority`, `flex`, `provisioned`, `reserved`, `latency_optimized`"),
    Column("tokens", "int64", "tokens that the line is for: exact, or null"),
    _must("quantity_scale", "string", "how the quantity counts tokens: in `blocks` of the unit, `units`, or `unknown`"),
    _must("provisional", "bool", "whether the provider says that the line may still change"),
    _must("tags", "map", "cost allocation tags, without the provider's prefixes"),
    _must("focus_extra", "map", "FOCUS columns that have no home here"),
    _must("object_uri", "string", "where the line came from"),
)

METRICS: tuple[Column, ...] = (
    _must("provider", "string", "`aws.bedrock` or `azure.ai.openai`"),
    _must("source", "string", "`aws.metrics` or `azure.metrics`"),
    _must("day", "date", "UTC day of period_start; the partition"),
    Column("account", "string", "AWS account id, or Azure subscription id in lower case"),
    Column("region", "string", "region of the resource"),
    Column("resource", "string", "Azure account resource id (case-folded)"),
    Column("deployment", "string", "Azure deployment, Bedrock application inference profile"),
    Column("model", "string", "canonical `vendor/model`; null if it cannot be resolved"),
    Column("model_ref", "string", "what the provider wrote, verbatim"),
    _must("metric", "string", "canonical name: `latency_ms`, `first_token_ms`, `requests`, `input_tokens`, ..."),
    _must("statistic", "string", "`sum`, `average`, `minimum`, `maximum`, `p50`, `p90`, `p95`, `p99`, `sample_count`"),
    _must("period_start", "timestamp", "start of the bucket (UTC)"),
    _must("period_s", "int64", "length of the bucket in seconds"),
    _must("value", "float64", "the aggregated number, in `unit`"),
    Column("sample_count", "int64", "how many samples the number rests on, where the answer tells"),
    Column("unit", "string", "`ms`, `tokens`, `requests`, `ratio`, ..."),
    _must("metric_ref", "string", "the provider's name of the metric, verbatim"),
    _must("dimensions", "map", "the dimensions that the series was asked for, as the provider names them"),
    _must("object_uri", "string", "where the number came from"),
)

CHARGE_CATEGORIES: tuple[str, ...] = ("Usage", "Purchase", "Tax", "Credit", "Adjustment")

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
KNOWN_OUTCOMES: tuple[str, ...] = tuple(outcome for outcome in OUTCOMES if outcome != "unknown")
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
