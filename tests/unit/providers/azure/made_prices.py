"""Rows of the retail price list in a few words, and pages of them."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

from tokenaudit.model.price_lists import Document, PriceList
from tokenaudit.providers.azure.price_list import AzurePriceList

READ_ON = date(2026, 11, 1)


def item(name: str = "5.4 inp Gl 1M Tokens", price: Any = 2.5, region: str = "eastus2", **cells: Any) -> dict[str, Any]:
    """A row as the service writes it; its unit is what the name says."""
    return {
        "currencyCode": "USD",
        "tierMinimumUnits": 0.0,
        "retailPrice": price,
        "unitPrice": price,
        "armRegionName": region,
        "location": region,
        "effectiveStartDate": "2026-03-01T00:00:00Z",
        "meterId": f"meter of {name}",
        "meterName": name,
        "productId": "DZH318Z0BPS6",
        "skuId": "DZH318Z0BPS6/0001",
        "productName": "Azure OpenAI GPT5",
        "skuName": name.removesuffix(" Tokens").removesuffix(" 1M"),
        "serviceName": "Foundry Models",
        "serviceId": "DZH314HC0WV9",
        "serviceFamily": "AI + Machine Learning",
        "unitOfMeasure": "1M" if "1M" in name else "1K",
        "type": "Consumption",
        "isPrimaryMeterRegion": True,
        "armSkuName": "",
        **cells,
    }


def page(*items: dict[str, Any], following: str | None = None) -> bytes:
    """One answer of the service."""
    return json.dumps(
        {
            "BillingCurrency": "USD",
            "CustomerEntityId": "Default",
            "CustomerEntityType": "Retail",
            "Items": items,
            "NextPageLink": following,
            "Count": len(items),
        }
    ).encode()


def read(*items: dict[str, Any]) -> PriceList:
    return AzurePriceList().read([Document("page.json", page(*items), READ_ON)])
