"""Which lines of an Azure bill sell language models, whether they stand in Azure's own export or in a FOCUS file.

1. `Foundry Models` and `Azure OpenAI` sell models only: every line, but for pictures, film, sound and scanned pages.
2. `Cognitive Services`, `Azure AI services` and whatever Microsoft.CognitiveServices runs also sell speech, vision,
   translation and the like. There a line is ours where its sub-category is a family of models (`Azure OpenAI GPT5`),
   by the first rule; else only where its meter sells tokens, provisioned throughput or consumption units. Training and
   hosting do not tell: speech and translation have them too. Without a sub-category (an answer of the Query API),
   training and hosting of what is fine-tuned are ours.
3. The Marketplace sells everything: ours are tokens, Claude Consumption Units, resources called `[model]-[GUID]`, and
   what a publisher sells who makes nothing but language models.
4. Reservations of provisioned throughput, whose purchase names no meter of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.model.models import from_partner_resource

if TYPE_CHECKING:
    from tokenaudit.model.meters import Meter

MODELS_ONLY = frozenset(("foundry models", "azure openai", "azure openai service"))
SHARED = frozenset(("cognitive services", "azure ai services"))
COGNITIVE = "microsoft.cognitiveservices"

_NO_LANGUAGE = frozenset(("image", "second", "page", "character"))
_GENERATIVE = frozenset(("ptu_hour", "ptu_month", "consumption_unit"))
_FAMILY = re.compile(
    r"(azure )?(openai|deepseek|grok|kimi|llama|mistral|phi|fireworks|cohere|qwen|mai|moonshot|claude|anthropic)\b"
)
_FINE_TUNED = re.compile(r"\br?ft\b|-r?ft-")
_CAPACITY = re.compile(r"(openai|foundry|azure ai)\b.*\bprovisioned (throughput|managed)|\bprovisioned managed\b")
_PUBLISHERS = re.compile(r"(anthropic|cohere|mistral|ai21|deepseek|xai|x\.ai|moonshot|meta)\b")

_SCOPES = (
    (re.compile(r"\bglobal\b"), "global"),
    (re.compile(r"\bdata ?zone\b"), "data_zone"),
    (re.compile(r"\bregional\b"), "regional"),
)


class Line(NamedTuple):
    """The words of a line that tell: lower case, without blanks around them, empty where there are none."""

    category: str
    """Of the meter, or the service where no meter is named."""
    provider: str
    """Whose the resource is: `COGNITIVE`, or what else the line names."""
    resource: str
    sub_category: str
    meter: str
    publisher: str
    is_marketplace: bool
    is_capacity: bool


def sells_language(line: Line, meter: Meter) -> bool:
    """Whether a line is about a language model; `meter` is what the name of its meter says."""
    if line.category in MODELS_ONLY or line.is_capacity:
        return meter.unit_kind not in _NO_LANGUAGE
    if line.is_marketplace:
        return (
            meter.unit_kind == "consumption_unit"
            or (meter.is_token and "token" in line.meter)
            or from_partner_resource(line.resource) is not None
            or bool(_PUBLISHERS.match(line.publisher))
        )
    says_nothing = not (line.category or line.provider or line.resource)
    if says_nothing or line.category in SHARED or line.provider == COGNITIVE:
        return _among_others(line, meter)
    return False


def model_sold(meter: Meter, resource: str) -> str | None:
    """The model of a Marketplace line: of the meter, or of the resource. Consumption units are of no one model."""
    return meter.model if meter.model or meter.unit_kind == "consumption_unit" else from_partner_resource(resource)


def is_partners(resource: str) -> bool:
    """Whether a resource, in lower case, is a subscription to what somebody else sells."""
    return "/providers/microsoft.saas/" in resource


def buys_throughput(text: str) -> bool:
    """Whether a text of a line, in lower case, is about provisioned throughput."""
    return bool(_CAPACITY.search(text))


def scope_bought(text: str) -> str | None:
    """Where the throughput may be used that such a text is about; None where it does not say."""
    return next((scope for pattern, scope in _SCOPES if pattern.search(text)), None)


def _among_others(line: Line, meter: Meter) -> bool:
    if meter.unit_kind in _GENERATIVE:
        return True
    if meter.is_token:
        # Other services' meters have a direction too (`Image In`); only tokens are called so.
        return "token" in line.meter or meter.model is not None
    if _FAMILY.match(line.sub_category):
        return meter.unit_kind not in _NO_LANGUAGE
    fine_tuned = meter.unit_kind in {"training", "hosting_hour"} and _FINE_TUNED.search(line.meter)
    return not line.sub_category and bool(fine_tuned)
