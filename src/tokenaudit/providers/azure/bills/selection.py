"""Which lines of a company's bill are about language models. Everything else is foreign: counted and dropped.

The rule is in `model.meters.azure_sales`. Tax, credits and refunds belong to a language model where their line names
one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.compute as pc

from tokenaudit.model.meters import azure_sales
from tokenaudit.model.meters.azure_sales import COGNITIVE, MODELS_ONLY, SHARED, buys_throughput, is_partners

if TYPE_CHECKING:
    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.azure.bills.columns import Line

_MARKETPLACE = "marketplace"
_BOUGHT = ("purchase", "refund")


def may_be_ours(rows: pa.Table) -> pa.ChunkedArray:
    """A mask over rows of text, quick and generous: what `is_ours` has to look at."""
    category = _lower(rows, "category")
    mask = pc.is_in(category, pa.array(sorted(MODELS_ONLY | SHARED)))
    for name, word in (("service", COGNITIVE), ("publisher_type", _MARKETPLACE)):
        if name in rows.column_names:
            mask = pc.or_(mask, pc.equal(_lower(rows, name), word))
    if "charge_type" in rows.column_names:
        mask = pc.or_(mask, pc.is_in(_lower(rows, "charge_type"), pa.array(_BOUGHT)))
    return mask


def is_ours(line: Line, meter: Meter) -> bool:
    """Whether a line is about a language model."""
    resource = line.word("resource")
    words = azure_sales.Line(
        category=line.word("category").strip(),
        provider=COGNITIVE if f"/{COGNITIVE}/" in resource else line.word("service").strip(),
        resource=resource,
        sub_category=line.word("sub_category").strip(),
        meter=line.word("meter"),
        publisher=line.word("publisher"),
        is_marketplace=is_marketplace(line),
        is_capacity=is_capacity(line),
    )
    return azure_sales.sells_language(words, meter)


def is_capacity(line: Line) -> bool:
    """Whether a line buys, or gives back, a reservation of provisioned throughput."""
    return line.word("charge_type") in _BOUGHT and any(
        buys_throughput(line.word(name)) for name in ("product", "order_name", "sub_category", "meter")
    )


def is_marketplace(line: Line) -> bool:
    """Whether somebody else than Microsoft sells it: as the line says, or by the resource where an answer does not."""
    return line.word("publisher_type").strip() == _MARKETPLACE or is_partners(line.word("resource"))


def _lower(rows: pa.Table, name: str) -> pa.ChunkedArray:
    return pc.ascii_lower(pc.ascii_trim_whitespace(pc.fill_null(rows.column(name), "")))
