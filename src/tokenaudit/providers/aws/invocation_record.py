"""The fields of a Bedrock invocation log record that the ledger wants; msgspec skips all others, prompts included.

Shapes: Amazon Bedrock user guide, "Monitor model invocation using CloudWatch Logs and Amazon S3".
"""

from __future__ import annotations

from typing import Any, ClassVar

import msgspec

Number = int | float


class _Wanted(msgspec.Struct, gc=False, frozen=True):
    """Base of the parts: immutable, so that they can be defaults, and of no interest to the garbage collector."""


class Identity(_Wanted, frozen=True):
    arn: str | None = None


class Input(_Wanted, frozen=True, rename="camel"):
    input_token_count: int | None = None
    cache_read: int | None = msgspec.field(default=None, name="cacheReadInputTokenCount")
    cache_write: int | None = msgspec.field(default=None, name="cacheWriteInputTokenCount")
    body: RequestBody | list[Any] | str | None = msgspec.field(default=None, name="inputBodyJson")


class TierType(_Wanted, frozen=True):
    type: str | None = None


class RequestBody(_Wanted, frozen=True):
    service_tier: str | None = None
    converse_tier: TierType | None = msgspec.field(default=None, name="serviceTier")
    performance: Performance | None = msgspec.field(default=None, name="performanceConfig")


class Performance(_Wanted, frozen=True):
    latency: str | None = None


class CacheDetail(_Wanted, frozen=True, rename="camel"):
    ttl: str | None = None
    input_tokens: int | None = None


class CacheCreation(_Wanted, frozen=True):
    short: int | None = msgspec.field(default=None, name="ephemeral_5m_input_tokens")
    hour: int | None = msgspec.field(default=None, name="ephemeral_1h_input_tokens")


class Usage(_Wanted, frozen=True):
    cache_details: list[CacheDetail] | None = msgspec.field(default=None, name="cacheDetails")
    cache_creation: CacheCreation | None = None


class Metrics(_Wanted, frozen=True, rename="camel"):
    latency_ms: Number | None = None


class Answer(_Wanted, frozen=True):
    """The body of Converse, ConverseStream and InvokeModel."""

    metrics: Metrics | None = None
    usage: Usage | None = None
    converse_stop: str | None = msgspec.field(default=None, name="stopReason")
    stop_reason: str | None = None
    converse_tier: TierType | None = msgspec.field(default=None, name="serviceTier")
    service_tier: str | None = None
    guardrail: str | None = msgspec.field(default=None, name="amazon-bedrock-guardrailAction")
    performance: Performance | None = msgspec.field(default=None, name="performanceConfig")
    prompt_token_count: int | None = None
    generation_token_count: int | None = None


class InvocationMetrics(_Wanted, frozen=True, rename="camel"):
    input_token_count: int | None = None
    output_token_count: int | None = None
    invocation_latency: Number | None = None
    first_byte_latency: Number | None = None
    cache_read: int | None = msgspec.field(default=None, name="cacheReadInputTokenCount")
    cache_write: int | None = msgspec.field(default=None, name="cacheWriteInputTokenCount")


class ChunkMessage(_Wanted, frozen=True):
    usage: Usage | None = None


class ChunkDelta(_Wanted, frozen=True):
    stop_reason: str | None = None


class Chunk(_Wanted, frozen=True):
    """One event of InvokeModelWithResponseStream. `delta` and `message` are objects with Anthropic alone."""

    metrics: InvocationMetrics | None = msgspec.field(default=None, name="amazon-bedrock-invocationMetrics")
    guardrail: str | None = msgspec.field(default=None, name="amazon-bedrock-guardrailAction")
    message: ChunkMessage | str | None = None
    delta: ChunkDelta | str | None = None


class Output(_Wanted, frozen=True):
    given: ClassVar[bool] = True
    output_token_count: int | None = msgspec.field(default=None, name="outputTokenCount")
    body: Answer | list[Chunk | str] | str | None = msgspec.field(default=None, name="outputBodyJson")


class NoOutput(Output, frozen=True):
    """Stands for an answer that is absent, so that whoever reads millions of records need not ask for each."""

    given: ClassVar[bool] = False


NO_IDENTITY, NO_INPUT, NO_OUTPUT = Identity(), Input(), NoOutput()


class Record(msgspec.Struct, gc=False):
    """One record. What is absent stays None, or an empty part; unknown fields are tolerated."""

    timestamp: str | None = None
    account: str | None = msgspec.field(default=None, name="accountId")
    region: str | None = None
    request_id: str | None = msgspec.field(default=None, name="requestId")
    operation: str | None = None
    model_ref: str | None = msgspec.field(default=None, name="modelId")
    served_region: str | None = msgspec.field(default=None, name="inferenceRegion")
    identity: Identity | None = NO_IDENTITY
    input: Input | None = NO_INPUT
    output: Output | None = NO_OUTPUT
    error_code: str | int | None = msgspec.field(default=None, name="errorCode")
    status: str | int | None = None
    service_tier: TierType | str | None = msgspec.field(default=None, name="serviceTier")
    performance: Performance | None = msgspec.field(default=None, name="performanceConfig")
    metadata: msgspec.Raw = msgspec.field(default=msgspec.Raw(b""), name="requestMetadata")

    def without_nulls(self) -> None:
        """Parts that are null become parts that are absent: to us it is the same."""
        self.identity = self.identity or NO_IDENTITY
        self.input = self.input or NO_INPUT
        self.output = self.output or NO_OUTPUT
