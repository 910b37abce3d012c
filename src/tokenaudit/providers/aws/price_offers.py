"""The documents of the AWS Price List, taken apart: offer files, indexes of their regions, answers of GetProducts.

Source: AWS Billing user guide, "Reading the service price list file" and "Reading the service Region index file".
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.model.price_lists import Document, Row
from tokenaudit.model.reject import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_JSON = "not valid JSON, or cut off"


@dataclass(frozen=True)
class Offered:
    """One product of an offer: its row in the document, its attributes, and its terms on demand."""

    row: Row
    sku: str
    attributes: dict[str, Any]
    terms: tuple[dict[str, Any], ...]
    published: str | None
    offer: str

    def text(self, attribute: str) -> str:
        """An attribute, empty where there is none."""
        value = self.attributes.get(attribute)
        return value if isinstance(value, str) else ""


def parse(content: bytes) -> Any:
    """The JSON text. Raises ValueError for what is none."""
    try:
        return json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError) as error:
        raise ValueError(NOT_JSON) from error


def is_offer(content: Any) -> bool:
    """Whether this is an offer file, an answer of GetProducts, or the list of texts that is its point."""
    if isinstance(content, dict):
        offer = isinstance(content.get("products"), dict) and isinstance(content.get("terms"), dict)
        return offer or isinstance(content.get("PriceList"), list)
    return isinstance(content, list) and bool(content) and all(map(_is_product, content))


def _is_product(entry: Any) -> bool:
    if isinstance(entry, str):
        return entry.lstrip().startswith("{") and '"serviceCode"' in entry
    return isinstance(entry, dict) and "product" in entry and "serviceCode" in entry


def region_files(content: Any) -> dict[str, str]:
    """Of the index of an offer's regions: the path of each region's file. Raises ValueError for anything else."""
    regions = content.get("regions") if isinstance(content, dict) else None
    if not isinstance(regions, dict) or not regions:
        raise ValueError("not an index of regions")
    paths = {}
    for name, entry in regions.items():
        path = entry.get("currentVersionUrl") if isinstance(entry, dict) else None
        if not isinstance(path, str) or not path:
            raise ValueError(f"region {name} has no address")
        paths[name] = path
    return paths


def offered(document: Document) -> Iterator[Offered | Reject]:
    """Every product of a document. What is broken is a Reject; the rest is read."""
    try:
        content = parse(document.content)
    except ValueError as error:
        yield Reject(document.uri, 0, str(error))
        return
    if not is_offer(content):
        yield Reject(document.uri, 0, "neither an offer file nor an answer of GetProducts")
    elif isinstance(content, dict) and "products" in content:
        yield from _of_offer(document.uri, content)
    else:
        yield from _of_answer(document.uri, content["PriceList"] if isinstance(content, dict) else content)


def _of_offer(uri: str, content: dict[str, Any]) -> Iterator[Offered | Reject]:
    on_demand = content["terms"].get("OnDemand")
    for row, (sku, product) in enumerate(content["products"].items(), 1):
        terms = on_demand.get(sku) if isinstance(on_demand, dict) else None
        yield _product(uri, row, product, terms, content.get("publicationDate"), content.get("offerCode"))


def _of_answer(uri: str, entries: list[Any]) -> Iterator[Offered | Reject]:
    for row, entry in enumerate(entries, 1):
        try:
            content = parse(entry.encode()) if isinstance(entry, str) else entry
        except ValueError as error:
            yield Reject(uri, row, str(error))
            continue
        if not isinstance(content, dict):
            yield Reject(uri, row, "no product")
            continue
        terms = content.get("terms")
        on_demand = terms.get("OnDemand") if isinstance(terms, dict) else None
        yield _product(
            uri, row, content.get("product"), on_demand, content.get("publicationDate"), content.get("serviceCode")
        )


def _product(uri: str, row: int, product: Any, terms: Any, published: Any, offer: Any) -> Offered | Reject:
    if not isinstance(product, dict) or not isinstance(product.get("attributes"), dict):
        return Reject(uri, row, "a product without attributes")
    found = tuple(term for term in terms.values() if isinstance(term, dict)) if isinstance(terms, dict) else ()
    sku, usage_type = str(product.get("sku") or ""), product["attributes"].get("usagetype")
    return Offered(
        Row(uri, row, f"{sku} {usage_type if isinstance(usage_type, str) else '(no usage type)'}"),
        sku,
        product["attributes"],
        found,
        published if isinstance(published, str) else None,
        offer if isinstance(offer, str) else "",
    )
