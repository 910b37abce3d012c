"""The name of an Azure meter, read into the ledger's words.

`5.4 mini pp cd Inp Dz 1M Tokens` of the sub-category `Azure OpenAI GPT5` sells cached input tokens of gpt-5.4-mini,
with priority processing, in a data zone, by the million. The words are in `azure_words`, the models in `azure_models`;
docs/meters.md tells what holds for all of them.
"""

from __future__ import annotations

from functools import lru_cache

from tokenaudit.model.meters import TOKEN, Meter, azure_models
from tokenaudit.model.meters import azure_words as words_of
from tokenaudit.model.models import UNKNOWN

_MILLION = 1_000_000
_EMBEDDING = ("embed", "embedding", "embeddings", "text-embedding")
_NOT_A_NAME = (
    words_of.INPUT
    | words_of.OUTPUT
    | words_of.CACHE
    | words_of.WRITE
    | words_of.SCOPE.keys()
    | words_of.TIER.keys()
    | words_of.BAND.keys()
    | (words_of.AUDIO - {"audio-model"})
    | words_of.NO_AUDIO
    | words_of.FILLING
    | words_of.SOLD.keys()
)


@lru_cache(maxsize=8192)
def read(meter: str, sub_category: str | None = None, unit: str | None = None) -> Meter:
    """What a meter sells. Never raises; a name that says nothing sells `other`.

    `meter` is the bill's meter name, `sub_category` its meter sub-category, which the retail price list calls product:
    some vendors' meters name no vendor and need it. `unit` is the unit of measure, which tells hours of capacity from
    months; where it is None, the name has to. A retail SKU name, which ends before `Tokens`, is read too if its model
    is known.

    Tokens of a fine-tuned model and of a grader have no model: calls to it are logged under a name of its own, and its
    price need not be the base's.
    """
    words = words_of.split(meter)
    named = set(words)
    scope = next((words_of.SCOPE[word] for word in reversed(words) if word in words_of.SCOPE), None)
    if named & words_of.PROVISIONED:
        return _capacity(words, scope, sub_category or "", (unit or "").casefold())
    unit_kind = _sold(words)
    if unit_kind != TOKEN:
        return Meter(unit_kind, scope=scope)
    block = _block(words, unit)
    bands = words_of.BAND | (words_of.GROK_BAND if azure_models.is_grok(sub_category) else {})
    rest = [word for word in words if word not in _NOT_A_NAME and word not in bands]
    model = (
        UNKNOWN if named & words_of.FINE_TUNED else azure_models.find(rest, sub_category, per_million=block == _MILLION)
    )
    if words_of.SOLD.get(words[-1]) != TOKEN and model.model is None:
        return Meter("other", scope=scope)
    return Meter(
        TOKEN,
        model=model.model,
        model_version=model.version,
        token_kind=_kind(words),
        scope=scope or words_of.UNSCOPED,
        tier=next((words_of.TIER[word] for word in words if word in words_of.TIER), "standard"),
        prompt_band=max(bands.get(word, 0) for word in words),
        block_tokens=block,
    )


def _sold(words: list[str]) -> str:
    """What is sold, by the last word of the name unless another says more."""
    named = set(words)
    if named & words_of.CONSUMPTION_UNIT:
        return "consumption_unit"
    if named & words_of.HOSTING:
        return "hosting_hour"
    if named & words_of.TRAINING:
        return "training"
    if not words or words[-1] in {"unit", "units"}:
        return "other"
    directed = _kind(words) is not None
    sold = words_of.SOLD.get(words[-1], TOKEN if directed else "other")
    # The third meter of a fine-tuned model, beside those for its input and its output, at many times their price.
    return "training" if sold == TOKEN and named & words_of.FINE_TUNED and not directed else sold


def _capacity(words: list[str], scope: str | None, sub_category: str, unit: str) -> Meter:
    """Provisioned throughput, by the hour or the month; a reservation has the price of its whole term."""
    if "reservation" in words or "reservation" in sub_category.casefold():
        return Meter("ptu_month", scope=scope, tier="provisioned")
    by_month = "month" in unit if unit else words[-2:] == ["throughput", "units"]
    return Meter("ptu_month" if by_month else "ptu_hour", scope=scope or words_of.UNSCOPED, tier="provisioned")


def _kind(words: list[str]) -> str | None:
    """The kind of token. Cached audio is `cache_read` like any other: the ledger counts it there."""
    named = set(words)
    if named & words_of.CACHE:
        return "cache_write" if named & words_of.WRITE else "cache_read"
    carried = [word for word in words if word in words_of.AUDIO or word in words_of.NO_AUDIO]
    audio = bool(carried) and carried[-1] in words_of.AUDIO
    if named & words_of.OUTPUT:
        return "audio_output" if audio else "output"
    if named & words_of.INPUT:
        return "audio_input" if audio else "input"
    return "input" if named.intersection(_EMBEDDING) else None


def _block(words: list[str], unit: str | None) -> int | None:
    """Tokens in one unit: without exception, names with `1M` are sold by the million and all others by the thousand."""
    if words_of.MILLION in words:
        return _MILLION
    if words[-1] in words_of.SOLD:
        return 1_000
    return {"1m": _MILLION, "1k": 1_000}.get((unit or "").strip().casefold())
