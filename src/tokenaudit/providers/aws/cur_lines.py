"""Lines of a cost report that are about Bedrock, as Arrow columns under our names: what both file formats become."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from tokenaudit.providers.aws.bill_maps import entries
from tokenaudit.providers.aws.distinct import Codes, coded, combined

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from tokenaudit.model.reject import Reject

WORD = b"Bedrock"
"""What every line about Bedrock holds somewhere: in its product code, or in the name of its product."""

CODES = ("bill_billing_entity", "line_item_product_code", "product_servicecode")
"""The columns that say whether a line is about Bedrock, or that only the name of its product can say so."""

PRODUCTS = ("product", "product_product_name")
"""The columns that may hold the name of the product."""

MARKETPLACE = "AWS Marketplace"


@dataclass
class Lines:
    """Lines of one object. `numbers` are their lines in it, from 1. `columns` and `tags` are equally long.

    `seen` counts all lines, `foreign` those of something else, which are not here.
    """

    columns: dict[str, pa.Array]
    tags: dict[str, pa.Array]
    numbers: NDArray[np.int64]
    rejects: list[Reject] = field(default_factory=list)
    foreign: int = 0

    def __len__(self) -> int:
        return len(self.numbers)

    def filter(self, mask: NDArray[np.bool_]) -> Lines:
        """Those where the mask is true, without rejects and foreign."""
        if mask.all():
            return Lines(self.columns, self.tags, self.numbers)
        keep = pa.array(mask)
        return Lines(
            {name: each.filter(keep) for name, each in self.columns.items()},
            {name: each.filter(keep) for name, each in self.tags.items()},
            self.numbers[mask],
        )

    def coded(self, name: str) -> Codes:
        """A text column by its distinct values; all None where the report has no such column."""
        column = self.columns.get(name)
        return coded(column, len(self))


def about_bedrock(codes: Lines, products: Callable[[], Lines] | None = None) -> NDArray[np.bool_]:
    """Which lines are Bedrock's: by product or service code, those of the Marketplace by the name of the product.

    `products` gives the same lines with `PRODUCTS`, where `codes` has them not; it is asked only if a name matters.
    """
    of_row, told = combined([codes.coded(name) for name in CODES], _told_by_codes)
    if None not in told:
        return np.array(told, bool)[of_row]
    ours: NDArray[np.bool_] = np.array([each is True for each in told], bool)[of_row]
    may_be = np.array([each is None for each in told], bool)[of_row]
    lines = products() if products is not None else codes
    of_row, named = combined([lines.coded(name) for name in PRODUCTS], _named)
    ours |= may_be & np.array(named, bool)[of_row]
    return ours


@lru_cache(maxsize=65_536)
def product_of(product: str | None, product_name: str | None) -> str | None:
    """The name of the product: a column of its own in the legacy report, an entry of a map in CUR 2.0."""
    return product_name or (dict(entries(product)).get("product_name") if product else None)


@lru_cache(maxsize=65_536)
def _told_by_codes(entity: str | None, code: str | None, service: str | None) -> bool | None:
    """None where the codes leave it to the name."""
    if any(each is not None and each.startswith("AmazonBedrock") for each in (code, service)):
        return True
    return None if entity in (None, MARKETPLACE) else False


def _named(product: str | None, product_name: str | None) -> bool:
    return "Bedrock" in (product_of(product, product_name) or "")
