"""Offers in a few words: products with one price each, as an offer file and as an answer of GetProducts."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from tokenaudit.model.price_lists import Document, PriceList
from tokenaudit.providers.aws.price_list import AwsPriceList

READ_ON = date(2026, 11, 1)
PUBLISHED = "2026-10-01T00:00:00Z"


def product(
    usage_type: str,
    price: Any = "0.0008",
    unit: str = "1K tokens",
    description: str | None = None,
    effective: str = "2026-09-01T00:00:00Z",
    **attributes: str,
) -> dict[str, Any]:
    """A product and its only term, before either document's shape."""
    return {
        "attributes": {
            "usagetype": usage_type,
            "regionCode": "us-east-1",
            "servicename": "Amazon Bedrock",
            **attributes,
        },
        "terms": [
            {
                "offerTermCode": "JRTCKXETXF",
                "effectiveDate": effective,
                "priceDimensions": {
                    "rate": {
                        "unit": unit,
                        "description": f"${price} per {unit}" if description is None else description,
                        "beginRange": "0",
                        "endRange": "Inf",
                        "pricePerUnit": {"USD": price},
                    }
                },
            }
        ],
    }


def offer(*products: dict[str, Any], code: str = "AmazonBedrock") -> bytes:
    """An offer file. The SKU of a product is SKU1, SKU2, ..."""
    numbered = {f"SKU{number}": each for number, each in enumerate(products, 1)}
    return json.dumps(
        {
            "formatVersion": "v1.0",
            "offerCode": code,
            "publicationDate": PUBLISHED,
            "products": {
                sku: {"sku": sku, "productFamily": "Amazon Bedrock", "attributes": each["attributes"]}
                for sku, each in numbered.items()
            },
            "terms": {
                "OnDemand": {
                    sku: {f"{sku}.{at}": {**term, "sku": sku} for at, term in enumerate(each["terms"])}
                    for sku, each in numbered.items()
                }
            },
        }
    ).encode()


def read(*products: dict[str, Any], code: str = "AmazonBedrock") -> PriceList:
    return AwsPriceList().read([Document("offer.json", offer(*products, code=code), READ_ON)])
