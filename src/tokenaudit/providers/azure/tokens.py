"""Token counts of Azure's logs -> the ledger's disjoint columns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.values import count

if TYPE_CHECKING:
    from tokenaudit.providers.azure.record import Record

# The first spelling that is present counts. GatewayLlmLogs has the first ones; for AzureOpenAIRequestUsage, which no
# document describes, each of them has been seen or is assumed by somebody's query.
_PROMPT = ("prompttokens", "inputtokens")
_ANSWER = ("completiontokens", "generatedtokens", "outputtokens")
_CACHED = ("promptcachedtokens", "cachedtokens", "cachereadtokens", "cachereadinputtokens")


def token_columns(record: Record, model: str | None) -> dict[str, int | None]:
    """`input_tokens`, `cache_read_tokens` and `output_tokens`; None for what the record does not say.

    OpenAI, and whoever copies its API, counts cached tokens among the prompt's: input = prompt - cached. Anthropic does
    not: input = prompt. Where the log has no cached count (Log Analytics drops it) input is the prompt as it stands.
    Raises RecordError for a count that is none, and for more cached tokens than the prompt that they are part of.
    """
    prompt, answer, cached = (_first(record, names) for names in (_PROMPT, _ANSWER, _CACHED))
    uncached = prompt
    if prompt is not None and cached is not None and not _excludes_cached(model):
        if cached > prompt:
            raise RecordError("more cached tokens than prompt tokens")
        uncached = prompt - cached
    return {"input_tokens": uncached, "cache_read_tokens": cached, "output_tokens": answer}


def _excludes_cached(model: str | None) -> bool:
    return model is not None and model.startswith("anthropic/")


def _first(record: Record, names: tuple[str, ...]) -> int | None:
    return next((_sum(record[name], name) for name in names if record.get(name) is not None), None)


def _sum(value: object, name: str) -> int | None:
    """A count, or the sum of a list of counts (production collectors saw `[n]`)."""
    if not isinstance(value, list):
        return count(value, name)
    counts = [count(each, name) for each in value]
    known = [each for each in counts if each is not None]
    return count(sum(known), name) if known else None
