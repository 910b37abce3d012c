"""Which cloud a line of a FOCUS file is of, and whether it is about language models.

First Arrow leaves out, column by column, the lines that say no word of it: the mass of a company's bill. Of the rest
the exact rule is asked, line by line.
"""

from __future__ import annotations

import re
from functools import reduce
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.providers.focus import azure_lines

if TYPE_CHECKING:
    from collections.abc import Mapping

# Who says whose line it is, in this order: FOCUS 1.3 renamed the first into the next two.
_SELLERS = ("ProviderName", "ServiceProviderName", "HostProviderName", "InvoiceIssuerName", "PublisherName")
_AWS = re.compile(r"\baws\b|\bamazon\b", re.IGNORECASE)
_MICROSOFT = re.compile(r"\bmicrosoft\b|\bazure\b", re.IGNORECASE)
# Where nobody is named: columns that only one of the clouds writes.
_AWS_COLUMNS = ("x_ServiceCode", "x_UsageType", "x_Operation")
_AZURE_COLUMNS = ("x_SkuMeterCategory", "x_SkuMeterSubcategory", "x_SkuMeterId")

# Data Exports: Marketplace lines of Bedrock have no service code, and are known by what was called.
_INVOCATIONS = frozenset(("InvokeModelInference", "InvokeModelStreamingInference"))
_BEDROCK_TEXTS = ("x_ServiceCode", "ServiceName", "ResourceName", "x_UsageType", "ChargeDescription")

# Whatever the exact rules accept has one of these words in one of these columns.
_WORDS = (
    r"bedrock|invokemodel|cognitive|openai|foundry|azure ai|provisioned|token|consumption unit|anthropic|cohere|mistral"
    r"|ai21|deepseek|xai|x\.ai|moonshot|\bmeta\b|-[0-9a-f]{4}-[0-9a-f]{12}$"
)
_LOOKED_AT = (
    *("x_ServiceCode", "x_Operation", "x_UsageType", "ServiceName", "ResourceName", "ChargeDescription"),
    *("x_SkuMeterCategory", "x_SkuMeterSubcategory", "SkuMeter", "x_SkuMeterName", "x_SkuDescription"),
    *("x_SkuOrderName", "x_ResourceType", "ResourceId", "PublisherName"),
)


def may_be_ours(table: pa.Table) -> Any:
    """A boolean mask: the rows that can be about language models. No row that `cloud_of` accepts is left out."""
    wanted = {name.lower() for name in _LOOKED_AT}
    masks = [_says(table.column(at)) for at, name in enumerate(table.column_names) if name.lower() in wanted]
    return reduce(pc.or_, masks) if masks else pa.array([False] * table.num_rows)


def _says(column: pa.ChunkedArray) -> pa.Array:
    """Where one of the words stands. Each text is looked at once: a bill says few, again and again."""
    texts = column.combine_chunks().dictionary_encode()
    said = pc.match_substring_regex(texts.dictionary, _WORDS, ignore_case=True)
    return pc.fill_null(said.take(texts.indices), fill_value=False)


def cloud_of(line: Mapping[str, str]) -> str | None:
    """The provider that a line about language models is of; None for every other line."""
    seller = _seller(line)
    if seller == BEDROCK:
        return BEDROCK if _is_bedrock(line) else None
    if seller == AZURE:
        return AZURE if azure_lines.is_ours(line) else None
    return None


def _seller(line: Mapping[str, str]) -> str | None:
    named = False
    for name in _SELLERS:
        seller = line.get(name, "")
        named = named or bool(seller)
        if _AWS.search(seller):
            return BEDROCK
        if _MICROSOFT.search(seller):
            return AZURE
    if named:
        return None
    if any(name in line for name in _AWS_COLUMNS):
        return BEDROCK
    return AZURE if any(name in line for name in _AZURE_COLUMNS) else None


def _is_bedrock(line: Mapping[str, str]) -> bool:
    return line.get("x_Operation") in _INVOCATIONS or any(
        "bedrock" in line.get(name, "").lower() for name in _BEDROCK_TEXTS
    )
