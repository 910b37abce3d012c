"""The AWS Price List: the offer files of Bedrock, and the answers of GetProducts.

What a row sells is read from its usage type, as on a bill, because the attributes beside it are incomplete and differ
from offer to offer. The unit is that of the row: one offer holds prices of 1,000 and of 1,000,000 tokens.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.exchange import USD
from tokenaudit.model.meters.aws_usage_types import read as read_usage_type
from tokenaudit.model.price_lists import Document, PriceList
from tokenaudit.model.rates import Rate
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.bill_units import block_tokens
from tokenaudit.providers.aws.price_offers import is_offer, offered, parse, region_files
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
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tokenaudit.model.meters import Meter
    from tokenaudit.providers.aws.price_offers import Offered

SOURCE = "aws-price-list"

# Bedrock is sold under three codes: its own models, those of the Marketplace, and what was added in 2026.
OFFERS = ("AmazonBedrock", "AmazonBedrockFoundationModels", "AmazonBedrockService")
_MARKETPLACE_OFFER = "AmazonBedrockFoundationModels"

# Says nothing by itself: on rows of the Marketplace it is a million, or what the description says.
_UNSAID = re.compile(r"(?i)units?")
_TOKENS = re.compile(r"(?i)\btokens?\b")


class AwsPriceList:
    """Reads the price list of Bedrock: see `model.price_lists.PriceListReader`."""

    provider = BEDROCK
    home = "https://pricing.us-east-1.amazonaws.com"
    by_region = True

    def requests(self, home: str) -> tuple[str, ...]:
        """The index of regions of each offer."""
        return tuple(f"{home}/offers/v1.0/aws/{offer}/current/region_index.json" for offer in OFFERS)

    def following(self, document: Document, home: str, regions: Sequence[str]) -> tuple[str, ...]:
        """The files that an index of regions names; none after a file."""
        content = parse(document.content)
        if is_offer(content):
            return ()
        return tuple(
            f"{home}/{path.lstrip('/')}" if "://" not in path else path
            for region, path in sorted(region_files(content).items())
            if not regions or region in regions
        )

    def recognise(self, content: bytes) -> bool:
        """Whether this is an offer file or an answer of GetProducts."""
        try:
            return is_offer(parse(content))
        except ValueError:
            return False

    def read(self, documents: Iterable[Document]) -> PriceList:
        """The rates of all products that are sold by the token, on demand."""
        listed: list[Listed] = []
        unreadable: list[Reject] = []
        skipped: Counter[str] = Counter()
        for document in documents:
            for each in offered(document):
                if isinstance(each, Reject):
                    unreadable.append(each)
                    continue
                found = _product(each, document.read_on)
                if isinstance(found, str):
                    skipped[found] += 1
                else:
                    unreadable += [row for row in found if isinstance(row, Reject)]
                    listed += succession(row for row in found if isinstance(row, Listed))
        rates, refused = settle(listed)
        return PriceList(rates, skipped, (*unreadable, *refused))


def _product(product: Offered, read_on: date) -> list[Listed | Reject] | str:
    """The prices of a product, each or why not; or the word for what it is, where that is no token on demand."""
    usage_type = product.text("usagetype")
    meter = read_usage_type(usage_type, product.text("servicename") or None)
    if not meter.is_token:
        if meter.unit_kind == "other" and any(_TOKENS.search(_text(row, "unit")) for row in _dimensions(product)):
            return [product.row.refused("sold by the token, and its name is not known")]
        return meter.unit_kind
    if "custom-model" in usage_type.lower():
        return "custom model"
    if not product.terms:
        return "not on demand"
    currencies = {currency for row in _dimensions(product) for currency in _prices(row)}
    if currencies and USD not in currencies:
        return in_currency(currencies)
    prices: list[Listed | Reject] = []
    for term in product.terms:
        try:
            rate = _rate(product, meter, term, read_on)
            prices.append(Listed(rate, product.row))
        except UnclearError as reason:
            prices.append(product.row.refused(str(reason)))
    return prices


def _rate(product: Offered, meter: Meter, term: dict[str, Any], read_on: date) -> Rate:
    """The price of one term. Raises UnclearError."""
    rows = _rows(term)
    if len(rows) != 1:
        raise UnclearError(f"{len(rows)} prices in one term, where one is expected")
    price = amount(_prices(rows[0]).get(USD))
    return Rate(
        provider=BEDROCK,
        model=_known("model", meter.model),
        scope=_known("scope", meter.scope),
        tier=_known("tier", meter.tier),
        kind=_known("kind of token", meter.token_kind),
        usd_per_mtok=per_million(price, _block_tokens(rows[0], meter, product.offer)),
        valid_from=day_of(term.get("effectiveDate")),
        source=SOURCE,
        source_date=day_of(product.published) if product.published else read_on,
        model_version=meter.model_version,
        region=region_of(product.text("regionCode").lower() or meter.region),
        prompt_band=meter.prompt_band,
        note="" if price else FREE,
        sku=sku_of(product.sku),
    )


def _known(what: str, value: str | None) -> str:
    if value is None:
        raise UnclearError(f"names no {what} that is known")
    return value


def _block_tokens(row: dict[str, Any], meter: Meter, offer: str) -> int:
    """Tokens in the unit of this row. Raises UnclearError where nobody can tell."""
    unit, description = _text(row, "unit").strip(), _text(row, "description")
    block, described = block_tokens(unit or None, description), block_tokens(None, description)
    told = described or meter.block_tokens or offer == _MARKETPLACE_OFFER
    if not unit or block is None or (_UNSAID.fullmatch(unit) and not told):
        raise UnclearError(f"the unit {unit!r} is not known")
    if described not in (None, block):
        raise UnclearError(f"the unit is {unit!r}, and the description says {described:,} tokens")
    return block


def _dimensions(product: Offered) -> Iterator[dict[str, Any]]:
    for term in product.terms:
        yield from _rows(term)


def _rows(term: dict[str, Any]) -> list[dict[str, Any]]:
    rows = term.get("priceDimensions")
    return [row for row in rows.values() if isinstance(row, dict)] if isinstance(rows, dict) else []


def _prices(row: dict[str, Any]) -> dict[str, Any]:
    prices = row.get("pricePerUnit")
    return prices if isinstance(prices, dict) else {}


def _text(row: dict[str, Any], name: str) -> str:
    value = row.get(name)
    return value if isinstance(value, str) else ""
