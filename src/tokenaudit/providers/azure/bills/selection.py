"""Which lines of a company's bill are about language models. Everything else is foreign: counted and dropped.

1. `Foundry Models` and `Azure OpenAI` sell models only: every line, but for pictures, film, sound and scanned pages.
2. `Cognitive Services`, `Azure AI services` and whatever Microsoft.CognitiveServices runs also sell speech, vision,
   translation and the like. There a line is ours where its sub-category is a family of models (`Azure OpenAI GPT5`),
   by the first rule; else only where its meter sells tokens, provisioned throughput or consumption units. Training and
   hosting do not tell: speech and translation have them too. Without a sub-category (an answer of the Query API),
   training and hosting of what is fine-tuned are ours.
3. The Marketplace sells everything: ours are tokens, Claude Consumption Units, resources called `[model]-[GUID]`, and
   what a publisher sells who makes nothing but language models.
4. Reservations of provisioned throughput, whose purchase names no meter of these.

Tax, credits and refunds belong to a language model where their line names one of these.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.models import from_partner_resource

if TYPE_CHECKING:
    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.azure.bills.columns import Line

_MODELS_ONLY = frozenset(("foundry models", "azure openai"))
_SHARED = frozenset(("cognitive services", "azure ai services"))
_COGNITIVE = "microsoft.cognitiveservices"
_MARKETPLACE = "marketplace"
_BOUGHT = ("purchase", "refund")

_NO_LANGUAGE = frozenset(("image", "second", "page", "character"))
_GENERATIVE = frozenset(("ptu_hour", "ptu_month", "consumption_unit"))
_FAMILY = re.compile(
    r"(azure )?(openai|deepseek|grok|kimi|llama|mistral|phi|fireworks|cohere|qwen|mai|moonshot|claude|anthropic)\b"
)
_FINE_TUNED = re.compile(r"\br?ft\b|-r?ft-")
_CAPACITY = re.compile(r"(openai|foundry|azure ai)\b.*\bprovisioned (throughput|managed)|\bprovisioned managed\b")
_PUBLISHERS = re.compile(r"(anthropic|cohere|mistral|ai21|deepseek|xai|x\.ai|moonshot|meta)\b")


def may_be_ours(rows: pa.Table) -> pa.ChunkedArray:
    """A mask over rows of text, quick and generous: what `is_ours` has to look at."""
    category = _lower(rows, "category")
    mask = pc.is_in(category, pa.array(sorted(_MODELS_ONLY | _SHARED)))
    for name, word in (("service", _COGNITIVE), ("publisher_type", _MARKETPLACE)):
        if name in rows.column_names:
            mask = pc.or_(mask, pc.equal(_lower(rows, name), word))
    if "charge_type" in rows.column_names:
        mask = pc.or_(mask, pc.is_in(_lower(rows, "charge_type"), pa.array(_BOUGHT)))
    return mask


def is_ours(line: Line, meter: Meter) -> bool:
    """Whether a line is about a language model."""
    category, service = line.word("category").strip(), line.word("service").strip()
    if category in _MODELS_ONLY or is_capacity(line):
        return meter.unit_kind not in _NO_LANGUAGE
    if is_marketplace(line):
        return (
            meter.unit_kind == "consumption_unit"
            or (meter.is_token and "token" in line.word("meter"))
            or marketplace_model(line) is not None
            or bool(_PUBLISHERS.match(line.word("publisher")))
        )
    placed = category or service or line.word("resource")
    if not placed or category in _SHARED or service == _COGNITIVE or f"/{_COGNITIVE}/" in line.word("resource"):
        return _among_others(line, meter)
    return False


def is_capacity(line: Line) -> bool:
    """Whether a line buys, or gives back, a reservation of provisioned throughput."""
    return line.word("charge_type") in _BOUGHT and any(
        _CAPACITY.search(line.word(name)) for name in ("product", "order_name", "sub_category", "meter")
    )


def is_marketplace(line: Line) -> bool:
    """Whether somebody else than Microsoft sells it: as the line says, or by the resource where an answer does not."""
    return line.word("publisher_type").strip() == _MARKETPLACE or "/providers/microsoft.saas/" in line.word("resource")


def marketplace_model(line: Line) -> str | None:
    """The model of the partner's resource that the line is for; None for any other resource."""
    return from_partner_resource(line.word("resource"))


def _among_others(line: Line, meter: Meter) -> bool:
    if meter.unit_kind in _GENERATIVE:
        return True
    if meter.is_token:
        # Other services' meters have a direction too (`Image In`); only tokens are called so.
        return "token" in line.word("meter") or meter.model is not None
    sub_category = line.word("sub_category").strip()
    if _FAMILY.match(sub_category):
        return meter.unit_kind not in _NO_LANGUAGE
    return (
        not sub_category
        and meter.unit_kind in {"training", "hosting_hour"}
        and bool(_FINE_TUNED.search(line.word("meter")))
    )


def _lower(rows: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.ascii_lower(pc.ascii_trim_whitespace(pc.fill_null(rows.column(name), "")))
