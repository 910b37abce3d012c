"""Which model is left when the words of `azure_words` are taken out of the name of an Azure meter.

Only what stands here is a model: a name that is new, or that covers several models, has none, because a wrong one would
be priced wrongly. The spellings on the right are those of `model.models` and of the price book.
"""

from __future__ import annotations

import re

from tokenaudit.model.models import UNKNOWN, ModelName

# The name -> the model, and its version where the name leaves only one.
_NAMES = {
    # OpenAI, before GPT-4o. The first chat models were told apart by the size of their context. Those of 4K were 0613
    # when they were retired; of 16K, only those without a date are the model `gpt-3.5-turbo-16k`. `trb16K` without a
    # date is missing on purpose: its price is that of a dated one.
    "gpt 3.5 turbo": "openai/gpt-3.5-turbo",
    "gpt 3.5 turbo 4k": "openai/gpt-3.5-turbo 0613",
    "gpt 3.5 turbo 16k": "openai/gpt-3.5-turbo-16k",
    "gpt 3.5 turbo 16k 0125": "openai/gpt-3.5-turbo 0125",
    "gpt 3.5 trb 16k 125": "openai/gpt-3.5-turbo 0125",
    "gpt 3.5 turbo 16k 1106": "openai/gpt-3.5-turbo 1106",
    "gpt 3.5 turbo instruct": "openai/gpt-3.5-turbo-instruct",
    "gpt 4 8k": "openai/gpt-4",
    "gpt 4 32k": "openai/gpt-4-32k",
    "gpt 4 turbo 128k": "openai/gpt-4-turbo",
    "gpt 4 turbo vision 128k": "openai/gpt-4-turbo vision-preview",
    "gpt 4.5": "openai/gpt-4.5-preview",
    "babbage 002": "openai/babbage-002",
    "babbage 002 base": "openai/babbage-002",
    "davinci 002": "openai/davinci-002",
    "davinci 002 base": "openai/davinci-002",
    # OpenAI, reasoning.
    "o1": "openai/o1",
    "o1 mini": "openai/o1-mini",
    "o1 preview": "openai/o1-preview",
    "o1 pro": "openai/o1-pro",
    "o3": "openai/o3",
    "o3 deep research": "openai/o3-deep-research",
    "o3 mini": "openai/o3-mini",
    "o3 pro": "openai/o3-pro",
    "o4 mini": "openai/o4-mini",
    "codex mini": "openai/codex-mini",
    "computer use": "openai/computer-use-preview",
    "chat latest": "openai/gpt-chat-latest",
    "gpt oss 120b": "openai/gpt-oss-120b",
    # OpenAI, sound and pictures. Without a date, the realtime preview is the first one.
    "gpt 4o audio-model": "openai/gpt-4o-audio-preview",
    "gpt 4o mini audio-model": "openai/gpt-4o-mini-audio-preview",
    "gpt audio-model": "openai/gpt-audio",
    "gpt audio-model 1.5": "openai/gpt-audio-1.5",
    "gpt audio-model mini": "openai/gpt-audio-mini",
    "gpt 4o realtime": "openai/gpt-4o-realtime-preview 2024-10-01",
    "gpt 4o realtime preview": "openai/gpt-4o-realtime-preview 2024-10-01",
    "gpt 4o mini realtime": "openai/gpt-4o-mini-realtime-preview",
    "gpt realtime": "openai/gpt-realtime",
    "gpt realtime mini": "openai/gpt-realtime-mini",
    "gpt realtime 1.5": "openai/gpt-realtime-1.5",
    "gpt realtime 2": "openai/gpt-realtime-2",
    "gpt realtime 2.1": "openai/gpt-realtime-2.1",
    "gpt realtime 2.1 mini": "openai/gpt-realtime-2.1-mini",
    "gpt 4o transcribe": "openai/gpt-4o-transcribe",
    "gpt 4o transcribe diarize": "openai/gpt-4o-transcribe-diarize",
    "gpt 4o mini transcribe": "openai/gpt-4o-mini-transcribe",
    "gpt 4o mini tts": "openai/gpt-4o-mini-tts",
    "gpt image-model 1": "openai/gpt-image-1",
    "gpt image-model 1 mini": "openai/gpt-image-1-mini",
    "gpt image-model 1.5": "openai/gpt-image-1.5",
    # Embeddings.
    "embedding ada": "openai/text-embedding-ada-002",
    "embeddings ada": "openai/text-embedding-ada-002",
    "text-embedding 3 large": "openai/text-embedding-3-large",
    "text-embedding 3 small": "openai/text-embedding-3-small",
    "embed v4": "cohere/embed-v-4-0",
    # Other vendors, who are named in the sub-category only.
    "command a": "cohere/command-a",
    "command a plus": "cohere/command-a-plus-05-2026",
    "r1": "deepseek/deepseek-r1",
    "v3": "deepseek/deepseek-v3",
    "v3 0324": "deepseek/deepseek-v3-0324",
    "v3.1": "deepseek/deepseek-v3.1",
    "v3.2": "deepseek/deepseek-v3.2",
    "v3.2 sp": "deepseek/deepseek-v3.2-speciale",
    "v4 flash": "deepseek/deepseek-v4-flash",
    "v4 pro": "deepseek/deepseek-v4-pro",
    "v4.1 flash": "deepseek/deepseek-v4.1-flash",
    "llama 3.3 70b": "meta/llama-3.3-70b-instruct",
    "llama 4 maverick 17b": "meta/llama-4-maverick-17b-instruct",
    "mai ds r1": "microsoft/mai-ds-r1",
    "mai thinking 1": "microsoft/mai-thinking-1",
    "phi 4": "microsoft/phi-4",
    "phi 4 mini instruct": "microsoft/phi-4-mini-instruct",
    "phi 4 multimodal instruct": "microsoft/phi-4-multimodal-instruct",
    "phi 4 reasoning": "microsoft/phi-4-reasoning",
    "codestral": "mistral/codestral-2501",
    "large 3": "mistral/mistral-large-3",
    "mm3.5": "mistral/mistral-medium-3-5",
    "k2 thinking": "moonshot/kimi-k2-thinking",
    "k2.5": "moonshot/kimi-k2.5",
    "k2.5 thinking": "moonshot/kimi-k2.5",
    "k2.6": "moonshot/kimi-k2.6",
    "k2.6 thinking": "moonshot/kimi-k2.6",
    "k2.7 code": "moonshot/kimi-k2.7-code",
    "code fast 1": "xai/grok-code-fast-1",
    "grok 3": "xai/grok-3",
    "grok 3 mini": "xai/grok-3-mini",
    "grok 4": "xai/grok-4",
    # Open models that Fireworks hosts, at prices of its own; logs have its letters before the name too.
    "fw deep seek v3.2": "fireworks/fw-deepseek-v3.2",
    "fw deep seek v4 pro": "fireworks/fw-deepseek-v4-pro",
    "fw glm 5": "fireworks/fw-glm-5",
    "fw glm 5.1": "fireworks/fw-glm-5.1",
    "fw glm 5.2": "fireworks/fw-glm-5.2",
    "fw gpt oss 120b": "fireworks/fw-gpt-oss-120b",
    "fw kimi k2.5": "fireworks/fw-kimi-k2.5",
    "fw kimi k2.6": "fireworks/fw-kimi-k2.6",
    "fw kimi k2.7 code": "fireworks/fw-kimi-k2.7-code",
    "fw mini max 3": "fireworks/fw-minimax-m3",
    "fw mini max m2.5": "fireworks/fw-minimax-m2.5",
}

# Names that mean one model in one sub-category and another elsewhere.
_NAMES_OF = {
    "azure openai": {"image-model 2": "openai/gpt-image-2"},
    "mai models": {
        "image-model 2": "microsoft/mai-image-2",
        "image-model 2e": "microsoft/mai-image-2e",
        "image-model 2.5": "microsoft/mai-image-2.5",
        "image-model 2.6": "microsoft/mai-image-2.6",
    },
}

# GPT-4o and later: `gpt 4.1 mini`, `5.6 luna`, `5.1 codex max`.
_GPT = re.compile(
    r"(gpt )?(4o|4\.1|[5-9](?:\.\d)?)( (?:mini|nano|pro|chat|codex|codex max|codex mini|luna|sol|terra|astra))?"
)
# `4.3`. Grok 4.1, 4.2 and 4 Fast are sold as two models each, with and without reasoning, under one meter.
_GROK = re.compile(r"4\.[3-9]|[5-9](?:\.\d)?")

# The month and day in a name -> the version that Azure logs. A later release is kept as it is spelled.
_RELEASES = {
    "0513": "2024-05-13",
    "0718": "2024-07-18",
    "0806": "2024-08-06",
    "1120": "2024-11-20",
    "1217": "2024-12-17",
    "0131": "2025-01-31",
    "0227": "2025-02-27",
    "0416": "2025-04-16",
    "0603": "2025-06-03",
    "0626": "2025-06-26",
    "0828": "2025-08-28",
    "1215": "2025-12-15",
    "0210": "2026-02-10",
}
_MONTH_DAY = re.compile(r"[01]\d[0-3]\d")
_MONTH_DAY_YEAR = re.compile(r"([01]\d)([0-3]\d)(20\d\d)")


def is_grok(sub_category: str | None) -> bool:
    """Whether these are xAI's meters, which spell long context in a way of their own."""
    return sub_category is not None and "grok" in sub_category.casefold()


def find(words: list[str], sub_category: str | None, *, per_million: bool) -> ModelName:
    """The model that these words of a name mean, `UNKNOWN` where they mean none or several."""
    words, release = _take_release(words)
    known = _look_up(" ".join(words), sub_category, per_million=per_million)
    if known is None:
        return UNKNOWN
    model, _, version = known.partition(" ")
    return ModelName(model, release or version or None)


def _take_release(words: list[str]) -> tuple[list[str], str | None]:
    """The words without a release date, and the release."""
    if " ".join(words) in _NAMES:  # the date is a part of the name
        return words, None
    for word in words:
        dated = _MONTH_DAY_YEAR.fullmatch(word)
        release = "{2}-{0}-{1}".format(*dated.groups()) if dated else _RELEASES.get(word)
        if release is None and _MONTH_DAY.fullmatch(word):
            release = word
        if release:
            return [other for other in words if other != word], release
    return words, None


def _look_up(name: str, sub_category: str | None, *, per_million: bool) -> str | None:
    own = (sub_category or "").casefold()
    for beginning, names in _NAMES_OF.items():
        if own.startswith(beginning) and name in names:
            return names[name]
    if name in _NAMES:
        return _NAMES[name]
    if is_grok(sub_category):
        return f"xai/grok-{name}" if _GROK.fullmatch(name) else None
    gpt = _GPT.fullmatch(name)
    if gpt is None:
        return None
    written, number, variant = gpt.groups()
    # A bare number is OpenAI's or xAI's. Where the bill has no sub-category: only OpenAI's are sold per million.
    if written or own.startswith("azure openai") or (not own and per_million and number >= "5"):
        return f"openai/gpt-{number}{(variant or '').replace(' ', '-')}"
    return None
