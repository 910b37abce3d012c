"""What AWS bills call the models of Bedrock, and the canonical name of each.

A bill has four ways: `Claude4.6Sonnet` and `anthropic.claude-opus-4-8` inside a usage type, `Claude Sonnet 4.6 (Amazon
Bedrock Edition)` as a product of the Marketplace, `model$Claude Sonnet 5` as a product attribute. Case, punctuation and
a final `instruct` differ from place to place and are not looked at; every other difference is listed. A name that is
not in the table, and no Bedrock model id either, has no model: the next one may be anything.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tokenaudit.model.models import from_bedrock_id

# Canonical name -> spellings that do not follow from it.
MODELS: dict[str, tuple[str, ...]] = {
    "ai21/jamba-1-5-large": (),
    "ai21/jamba-1-5-mini": (),
    "ai21/jamba-instruct": (),
    "amazon/nova-2-lite": ("Nova2.0Lite",),
    "amazon/nova-2-multimodal-embeddings": ("NovaMultiModalEmbeddings", "Nova2.0MultiModalEmbeddings"),
    "amazon/nova-2-pro-preview": ("Nova2.0Pro", "Nova2Pro"),  # the only one that Bedrock has had of that generation
    "amazon/nova-2-sonic": ("Nova2.0Sonic",),
    "amazon/nova-lite": (),
    "amazon/nova-micro": (),
    "amazon/nova-premier": (),
    "amazon/nova-pro": (),
    "amazon/nova-sonic": (),
    "amazon/titan-embed-g1-text-02": (),
    "amazon/titan-embed-image-v1": ("TitanMultimodalEmbeddingsG1", "TitanEmbeddingsG1-Multimodal"),
    "amazon/titan-embed-text-v1": ("TitanEmbeddingsG1-Text", "TitanEmbeddingG1-Text"),
    "amazon/titan-embed-text-v2": ("TitanEmbeddingV2-Text", "TitanEmbeddingsV2-Text", "TitanTextEmbeddingsV2"),
    "amazon/titan-text-express": ("TitanTextG1-Express",),
    "amazon/titan-text-lite": ("TitanTextG1-Lite",),
    "amazon/titan-text-premier": ("TitanTextG1-Premier",),
    "anthropic/claude-3-5-haiku": ("Claude3.5Haiku",),
    "anthropic/claude-3-5-sonnet": ("Claude3.5Sonnet v2",),  # the second release has the same price
    "anthropic/claude-3-7-sonnet": ("Claude3.7Sonnet",),
    "anthropic/claude-3-haiku": (),
    "anthropic/claude-3-opus": (),
    "anthropic/claude-3-sonnet": (),
    "anthropic/claude-fable-5": ("Claude5Fable",),
    "anthropic/claude-fable-5-1": ("Claude5.1Fable",),
    "anthropic/claude-haiku-4-5": ("Claude4.5Haiku",),
    "anthropic/claude-haiku-5-5": ("Claude5.5Haiku",),
    "anthropic/claude-instant-v1": ("ClaudeInstant",),
    "anthropic/claude-mythos-5": ("Claude5Mythos",),
    "anthropic/claude-mythos-5-1": ("Claude5.1Mythos",),
    "anthropic/claude-mythos-preview": (),
    "anthropic/claude-opus-4": ("Claude4Opus",),
    "anthropic/claude-opus-4-1": ("Claude4.1Opus",),
    "anthropic/claude-opus-4-5": ("Claude4.5Opus",),
    "anthropic/claude-opus-4-6": ("Claude4.6Opus",),
    "anthropic/claude-opus-4-7": ("Claude4.7Opus",),
    "anthropic/claude-opus-4-8": ("Claude4.8Opus",),
    "anthropic/claude-opus-5": ("Claude5Opus",),
    "anthropic/claude-opus-5-5": ("Claude5.5Opus",),
    "anthropic/claude-sonnet-4": ("Claude4Sonnet",),
    "anthropic/claude-sonnet-4-5": ("Claude4.5Sonnet",),
    "anthropic/claude-sonnet-4-6": ("Claude4.6Sonnet",),
    "anthropic/claude-sonnet-5": ("Claude5Sonnet",),
    "anthropic/claude-sonnet-5-5": ("Claude5.5Sonnet",),
    "anthropic/claude-v2": ("Claude2", "Claude2.0", "Claude2.1"),
    "cohere/command-light-text": ("CohereCommandLight", "CommandLight"),
    "cohere/command-r": (),
    "cohere/command-r-plus": ("Command R+", "Cohere Command R+"),
    "cohere/command-text": ("CohereCommand",),
    "cohere/embed-english-v3": ("CohereEmbedEnglish", "Embed English"),
    "cohere/embed-multilingual-v3": ("CohereEmbedMultilingual", "Embed Multilingual"),
    "cohere/embed-v4": ("CohereEmbed4", "Embed4"),
    "deepseek/deepseek-r1": ("R1",),
    "deepseek/deepseek-v3": (),
    "deepseek/deepseek-v3.1": (),
    "deepseek/deepseek-v3.2": (),
    "google/gemma-3-12b-it": (),
    "google/gemma-3-27b-it": (),
    "google/gemma-3-4b-it": (),
    "google/gemma-4-26b-a4b": (),
    "google/gemma-4-31b": (),
    "google/gemma-4-e2b": (),
    "meta/llama-2-13b-chat": (),
    "meta/llama-2-70b-chat": (),
    "meta/llama-3-70b-instruct": (),
    "meta/llama-3-8b-instruct": (),
    "meta/llama-3.1-405b-instruct": (),
    "meta/llama-3.1-70b-instruct": (),
    "meta/llama-3.1-8b-instruct": (),
    "meta/llama-3.2-11b-instruct": (),
    "meta/llama-3.2-1b-instruct": (),
    "meta/llama-3.2-3b-instruct": (),
    "meta/llama-3.2-90b-instruct": (),
    "meta/llama-3.3-70b-instruct": (),
    "meta/llama-4-maverick-17b-instruct": (),
    "meta/llama-4-scout-17b-instruct": (),
    "minimax/minimax-m2": (),
    "minimax/minimax-m2.1": (),
    "minimax/minimax-m2.5": (),
    "mistral/devstral-2-123b": (),
    "mistral/magistral-small-2509": (),
    "mistral/ministral-3-14b-instruct": (),
    "mistral/ministral-3-3b-instruct": (),
    "mistral/ministral-3-8b-instruct": (),
    "mistral/mistral-7b-instruct": (),
    "mistral/mistral-large-2402": ("MistralLarge",),
    "mistral/mistral-large-2407": (),
    "mistral/mistral-large-3-675b-instruct": ("MistralLarge3",),
    "mistral/mistral-small-2402": ("MistralSmall",),
    "mistral/mixtral-8x7b-instruct": (),
    "mistral/pixtral-large-2502": ("PixtralLarge",),
    "mistral/voxtral-mini-3b-2507": ("Voxtral-Mini-3B",),
    "mistral/voxtral-small-24b-2507": ("Voxtral-Small-24B",),
    "moonshot/kimi-k2-thinking": (),
    "moonshot/kimi-k2.5": (),
    "moonshot/kimi-k3": (),
    "nvidia/nemotron-nano-12b": ("Nemotron-Nano-12B-v2",),
    "nvidia/nemotron-nano-3-30b": (),
    "nvidia/nemotron-nano-9b": ("Nemotron-Nano-9B-v2",),
    "nvidia/nemotron-super-3-120b": (),
    "openai/gpt-5.4": (),
    "openai/gpt-5.5": (),
    "openai/gpt-5.6-cyber": (),
    "openai/gpt-5.6-luna": (),
    "openai/gpt-5.6-sol": (),
    "openai/gpt-5.6-terra": (),
    "openai/gpt-6-astra": (),
    "openai/gpt-6-luna": (),
    "openai/gpt-6-sol": (),
    "openai/gpt-6.1-sol": (),
    "openai/gpt-6.1-terra": (),
    "openai/gpt-daybreak-blue-5.6-sol": (),
    "openai/gpt-oss-120b": (),
    "openai/gpt-oss-20b": (),
    "openai/gpt-oss-safeguard-120b": (),
    "openai/gpt-oss-safeguard-20b": (),
    "qwen/qwen3-235b-a22b-2507": ("Qwen3-235B-A22B",),
    "qwen/qwen3-32b": (),
    "qwen/qwen3-coder-30b-a3b": (),
    "qwen/qwen3-coder-480b-a35b": (),
    "qwen/qwen3-coder-next": (),
    "qwen/qwen3-next-80b-a3b": (),
    "qwen/qwen3-vl-235b-a22b": (),
    "writer/palmyra-vision-7b": (),
    "writer/palmyra-x4": (),
    "writer/palmyra-x5": (),
    "xai/grok-4.3": (),
    "xai/grok-4.6": (),
    "xai/grok-4.7": (),
    "zai/glm-4.7": (),
    "zai/glm-4.7-flash": (),
    "zai/glm-5": (),
    "zai/glm-5.3": (),
}

# Who may stand before a dot in a model id. `Nova2.0Lite` has a dot too.
_VENDORS = frozenset({*(model.partition("/")[0] for model in MODELS), "luma", "moonshotai", "stability", "twelvelabs"})

_EDITION = re.compile(r"\s*\([^)]*\)")
_ATTRIBUTE = re.compile(r"^model\$")


def _fold(name: str) -> str:
    """What two spellings of one name have in common."""
    letters = re.sub(r"[^a-z0-9]", "", name.lower().replace("+", "plus"))
    return re.sub(r"(?<=.)(instruct|chat)$", "", letters)


def _spellings() -> dict[str, str]:
    found: dict[str, str] = {}
    for model, others in MODELS.items():
        vendor, _, name = model.partition("/")
        for spelling in (name, vendor + name, *others):
            found[_fold(spelling)] = model
    return found


_BY_SPELLING = _spellings()


@lru_cache(maxsize=4096)
def model_of(name: str) -> str | None:
    """The canonical model behind a name of a bill, with or without vendor and edition; None for an unknown one."""
    plain = _EDITION.sub("", _ATTRIBUTE.sub("", name.strip())).strip()
    known = _BY_SPELLING.get(_fold(plain))
    if known is not None:
        return known
    vendor, dot, rest = plain.partition(".")
    if dot and vendor in _VENDORS:
        model = from_bedrock_id(plain).model
        same = _BY_SPELLING.get(_fold(rest))  # `qwen3-next-80b-a3b-instruct` is called without its ending elsewhere
        return same if same and model and same.split("/")[0] == model.split("/")[0] else model
    return None
