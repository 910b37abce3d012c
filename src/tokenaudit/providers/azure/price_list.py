"""The Azure Retail Prices API: what each meter of Foundry Models costs, by region and day.

A meter is read from its name and its product, as on a bill. Rows that another has replaced stay in the list, beside it.
Global meters are repeated for each region, and so are those of data zones.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from tokenaudit.model.columns import AZURE
from tokenaudit.model.exchange import USD
from tokenaudit.model.meters import azure_words
from tokenaudit.model.meters.azure_meters import read as read_meter
from tokenaudit.model.price_lists import Document, PriceList, Row
from tokenaudit.model.rates import Rate
from tokenaudit.model.reject import Reject
from tokenaudit.providers.price_facts import (
    FREE,
    Listed,
    UnclearError,
    amount,
    day_of,
    in_currency,
    per_million,
    region_of,
    settle,
    sku_of,
    succession,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.model.meters import Meter

SOURCE = "azure-retail-prices"

# What the service has been called. The older names answer with nothing today, and cost a request each.
SERVICES = ("Foundry Models", "Cognitive Services", "Azure OpenAI")
_PATH = "/api/retail/prices"
_VERSION = "2023-01-01-preview"

# Other types of price: of a reservation, for the whole of its term whatever its unit says; and for development.
_CONSUMPTION = "Consumption"
_OTHER_TYPES = {"Reservation": "reservation", "DevTestConsumption": "development and test"}

_UNITS = {"1k": 1_000, "1m": 1_000_000}

_IMAGE = frozenset(("img", "image"))
_EVERYWHERE = frozenset(("", "global"))
_ROUTED = frozenset(("global", "data_zone"))
# Clouds with price lists of their own; they take no part in what holds everywhere.
_OWN_LISTS = ("usgov", "usdod", "china")


class AzurePriceList:
    """Reads the retail price list: see `model.price_lists.PriceListReader`."""

    provider = AZURE
    home = "https://prices.azure.com"
    by_region = False

    def requests(self, home: str) -> tuple[str, ...]:
        """The first page of each name of the service."""
        return tuple(
            f"{home}{_PATH}?"
            + urlencode({"api-version": _VERSION, "currencyCode": USD, "$filter": f"serviceName eq '{service}'"})
            for service in SERVICES
        )

    def following(self, document: Document, home: str, regions: Sequence[str]) -> tuple[str, ...]:  # noqa: ARG002
        """The next page. Regions do not narrow it: only together they show what holds in all of them."""
        page = _page(document.content)
        if page is None:
            raise ValueError("not a page of retail prices, or cut off")
        link = page.get("NextPageLink")
        return (link,) if isinstance(link, str) and link else ()

    def recognise(self, content: bytes) -> bool:
        """Whether this is a page of retail prices."""
        return _page(content) is not None

    def read(self, documents: Iterable[Document]) -> PriceList:
        """The rates of all meters that count tokens and are paid as they are used."""
        by_meter: defaultdict[tuple[str, str, str], list[Listed]] = defaultdict(list)
        unreadable: list[Reject] = []
        skipped: Counter[str] = Counter()
        ended: dict[str, bool] = {}
        for document in documents:
            page = _page(document.content)
            if page is None:
                unreadable.append(Reject(document.uri, 0, "no page of retail prices, or cut off"))
                continue
            ended[document.uri] = not page.get("NextPageLink")
            for number, item in enumerate(page["Items"], 1):
                found = _listed(item, document, number)
                if isinstance(found, str):
                    skipped[found] += 1
                elif isinstance(found, Reject):
                    unreadable.append(found)
                else:
                    by_meter[str(item.get("productName")), str(item.get("meterName")), found.rate.scope].append(found)
        if ended and not any(ended.values()):
            unreadable.append(Reject(max(ended), 0, "every page leads to another one: the last is missing"))
        rates, refused = settle(each for _, rows in sorted(by_meter.items()) for each in _by_place(rows))
        return PriceList(rates, skipped, (*unreadable, *refused))


def _page(content: bytes) -> dict[str, Any] | None:
    """A page of retail prices; None for anything else."""
    try:
        found = json.loads(content.decode("utf-8-sig"), parse_float=Decimal)
    except (ValueError, RecursionError):
        return None
    if isinstance(found, dict) and isinstance(found.get("Items"), list) and "BillingCurrency" in found:
        return found
    return None


def _listed(item: Any, document: Document, number: int) -> Listed | Reject | str:
    """The price of a row, or why it cannot be trusted, or the word for what it is where that is no price of tokens."""
    if not isinstance(item, dict):
        return Reject(document.uri, number, "no price of a meter")
    name, product, unit = (_text(item, each) for each in ("meterName", "productName", "unitOfMeasure"))
    meter = _sold(name, product, unit)
    other = (
        _OTHER_TYPES.get(_text(item, "type"))
        or (meter if isinstance(meter, str) else None)
        or (in_currency([_text(item, "currencyCode")]) if _text(item, "currencyCode") != USD else None)
    )
    if other or isinstance(meter, str):
        return str(other)
    row = Row(document.uri, number, f"{product}, {name}")
    try:
        return Listed(_rate(item, meter, document.read_on), row)
    except UnclearError as reason:
        return row.refused(str(reason))


def _rate(item: dict[str, Any], meter: Meter, read_on: date) -> Rate:
    """The price of a row. Raises UnclearError."""
    unit = _text(item, "unitOfMeasure")
    region = _text(item, "armRegionName").lower()
    block = _UNITS.get(unit.lower())
    if _text(item, "type") != _CONSUMPTION:
        raise UnclearError(f"the type of price {_text(item, 'type')!r} is not known")
    if meter.model is None:
        raise UnclearError("names no model that is known")
    if meter.token_kind is None:
        raise UnclearError("does not say which tokens it counts")
    if block is None or block != meter.block_tokens:
        raise UnclearError(f"the unit is {unit!r}, and the name says {meter.block_tokens or 'no number of'} tokens")
    if amount(item.get("tierMinimumUnits") or 0):
        raise UnclearError("a price that begins at some volume")
    if meter.scope not in _ROUTED and region in _EVERYWHERE:
        raise UnclearError("a regional price without a region")
    price = amount(item.get("retailPrice"))
    return Rate(
        provider=AZURE,
        model=meter.model,
        scope=meter.scope or azure_words.UNSCOPED,
        tier=meter.tier or "standard",
        kind=meter.token_kind,
        usd_per_mtok=per_million(price, block),
        valid_from=day_of(item.get("effectiveStartDate")),
        source=SOURCE,
        source_date=read_on,
        model_version=meter.model_version,
        region=None if region in _EVERYWHERE else region_of(region),
        prompt_band=meter.prompt_band,
        note="" if price else FREE,
        sku=sku_of(_text(item, "meterId")),
    )


@lru_cache(maxsize=8192)
def _sold(name: str, product: str, unit: str) -> Meter | str:
    """The meter of tokens that the ledger counts apart; or the word for anything else, which has another price."""
    meter = read_meter(name, product, unit)
    if not meter.is_token:
        return meter.unit_kind
    words = azure_words.split(name)
    if azure_words.FINE_TUNED & set(words):
        return "fine-tuned model"
    medium = next((word for word in reversed(words) if word in azure_words.AUDIO | azure_words.NO_AUDIO), "")
    if medium in _IMAGE:
        return "image tokens"
    return "cached audio" if medium in azure_words.AUDIO and azure_words.CACHE & set(words) else meter


def _by_place(rows: list[Listed]) -> list[Listed]:
    """The prices of one meter: for everywhere where all regions agree on each day, else for each region."""
    by_region: defaultdict[str | None, list[Listed]] = defaultdict(list)
    for each in rows:
        by_region[each.rate.region].append(each)
    apart = [each for _, same in sorted(by_region.items(), key=_region) for each in succession(same)]
    if rows[0].rate.scope not in _ROUTED:
        return apart
    own = [each for each in apart if (each.rate.region or "").startswith(_OWN_LISTS)]
    common = [each for each in apart if each not in own]
    everywhere = _everywhere(common)
    return apart if everywhere is None else [*everywhere, *own]


def _everywhere(listed: list[Listed]) -> list[Listed] | None:
    """One succession of prices for all regions; None where two regions disagree on some day.

    A region that begins later than others takes no part before.
    """
    ids = {each.rate.sku for each in listed}
    sku = ids.pop() if len(ids) == 1 else ""
    prices: dict[date, Listed] = {}
    for day in sorted({each.rate.valid_from for each in listed}):
        held = [each for each in listed if _holds(each, day)]
        if len({each.rate.usd_per_mtok for each in held}) != 1:
            return None
        rate = replace(held[0].rate, region=None, valid_from=day, valid_until=None, sku=sku)
        prices[day] = replace(held[0], rate=rate)
    return succession(prices.values())


def _holds(listed: Listed, day: date) -> bool:
    return listed.rate.valid_from <= day and (listed.rate.valid_until is None or day < listed.rate.valid_until)


def _region(item: tuple[str | None, list[Listed]]) -> str:
    return item[0] or ""


def _text(item: dict[str, Any], name: str) -> str:
    value = item.get(name)
    return value if isinstance(value, str) else ""
