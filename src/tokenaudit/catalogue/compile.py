"""The price book from its two parts: what the clouds' lists say, and what is kept by hand beside them.

A row kept by hand is one that no list had when it was written. Of two rows for the same tokens on the same day the one
that was read later holds, whichever part it is of.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.catalogue.condense import settled
from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenaudit.model.rates import Rate

NO_DISCOUNT = "no cache discount"
LONG_AS_STANDARD = "long context is billed as standard"

# What a list calls a model -> the names that logs have for it too, and the versions under which they have it. The first
# turbo models were versions of gpt-4; what Bedrock calls v3 is DeepSeek V3.1, as its newer endpoint says.
ALSO_CALLED: dict[tuple[str, str, str | None], tuple[str, tuple[str | None, ...]]] = {
    (AZURE, "openai/gpt-4-turbo", None): (
        "openai/gpt-4",
        ("0125-Preview", "1106-Preview", "turbo-2024-04-09", "vision-preview"),
    ),
    (BEDROCK, "deepseek/deepseek-v3", None): ("deepseek/deepseek-v3.1", (None,)),
}


class Place(NamedTuple):
    """What the kinds of tokens of one request share."""

    provider: str
    model: str
    version: str | None
    scope: str
    tier: str
    band: int


def compiled(listed: Iterable[Rate], kept_by_hand: Iterable[Rate]) -> Iterator[Rate]:
    """Every rate of the book, in no order.

    `listed` are condensed rates. Two kinds of rates are added, each with its note: Azure bills cached tokens at the
    price of the prompt where it lists none for them, and long prompts with priority as standard where it has no meter.
    """
    keys: defaultdict[tuple[object, ...], list[Rate]] = defaultdict(list)
    for rate in _all_names((*listed, *kept_by_hand)):
        keys[(*_place(rate), rate.kind, rate.region)].append(rate)
    book = [rate for same in keys.values() for rate in settled(same)]
    book += list(_long_priority(book))
    yield from book
    yield from _cached(book)


def _all_names(rates: Iterable[Rate]) -> Iterator[Rate]:
    for rate in rates:
        yield rate
        model, versions = ALSO_CALLED.get((rate.provider, rate.model, rate.model_version), (rate.model, ()))
        yield from (replace(rate, model=model, model_version=version) for version in versions)


def _place(rate: Rate) -> Place:
    return Place(rate.provider, rate.model, rate.model_version, rate.scope, rate.tier, rate.prompt_band)


def _by_place(rates: Iterable[Rate]) -> Mapping[Place, Mapping[str, list[Rate]]]:
    found: defaultdict[Place, dict[str, list[Rate]]] = defaultdict(dict)
    for rate in rates:
        if rate.provider == AZURE:
            found[_place(rate)].setdefault(rate.kind, []).append(rate)
    return found


def _long_priority(rates: Iterable[Rate]) -> Iterator[Rate]:
    places = _by_place(rates)
    for place, kinds in places.items():
        if place.tier != "standard" or not place.band:
            continue
        short = places.get(place._replace(tier="priority", band=0), {})
        own = places.get(place._replace(tier="priority"), {})
        for kind, standard in kinds.items():
            if kind in short:
                first = min(rate.valid_from for rate in short[kind])
                told = [
                    replace(rate, tier="priority", valid_from=max(rate.valid_from, first), note=LONG_AS_STANDARD)
                    for rate in standard
                ]
                yield from _before(own.get(kind, ()), told)


def _cached(rates: Iterable[Rate]) -> Iterator[Rate]:
    for place, kinds in _by_place(rates).items():
        # What is spoken is no prompt: transcription models cache nothing.
        if {"input", "output"} <= kinds.keys() and "transcribe" not in place.model:
            told = [replace(rate, kind="cache_read", note=NO_DISCOUNT) for rate in kinds["input"]]
            yield from _before(kinds.get("cache_read", ()), told)


def _before(own: Iterable[Rate], others: Iterable[Rate]) -> Iterator[Rate]:
    """The others until the first day of their own rates."""
    until = min((rate.valid_from for rate in own), default=None)
    for rate in others:
        if until is None:
            yield rate
        elif rate.valid_from < until:
            yield replace(rate, valid_until=min(rate.valid_until or until, until))
