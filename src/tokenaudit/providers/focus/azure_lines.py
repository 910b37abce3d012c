"""Which lines of Azure are about language models (`model.meters.azure_sales`), and what they say beyond the meter."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.meters import Meter, azure_meters, azure_sales
from tokenaudit.model.meters.azure_sales import COGNITIVE, buys_throughput, is_partners, scope_bought
from tokenaudit.providers.focus.names import value_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_MARKETPLACE = frozenset(("vendor", "marketplace"))
_NOTHING_SAID = Meter("other")


def is_ours(line: Mapping[str, str]) -> bool:
    """Whether a line of Azure is about a language model."""
    resource = _word(line, "ResourceId")
    words = azure_sales.Line(
        category=_word(line, "x_SkuMeterCategory") or _word(line, "ServiceName"),
        provider=COGNITIVE if COGNITIVE in resource + _word(line, "x_ResourceType") else "",
        resource=resource,
        sub_category=_word(line, "x_SkuMeterSubcategory"),
        meter=_meter_name(line),
        publisher=_word(line, "PublisherName"),
        is_marketplace=is_marketplace(line),
        is_capacity=is_capacity(line),
    )
    return azure_sales.sells_language(words, read_meter(line))


def read_meter(line: Mapping[str, str]) -> Meter:
    """What the name of the meter says; nothing where there is none."""
    name = value_of(line, "sku_meter")
    if name is None:
        return _NOTHING_SAID
    return azure_meters.read(name, line.get("x_SkuMeterSubcategory"), line.get("x_PricingUnitDescription"))


def is_marketplace(line: Mapping[str, str]) -> bool:
    """Whether somebody else sells the line: as it says, or by the resource where it has the columns of FOCUS alone."""
    return _word(line, "x_PublisherCategory") in _MARKETPLACE or is_partners(_word(line, "ResourceId"))


def is_capacity(line: Mapping[str, str]) -> bool:
    """Whether a line buys, or gives back, provisioned throughput."""
    return buys_throughput(_bought(line))


def scope_of_capacity(line: Mapping[str, str]) -> str | None:
    """Where the throughput that is bought may be used."""
    return scope_bought(_bought(line))


def _bought(line: Mapping[str, str]) -> str:
    names = ("x_SkuDescription", "ChargeDescription", "x_SkuOrderName", "x_SkuMeterSubcategory")
    return " ".join((*(_word(line, name) for name in names), _meter_name(line)))


def _meter_name(line: Mapping[str, str]) -> str:
    return (value_of(line, "sku_meter") or "").casefold()


def _word(line: Mapping[str, str], name: str) -> str:
    return line.get(name, "").strip().casefold()
