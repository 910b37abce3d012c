"""The attribute names that are read, current ones first, and how a value is taken out.

Source: OpenTelemetry semantic conventions for generative AI (semantic-conventions-genai, status Development), their
deprecated names, and spellings that instrumentations use; README.md says which.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import MAX_TOKENS
from tokenaudit.providers.otel.span import RefusedError

if TYPE_CHECKING:
    from collections.abc import Mapping

OPERATION = "gen_ai.operation.name"
PROVIDER = ("gen_ai.provider.name", "gen_ai.system")
REQUEST_MODEL = "gen_ai.request.model"
RESPONSE_MODEL = "gen_ai.response.model"
RESPONSE_ID = "gen_ai.response.id"
FINISH_REASONS = "gen_ai.response.finish_reasons"
STREAM = ("gen_ai.request.stream", "gen_ai.is_streaming", "gen_ai.request.is_stream", "llm.is_streaming")
FIRST_TOKEN = ("gen_ai.response.time_to_first_chunk", "gen_ai.server.time_to_first_token")
SERVICE_TIER = ("openai.response.service_tier", "gen_ai.openai.response.service_tier")
SERVER = "server.address"
ERROR_TYPE = "error.type"
STATUS_CODE = ("http.response.status_code", "http.status_code")
REGION = ("cloud.region", "aws.region")
ACCOUNT = "cloud.account.id"
CLOUD = "cloud.provider"
CALLER = ("enduser.id", "user.id")

INPUT = ("gen_ai.usage.input_tokens", "gen_ai.usage.prompt_tokens")
OUTPUT = ("gen_ai.usage.output_tokens", "gen_ai.usage.completion_tokens")
TOTAL = ("gen_ai.usage.total_tokens", "llm.usage.total_tokens")
CACHE_READ = (
    "gen_ai.usage.cache_read.input_tokens",
    "gen_ai.usage.cache_read_input_tokens",
    "gen_ai.usage.input_tokens.cached",
    "gen_ai.usage.cached_input_tokens",
    "gen_ai.usage.cached_tokens",
)
CACHE_WRITE = (
    "gen_ai.usage.cache_write.input_tokens",
    "gen_ai.usage.cache_creation.input_tokens",
    "gen_ai.usage.cache_creation_input_tokens",
    "gen_ai.usage.cache_write_input_tokens",
    "gen_ai.usage.input_tokens.cache_write",
)
REASONING = (
    "gen_ai.usage.reasoning.output_tokens",
    "gen_ai.usage.reasoning_tokens",
    "gen_ai.usage.output_tokens.reasoning",
)
AUDIO_INPUT = ("gen_ai.usage.audio.input_tokens",)
AUDIO_CACHE_READ = ("gen_ai.usage.audio.cache_read.input_tokens",)
AUDIO_OUTPUT = ("gen_ai.usage.audio.output_tokens",)

# The tag's name -> the attributes that it is taken from.
TAGS: dict[str, tuple[str, ...]] = {
    "service.name": ("service.name",),
    "deployment.environment.name": ("deployment.environment.name", "deployment.environment"),
    "gen_ai.conversation.id": ("gen_ai.conversation.id",),
    "session.id": ("session.id",),
}

_ONE = (OPERATION, REQUEST_MODEL, RESPONSE_MODEL, RESPONSE_ID, FINISH_REASONS, SERVER, ERROR_TYPE, ACCOUNT, CLOUD)
_MANY = (PROVIDER, STREAM, FIRST_TOKEN, SERVICE_TIER, STATUS_CODE, REGION, CALLER, INPUT, OUTPUT, TOTAL, CACHE_READ)
_MORE = (CACHE_WRITE, REASONING, AUDIO_INPUT, AUDIO_CACHE_READ, AUDIO_OUTPUT, *TAGS.values())
WANTED = frozenset((*_ONE, *(name for names in (*_MANY, *_MORE) for name in names)))
"""Everything else, message content above all, is dropped where it is read."""

# The operations that are one model call each. Agent, workflow and tool spans repeat the tokens of the calls below them.
# `completion` and `embedding` are what older instrumentations say for `text_completion` and `embeddings`.
MODEL_OPERATIONS = frozenset(
    ("chat", "text_completion", "generate_content", "embeddings", "completion", "embedding"),
)

# No count has more digits, and Python refuses to make a number of thousands of them.
_WHOLE = re.compile(r"\d{1,20}(\.0+)?")


def is_model_call(attributes: Mapping[str, Any]) -> bool:
    """Whether a span with these attributes is a call of a model: by its operation, else by its tokens or model."""
    operation = text(attributes, OPERATION)
    if operation is not None:
        return operation in MODEL_OPERATIONS
    return any(first(attributes, *names) is not None for names in (INPUT, OUTPUT, (REQUEST_MODEL,)))


def first(attributes: Mapping[str, Any], *names: str) -> object:
    """The value of the first of these names that has one; an empty string is none."""
    for name in names:
        value = attributes.get(name)
        if value is not None and value != "":
            return value
    return None


def text(attributes: Mapping[str, Any], *names: str) -> str | None:
    """The first of these that is a string or a whole number, as valid Unicode."""
    value = first(attributes, *names)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip():
        return None
    return value.encode("utf-8", "replace").decode("utf-8")


def count(attributes: Mapping[str, Any], names: tuple[str, ...]) -> int | None:
    """A number of tokens; `"7"` and `7.0` are 7. Raises RefusedError when it is anything but a whole number from 0."""
    value = first(attributes, *names)
    if value is None:
        return None
    if isinstance(value, str) and _WHOLE.fullmatch(value.strip()):
        value = int(value.strip().partition(".")[0])
    elif isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= MAX_TOKENS:
        raise RefusedError("a token count is no whole number from 0")
    return value


def flag(attributes: Mapping[str, Any], names: tuple[str, ...]) -> bool | None:
    """True or False, also where they are written as strings; None for anything else."""
    return {"true": True, "false": False, "1": True, "0": False}.get(str(first(attributes, *names)).lower())


def number(value: object) -> float | None:
    """A finite number, also where it is written as a string; None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if found - found == 0 else None
