"""The public catalogue that the library genai-prices bundles, as plain rates: the weakest layer of all.

Only what the library says of the very provider, scope and tier becomes a rate. Its calculator is not used: asked for
batch or priority on either cloud, or for a data zone, it answers with the standard price, and it prices a model that it
does not know on Azure as its vendor sells it. Here the tier is `standard`; on Bedrock the scope is the one in the name
(`global.`, `regional.`, none is regional); on Azure it is `global`, of which the library says that its prices are.

The library takes half a second to load. It asks no network here.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.models import ModelName, from_bedrock_id, from_plain_name
from tokenaudit.model.rates import PROMPT_BANDS, UNDATED, Rate

if TYPE_CHECKING:
    from collections.abc import Iterator

_PROVIDERS = {"aws": BEDROCK, "azure": AZURE}
_KINDS = {
    "input_mtok": "input",
    "cache_read_mtok": "cache_read",
    "cache_write_mtok": "cache_write",
    "cache_write_1h_mtok": "cache_write_1h",
    "output_mtok": "output",
    "input_audio_mtok": "audio_input",
    "output_audio_mtok": "audio_output",
}
SINCE = date(2023, 1, 1)
"""From here on holds a price that the library gives no day for; no model of today was sold earlier."""


class _Place(NamedTuple):
    """What tells one price of the catalogue from another."""

    provider: str
    model: str
    scope: str
    kind: str
    band: int
    since: date
    until: date | None


@cache
def catalogue_rates() -> tuple[Rate, ...]:
    """Every rate that the catalogue gives exactly, in no order that matters.

    `source` names library and version; the note is `undated` where it does not say since when a price holds. Left out
    are zeros, prices by the hour of the day, models with a price band that no request is put in, and what two entries
    say differently.
    """
    import genai_prices as library  # noqa: PLC0415  # half a second, and most reports need nothing of it
    from genai_prices.data_snapshot import get_snapshot  # noqa: PLC0415  # the same

    found: dict[_Place, set[Decimal]] = defaultdict(set)
    for provider in get_snapshot().providers:
        for model in provider.models if provider.id in _PROVIDERS else ():
            for place, usd in _prices(_PROVIDERS[provider.id], model):
                found[place].add(usd)
    source = f"genai-prices {library.__version__}"
    return tuple(_rate(place, usd, source) for place, (usd, *others) in _sorted(found) if usd and not others)


def _sorted(found: dict[_Place, set[Decimal]]) -> list[tuple[_Place, list[Decimal]]]:
    return [(place, sorted(amounts)) for place, amounts in sorted(found.items(), key=lambda each: str(each[0]))]


def _prices(provider: str, model: Any) -> list[tuple[_Place, Decimal]]:
    name = _name(provider, model.id)
    if name.model is None or name.scope is None:
        return []
    found = []
    for since, until, prices in _periods(model.prices):
        for word, kind in _KINDS.items():
            for band, usd in _bands(getattr(prices, word, None)):
                if band not in PROMPT_BANDS:
                    return []  # a price of one part of its prompts would be taken for that of all
                found.append((_Place(provider, name.model, name.scope, kind, band, since, until), usd))
    return found


def _name(provider: str, name: str) -> ModelName:
    if provider == BEDROCK:
        return from_bedrock_id(name.removeprefix("regional."))
    found = from_plain_name(name) if ":" not in name else ModelName(None)
    return ModelName(found.model, found.version, "global")


def _periods(prices: Any) -> Iterator[tuple[date, date | None, Any]]:
    """Prices with the days on which they hold. What holds only at some hours has no place in a list by days."""
    if not isinstance(prices, list):
        yield SINCE, None, prices
        return
    if any(hasattr(each.constraint, "start_time") for each in prices):
        return
    dated = [(SINCE if each.constraint is None else each.constraint.start_date, each.prices) for each in prices]
    ends: list[date | None] = [*(since for since, _ in dated[1:]), None]
    for (since, each), until in zip(dated, ends, strict=True):
        yield since, until, each


def _bands(price: Any) -> Iterator[tuple[int, Decimal]]:
    if price is None:
        return
    if isinstance(price, Decimal):
        yield 0, price
        return
    yield 0, price.base
    for tier in price.tiers:
        yield tier.start, tier.price


def _rate(place: _Place, usd: Decimal, source: str) -> Rate:
    return Rate(
        provider=place.provider,
        model=place.model,
        scope=place.scope,
        tier="standard",
        kind=place.kind,
        usd_per_mtok=usd,
        valid_from=place.since,
        valid_until=place.until,
        prompt_band=place.band,
        source=source,
        source_date=place.since,
        note=UNDATED if place.since == SINCE else "",
    )
