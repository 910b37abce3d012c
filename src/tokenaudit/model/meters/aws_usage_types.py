"""What a Bedrock usage type says.

Four grammars are in use at once, and share the words of the tables below:

    A  Region-Model-words                 USE1-Claude4.6Sonnet-cache-read-input-token-count-cross-region-global
    B  Region-vendor.model-mantle-words   USW2-anthropic.claude-opus-4-8-mantle-cache-write-tokens-1h-global-standard
    C  Region-MP:Region_CamelCase-Units   USE1-MP:USE1_CacheWrite1hInputTokenCount_Global-Units
    D  Region-MP:Region_snake_case-Units  USW2-MP:USW2_input_tokens_long_ctx_global_standard-Units

C and D are lines of the Marketplace, also seen without `Region-MP:`. They name no model: the product does. `mantle`
names a serving stack, and says nothing about the endpoint that was called.

Read in this order: what is no token, then the cache (its names contain "input" too), then output, then input; then
the words that follow. What fits nothing is `other`.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

from tokenaudit.model.meters import TOKEN, Meter
from tokenaudit.model.meters.aws_models import model_of
from tokenaudit.model.meters.aws_regions import REGIONS

if TYPE_CHECKING:
    from collections.abc import Iterable

# What is sold by another unit than the token, although its name may hold the word. First match wins.
NO_TOKENS = (
    (r"guardrail", "guardrail"),
    (r"reserved|tpm\b", "reserved_tpm"),
    (r"provisioned-?throughput|model-?units?\b", "model_unit_hour"),
    (r"storage", "storage"),  # of cached prompts too: token-hours, no tokens
    (r"customization|training", "training"),  # `NovaMicro-Model-Customization-input-tokens`
    (r"search-?units?", "search_unit"),
    (r"created-image|image-?count|\b[ti]2i\b", "image"),
    (r"\bseconds?\b", "second"),
)

# Kinds of token, by what stands between the model and the words. First match wins.
KINDS = (
    (r"cache-?read(-?input)?-?tokens?(-?count)?", "cache_read"),
    (r"cache-?write-?(?P<life>\d+[mh])?(-?input)?-?tokens?(-?count)?", "cache_write"),
    (r"output-?(?P<medium>text|image|video|audio|speech)?-?tokens?(-?count)?", "output"),
    (r"input-?(?P<medium>text|image|video|audio|speech)?-?tokens?(-?count)?", "input"),
)

# Media that have token columns of their own; text, image and video tokens are counted together.
AUDIO = frozenset(("audio", "speech"))

# A cache that lives an hour has a column of its own; 5 minutes (mostly unsaid) and 30 minutes share the other.
LIVES = {"5m": "cache_write", "30m": "cache_write", "1h": "cache_write_1h"}

# Words that may follow, in any order. Without a word of scope it is the tariff of the Region, which geographic profiles
# (`us.`, `eu.`) pay too; without a word of tier it is `standard`.
SCOPES = (("cross-region-global", "global"), ("global", "global"), ("cross-region-geo", "geo"), ("geo", "geo"))
TIERS = (
    ("standard", "standard"),
    ("batch", "batch"),
    ("priority", "priority"),
    ("flex", "flex"),
    ("latency-?optimized", "latency_optimized"),
)
LONG_CONTEXT = "long-?ctx"
CUSTOM_MODEL = "custom-model"
MARKETPLACE_UNIT = "units"

# The prompt above which `long-ctx` applies: 272,000 tokens for OpenAI's models, 100,000 for one of Claude's. No other
# model of Bedrock has a tariff for long prompts today; those that had one elsewhere (Claude) had it from 200,000.
LONG_FROM_OF_GPT = 272_000
LONG_FROM_OF = {"anthropic/claude-haiku-5-5": 100_000}
LONG_FROM = 200_000

# One "unit" of a Marketplace line. Source: descriptions of such lines, "...|Million Input Tokens".
MARKETPLACE_UNIT_TOKENS = 1_000_000

# Embeddings whose Marketplace meter is named after the model alone. What is embedded is input.
EMBEDDINGS = frozenset(("cohere/embed-v4",))

# Of capacity that is bought beforehand, the kind of unit says the tier.
BOUGHT_BEFORE = {"reserved_tpm": "reserved", "model_unit_hour": "provisioned"}

_PREFIX = re.compile(r"(?:(?P<line>[A-Z]{2,4}\d?)-)?(?:MP:)?(?:(?P<own>[A-Z]{2,4}\d?)_)?")
_LIKE_A_REGION = re.compile(r"[A-Z]{3}\d")
_MEDIUM_BEFORE = re.compile(r"(?i)(?:^|-)(?P<medium>text|image|video|audio|speech)(?:-understanding)?$")


@lru_cache(maxsize=8192)
def read(usage_type: str, product: str | None = None) -> Meter:
    """What the usage type says, with the model of `product` (a service or product name) where it names none itself.

    A usage type of a fine-tuned model (`custom-model`) is a token meter without a model: the logs of such calls name
    the custom model and not the one it was made from, so that neither side claims tokens of the latter. A word that is
    not known leaves the tier open.
    """
    region, name = _region_and_name(usage_type.strip())
    text = name.replace("_", "-").replace(":", "-")
    for pattern, unit_kind in NO_TOKENS:
        if re.search(pattern, text, re.IGNORECASE):
            return _not_tokens(unit_kind, text, region, product)
    for pattern, token_kind in KINDS:
        found = re.search(rf"(?i)(?:^|-){pattern}(?=-|$)", text)
        if found is not None:
            return _tokens(token_kind, found, region, product)
    model = model_of(text.removesuffix("-Units"))
    if model in EMBEDDINGS:
        return Meter(TOKEN, model, None, "input", "regional", "standard", region, 0, MARKETPLACE_UNIT_TOKENS)
    return Meter("other", region=region)


def _region_and_name(usage_type: str) -> tuple[str | None, str]:
    """The Region as the API names it, and the rest. What does not look like a Region is part of the rest."""
    found = _PREFIX.match(usage_type)
    prefixes = [each for each in found.group("line", "own") if each] if found else []
    if found is None or not all(each in REGIONS or _LIKE_A_REGION.fullmatch(each) for each in prefixes):
        return None, usage_type
    return REGIONS.get(prefixes[-1]) if prefixes else None, usage_type[found.end() :]


def _not_tokens(unit_kind: str, text: str, region: str | None, product: str | None) -> Meter:
    words = _Words(text)
    name = text
    for pattern, _ in NO_TOKENS:
        name = re.sub(pattern, "", name, flags=re.IGNORECASE)
    model = model_of(re.sub("-{2,}", "-", name).strip("-")) or model_of(product or "")
    tier = BOUGHT_BEFORE.get(unit_kind)
    return Meter(unit_kind, model, None, None, words.scope if tier else None, tier, region)


def _tokens(token_kind: str, found: re.Match[str], region: str | None, product: str | None) -> Meter:
    words = _Words(found.string[found.end() :])
    said = {name: (value or "").lower() for name, value in found.groupdict().items()}
    name = found.string[: found.start()].removesuffix("-mantle")
    before = _MEDIUM_BEFORE.search(name)
    model = _model(name, before, product)
    medium = said.get("medium") or (before.group("medium").lower() if before else "")
    if token_kind == "cache_write":  # noqa: S105 - a kind of token, no secret
        token_kind = LIVES.get(said["life"] or words.life, token_kind)
    elif medium in AUDIO:
        token_kind = f"audio_{token_kind}"
    return Meter(
        TOKEN,
        None if words.custom_model else model,
        None,
        token_kind,
        words.scope,
        words.tier if words.tier != "standard" or not words.unknown else None,
        region,
        band_of(model) if words.long_context else 0,
        MARKETPLACE_UNIT_TOKENS if words.marketplace else None,
    )


def _model(name: str, medium: re.Match[str] | None, product: str | None) -> str | None:
    """`TitanEmbeddingsG1-Text` is a model's name, `NovaSonic-text` is one and a medium."""
    if not name:
        return model_of(product or "")
    return model_of(name) or (model_of(name[: medium.start()]) if medium else None)


def band_of(model: str | None) -> int:
    """The length of prompt above which a model's tariff for long ones applies."""
    if model is not None and model.startswith("openai/gpt"):
        return LONG_FROM_OF_GPT
    return LONG_FROM_OF.get(model or "", LONG_FROM)


class _Words:
    """The words after the kind of token, taken out one by one; `unknown` is what nobody asked for."""

    def __init__(self, text: str) -> None:
        self.unknown = text.lower()
        self.scope = self._first(SCOPES) or "regional"
        standard, *others = TIERS
        plain = self._first((standard,))
        self.tier = self._first(others) or plain or "standard"
        self.long_context = self._take(LONG_CONTEXT)
        self.custom_model = self._take(CUSTOM_MODEL)
        self.marketplace = self._take(MARKETPLACE_UNIT)
        self.life = next((life for life in LIVES if self._take(life)), "")
        self.unknown = self.unknown.strip("-")

    def _first(self, table: Iterable[tuple[str, str]]) -> str | None:
        return next((value for pattern, value in table if self._take(pattern)), None)

    def _take(self, pattern: str) -> bool:
        self.unknown, times = re.subn(rf"(?:^|-){pattern}(?=-|$)", "", self.unknown)
        return times > 0
