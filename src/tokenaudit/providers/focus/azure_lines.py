"""Which lines of Azure are about language models, and what their text says beyond the meter.

1. The categories `Foundry Models` and `Azure OpenAI` sell models only: every line, but for pictures, film, sound and
   scanned pages.
2. `Cognitive Services`, `Azure AI services` and other lines of resources of Microsoft.CognitiveServices also sell
   speech, vision and translation. There a line is ours where its meter sells tokens, provisioned throughput or
   consumption units, or its sub-category is a family of models. Training and hosting do not tell: speech has them too.
3. The Marketplace sells everything: ours are tokens, Claude Consumption Units, resources called `<model>-<GUID>`, and
   what a publisher sells who makes nothing but language models.
4. Reservations of provisioned throughput, whose purchase names no category of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tokenaudit.model.meters import Meter, azure_meters
from tokenaudit.model.models import from_partner_resource
from tokenaudit.providers.focus.names import value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_MODELS_ONLY = frozenset(("foundry models", "azure openai", "azure openai service"))
_SHARED = frozenset(("cognitive services", "azure ai services"))
_COGNITIVE = "microsoft.cognitiveservices"
_MARKETPLACE = frozenset(("vendor", "marketplace"))

_NO_LANGUAGE = frozenset(("image", "second", "page", "character"))
_GENERATIVE = frozenset(("ptu_hour", "ptu_month", "consumption_unit"))
_FAMILY = re.compile(
    r"(azure )?(openai|deepseek|grok|kimi|llama|mistral|phi|fireworks|cohere|qwen|mai|moonshot|claude|anthropic)\b"
)
_CAPACITY = re.compile(r"(openai|foundry|azure ai)\b.*\bprovisioned (throughput|managed)|\bprovisioned managed\b")
_PUBLISHERS = re.compile(r"(anthropic|cohere|mistral|ai21|deepseek|xai|x\.ai|moonshot|meta platforms)\b")
_SCOPES = (
    (re.compile(r"\bglobal\b"), "global"),
    (re.compile(r"\bdata ?zone\b"), "data_zone"),
    (re.compile(r"\bregional\b"), "regional"),
)
_NOTHING_SAID = Meter("other")


def is_ours(line: Mapping[str, str]) -> bool:
    """Whether a line of Azure is about a language model."""
    meter = read_meter(line)
    category = _word(line, "x_SkuMeterCategory") or _word(line, "ServiceName")
    if category in _MODELS_ONLY or is_capacity(line):
        return meter.unit_kind not in _NO_LANGUAGE
    if is_marketplace(line):
        return (
            meter.unit_kind == "consumption_unit"
            or (meter.is_token and "token" in _meter_name(line))
            or marketplace_model(line.get("ResourceId")) is not None
            or bool(_PUBLISHERS.match(_word(line, "PublisherName")))
        )
    if category in _SHARED or _COGNITIVE in _word(line, "ResourceId") + _word(line, "x_ResourceType"):
        return _among_others(line, meter)
    return False


def read_meter(line: Mapping[str, str]) -> Meter:
    """What the name of the meter says; nothing where there is none."""
    name = value_of(line, "sku_meter")
    if name is None:
        return _NOTHING_SAID
    return azure_meters.read(name, line.get("x_SkuMeterSubcategory"), line.get("x_PricingUnitDescription"))


def is_marketplace(line: Mapping[str, str]) -> bool:
    """Whether somebody else sells the line."""
    return _word(line, "x_PublisherCategory") in _MARKETPLACE


def is_capacity(line: Mapping[str, str]) -> bool:
    """Whether a line buys, or gives back, provisioned throughput."""
    return bool(_CAPACITY.search(_bought(line)))


def scope_of_capacity(line: Mapping[str, str]) -> str | None:
    """Where the throughput that is bought may be used."""
    return next((scope for pattern, scope in _SCOPES if pattern.search(_bought(line))), None)


def marketplace_model(resource_id: str | None) -> str | None:
    """The model of a partner's resource; None for any other resource."""
    return from_partner_resource(resource_id or "")


def _among_others(line: Mapping[str, str], meter: Meter) -> bool:
    if meter.unit_kind in _GENERATIVE:
        return True
    if meter.is_token:
        # Other services' meters have a direction too (`Image In`); only tokens are called so.
        return "token" in _meter_name(line) or meter.model is not None
    return bool(_FAMILY.match(_word(line, "x_SkuMeterSubcategory"))) and meter.unit_kind not in _NO_LANGUAGE


def _bought(line: Mapping[str, str]) -> str:
    names = ("x_SkuDescription", "ChargeDescription", "x_SkuOrderName", "x_SkuMeterSubcategory")
    return " ".join((*(_word(line, name) for name in names), _meter_name(line)))


def _meter_name(line: Mapping[str, str]) -> str:
    return (value_of(line, "sku_meter") or "").casefold()


def _word(line: Mapping[str, str], name: str) -> str:
    return line.get(name, "").strip().casefold()
