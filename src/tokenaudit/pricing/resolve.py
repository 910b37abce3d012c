"""The rate of a key: what the book says, a named assumption where the log is silent, else nothing and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import CONTRACT, NOT_PER_TOKEN, OFFICIAL, UNDATED

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokenaudit.model.rates import Rate, RateKey
    from tokenaudit.pricing.book import PriceBook

# Where the log names no scope. Bare Bedrock ids are called in their region; most Azure deployments are Global.
_ASSUMED_SCOPE = {BEDROCK: "regional", AZURE: "global"}
_ASSUMED_TIER = "standard"

# Bedrock has no meter for geographic profiles: `us.` and `eu.` calls bill the tariff of the region they were made in
# (usage types of the AWS price list: every `geo` one is reserved capacity).
_BILLED_AS = {(BEDROCK, "geo"): ("geo", "regional")}

# Government and China clouds have price lists of their own: a shipped price for "every region" does not hold there.
OWN_LISTS = ("us-gov-", "us-iso", "cn-", "usgov", "usdod", "china")

# The regions of which Bedrock's rates for "every region" are known to be the price; elsewhere they are an estimate.
_AT_HOME = frozenset({"us-east-1", "us-west-2"})


@dataclass(frozen=True)
class Resolution:
    """The rate of a key, or None and why.

    `assumed` names what was taken as the usual: `scope`, `tier`, `version` or `region` where the log leaves open what
    the price depends on; `region` also where the list has no price for the one in the log, and `date` where a source
    does not say since when its price holds. `layer` says whose rate it is (`model.rates.LAYERS`). The answer is the
    same on every day from `since` until before `until`.
    """

    rate: Rate | None
    assumed: tuple[str, ...] = ()
    why: str = ""
    layer: str = ""
    since: date = date.min
    until: date = date.max


def resolve(book: PriceBook, key: RateKey) -> Resolution:
    """The price of one kind of token for one key. Never raises; what has no price has `rate` None.

    Of the rates that hold on the day, the one with the highest prompt band that the request exceeds is taken (a long
    prompt is never priced as a short one), then an override before a shipped rate, then a rate for that scope and
    region before one for all. Capacity that is not billed per token has no price but a zero that was written down. A
    version that has rates of its own is never priced by those of the others; priority,
    batch and flex never as standard.
    """
    tier = key.tier or _ASSUMED_TIER
    scope = key.scope or _ASSUMED_SCOPE.get(key.provider)
    assumed = ("scope",) * (key.scope is None) + ("tier",) * (key.tier is None)
    if not key.model:
        return Resolution(None, assumed, "model unknown")
    if scope is None:
        return Resolution(None, assumed, "scope unknown")
    held = [
        _Held(rate.prompt_band, strength, rate.scope == scope, rate.region is not None, rate)
        for strength, rates in _tariffs(book, key, scope, tier)
        for rate in _of_version(rates, key.model_version)
        if _in_force(rate, key) and _in_region(rate, key, shipped=strength == 0)
    ]
    if not held:
        return Resolution(None, assumed, _why(book, key, scope, tier))
    best = max(held, key=lambda each: each[:-1])
    if key.model_version is None and _depends_on_version(book, key, scope, tier, best):
        assumed += ("version",)
    if _region_is_a_guess(book, key, scope, tier, best):
        assumed += ("region",)
    if best.rate.note == UNDATED:
        assumed += ("date",)
    return Resolution(best.rate, assumed, layer=CONTRACT if best.strength else OFFICIAL)


class _Held(NamedTuple):
    """A rate that holds for the key; the greatest is the one meant."""

    band: int
    strength: int
    own_scope: bool
    own_region: bool
    rate: Rate


def _tariffs(book: PriceBook, key: RateKey, scope: str, tier: str) -> Iterator[tuple[int, tuple[Rate, ...]]]:
    """Rates of this model, tier and kind, by layer and scope, each with how strong its layer is."""
    for strength, layer in enumerate(reversed(book.layers)):
        for tariff in _BILLED_AS.get((key.provider, scope), (scope,)):
            yield strength, layer.get((key.provider, key.model, tariff, tier, key.kind), ())


def _of_version(rates: Iterable[Rate], version: str | None) -> list[Rate]:
    """What the rates say of a version: its own, on whatever day they hold, or else those for every other version."""
    rates = tuple(rates)
    own = [rate for rate in rates if rate.model_version == version]
    return own or [rate for rate in rates if rate.model_version is None]


def _in_force(rate: Rate, key: RateKey) -> bool:
    return rate.holds(key.day) and rate.prompt_band <= key.prompt_band


def _in_region(rate: Rate, key: RateKey, *, shipped: bool) -> bool:
    if rate.region is not None:
        return rate.region == key.region
    return not (shipped and key.region and key.region.startswith(OWN_LISTS))


def _depends_on_version(book: PriceBook, key: RateKey, scope: str, tier: str, best: _Held) -> bool:
    return any(
        rate.model_version is not None
        and rate.usd_per_mtok != best.rate.usd_per_mtok
        and (strength, rate.region, rate.prompt_band) == (best.strength, best.rate.region, best.band)
        for strength, rates in _tariffs(book, key, scope, tier)
        for rate in rates
        if _in_force(rate, key)
    )


def _region_is_a_guess(book: PriceBook, key: RateKey, scope: str, tier: str, best: _Held) -> bool:
    """A shipped rate for every region: of Bedrock, outside those it was read for; of anybody, where others differ."""
    rate = best.rate
    if best.strength or rate.region is not None:
        return False
    if key.region is not None:
        return key.provider == BEDROCK and rate.scope == "regional" and key.region not in _AT_HOME
    return any(
        other.region is not None
        and other.usd_per_mtok != rate.usd_per_mtok
        and (strength, other.model_version, other.prompt_band) == (best.strength, rate.model_version, best.band)
        for strength, rates in _tariffs(book, key, scope, tier)
        for other in rates
        if _in_force(other, key)
    )


def _why(book: PriceBook, key: RateKey, scope: str, tier: str) -> str:
    """What of the key the book does not know, from the general to the particular."""
    if tier in NOT_PER_TOKEN:
        return f"{tier} capacity is not billed per token"
    known = list(book.models.get((key.provider, key.model), ()))
    if not known:
        return f"no price for {key.model}"
    scopes = _BILLED_AS.get((key.provider, scope), (scope,))
    steps = (
        (_only(lambda rate: rate.scope in scopes), f"no price for {key.model} with scope {scope}"),
        (_only(lambda rate: rate.tier == tier), f"no {tier} price for {key.model} with scope {scope}"),
        (_only(lambda rate: rate.kind == key.kind), f"no {tier} price for {key.kind} tokens of {key.model}"),
        (lambda rates: _of_version(rates, key.model_version), f"no price for this version of {key.model}"),
        (_only(lambda rate: rate.region in {None, key.region}), f"no price for {key.model} in region {key.region}"),
        (_only(lambda rate: rate.prompt_band <= key.prompt_band), f"no price for short prompts of {key.model}"),
    )
    for narrow, why in steps:
        known = narrow(known)
        if not known:
            return why
    first = min(rate.valid_from for rate in known)
    if key.day < first:
        return f"no price before {first}"
    if not any(rate.holds(key.day) for rate in known):
        ended = max(rate.valid_until for rate in known if rate.valid_until and rate.valid_until <= key.day)
        return f"no price since {ended}"
    return f"no price for {key.model} in region {key.region}, which has a price list of its own"


def _only(holds: Callable[[Rate], bool]) -> Callable[[list[Rate]], list[Rate]]:
    return lambda rates: [rate for rate in rates if holds(rate)]
