"""Rates of a price list, one a region, made few: one for all regions that share a price, with no fact lost.

A price list names every region and, for some models, the version. The book has a rate for every region and every
version, and others only where a price differs (docs/prices.md, "How the book is laid out").
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date
    from decimal import Decimal

    from tokenaudit.model.rates import Rate

# The region whose price stands for every region that has none of its own.
HOME = {AZURE: "eastus2", BEDROCK: "us-east-1"}

# Clouds that a rate of every region says nothing about: theirs are written out.
APART = ("us-gov-", "us-iso", "cn-", "usgov", "usdod", "china")

# The release that stands for a model whose releases are named by a month and a day: no order tells the latest.
LATEST = {"openai/gpt-3.5-turbo": "0125"}


def settled(rates: Iterable[Rate]) -> tuple[Rate, ...]:
    """One price a day, for rates that differ in price and days only.

    A price ends where the next begins, unless it was read later than that one: then it is the newer fact. A price that
    is listed again is the same fact.
    """
    kept: list[Rate] = []
    for rate in sorted(rates, key=lambda each: (each.valid_from, each.source_date, each.usd_per_mtok)):
        last = kept[-1] if kept else None
        if last is None or (last.valid_until is not None and last.valid_until <= rate.valid_from):
            kept.append(rate)
        elif last.usd_per_mtok == rate.usd_per_mtok:
            kept[-1] = replace(last, valid_until=_later(last, rate))
        elif last.source_date <= rate.source_date:
            earlier = [] if last.valid_from == rate.valid_from else [replace(last, valid_until=rate.valid_from)]
            kept[-1:] = [*earlier, rate]
    return tuple(kept)


def _later(one: Rate, other: Rate) -> date | None:
    return None if one.valid_until is None or other.valid_until is None else max(one.valid_until, other.valid_until)


def condensed(listed: Iterable[Rate], earlier: Iterable[Rate] = ()) -> Iterator[Rate]:
    """The rates of a list without those that a rate of every version or every region implies.

    `earlier` are condensed rates of the same list, read before: what they say stays true until the list says
    otherwise.
    """
    requests: defaultdict[tuple[str, ...], list[Rate]] = defaultdict(list)
    for rate in listed:
        requests[rate.provider, rate.model, rate.scope, rate.tier].append(rate)
    places: defaultdict[tuple[object, ...], list[Rate]] = defaultdict(list)
    for rate in (*earlier, *(rate for same in requests.values() for rate in _without_versions(same))):
        key = (rate.provider, rate.model, rate.scope, rate.tier, rate.kind, rate.model_version, rate.prompt_band)
        places[key].append(rate)
    for same in places.values():
        yield from _without_regions(same)


Sold = dict[tuple[str, str | None, int], set["Decimal"]]
"""kind, region, band -> prices"""


def _without_versions(rates: list[Rate]) -> Iterator[Rate]:
    """No version for the one that stands for the model, nor for those whose every kind of token costs what its does."""
    sold: defaultdict[str | None, Sold] = defaultdict(dict)
    for rate in rates:
        place = (rate.kind, rate.region, rate.prompt_band)
        sold[rate.model_version].setdefault(place, set()).add(rate.usd_per_mtok)
    latest = LATEST.get(rates[0].model)
    base = None if None in sold else latest if latest in sold else max(sold, key=str)
    same = {version for version, prices in sold.items() if version == base or _agree(prices, sold[base])}
    for rate in rates:
        yield replace(rate, model_version=None) if rate.model_version in same else rate


def _agree(ours: Sold, theirs: Sold) -> bool:
    """Whether two versions cost the same wherever both are sold, and that is somewhere."""
    common = ours.keys() & theirs.keys()
    return bool(common) and all(ours[place] == theirs[place] for place in common)


def _without_regions(rates: list[Rate]) -> Iterator[Rate]:
    regions: defaultdict[str | None, list[Rate]] = defaultdict(list)
    for rate in rates:
        regions[rate.region].append(rate)
    lines = {region: settled(same) for region, same in regions.items()}
    home = lines.get(HOME[rates[0].provider]) or (() if None in lines else _most_common(lines))
    base = settled([*(replace(rate, region=None) for rate in home), *lines.get(None, ())])
    base = _from_the_first_day(base, lines.values())
    yield from base
    for region, line in lines.items():
        if region is None or not line:
            continue
        apart = region.startswith(APART)
        own = (_as_long_as(line[0], base), *line[1:])
        yield from (rate for rate in own if apart or not _implied(rate, base))


def _most_common(lines: Mapping[str | None, tuple[Rate, ...]]) -> tuple[Rate, ...]:
    """The prices of most regions. Those of a cloud apart do not stand for others."""
    named = {
        region: tuple((rate.usd_per_mtok, rate.valid_from, rate.valid_until) for rate in line)
        for region, line in lines.items()
        if region is not None and not region.startswith(APART)
    }
    if not named:
        return ()
    times = Counter(named.values())
    # Of as many, the cheaper: it is that of the United States in every list.
    return lines[max(named, key=lambda region: (times[named[region]], -lines[region][0].usd_per_mtok, region))]


def _from_the_first_day(base: tuple[Rate, ...], lines: Iterable[tuple[Rate, ...]]) -> tuple[Rate, ...]:
    """The first price of all regions from the day on which one of them had it: regions open one after another."""
    if not base:
        return base
    days = [line[0].valid_from for line in lines if line and line[0].usd_per_mtok == base[0].usd_per_mtok]
    return (replace(base[0], valid_from=min([base[0].valid_from, *days])), *base[1:])


def _as_long_as(first: Rate, base: tuple[Rate, ...]) -> Rate:
    """A region's first price from the day of the price that all others have then: before it opened, nobody paid it."""
    held = [each for each in base if each.valid_from <= first.valid_from]
    return replace(first, valid_from=held[-1].valid_from) if held else first


def _implied(rate: Rate, base: Iterable[Rate]) -> bool:
    """Whether every region has this price as long as the rate holds."""
    return any(
        each.usd_per_mtok == rate.usd_per_mtok
        and each.valid_from <= rate.valid_from
        and (each.valid_until is None or (rate.valid_until is not None and rate.valid_until <= each.valid_until))
        for each in base
    )
