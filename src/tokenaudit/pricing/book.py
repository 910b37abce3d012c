"""The price book: the user's rates over the shipped ones, all checked before anything is priced with them."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from functools import cached_property
from hashlib import sha256
from typing import TYPE_CHECKING

from tokenaudit.errors import ConfigError, DataError
from tokenaudit.model.rates import COVERED, FREE, KNOWN_ZERO, NOT_PER_TOKEN, PROMPT_BANDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tokenaudit.model.rates import Rate

LOWEST = Decimal("0.001")
HIGHEST = Decimal(1000)
"""USD per 1M tokens. Beyond these a rate is most likely one unit taken for another (1K for 1M)."""

STATED = "stated"
CURRENCY = "USD"

Tariff = tuple[str, str, str, str, str]
"""provider, model, scope, tier, kind: what has to be equal; region, version, band and day are matched."""


class PriceBook:
    """Rates to price with. `overrides` win over `rates` wherever both hold; neither is ever changed."""

    def __init__(self, rates: Iterable[Rate], overrides: Iterable[Rate] = ()) -> None:
        """Checks every rate.

        Raises DataError for a wrong one among `rates`, ConfigError for one among `overrides`: a value that is absurd, a
        validity that ends before it begins, a currency other than US dollars, a band that no request is put in, or two
        rates that hold for the same key on the same day.
        """
        self.rates = tuple(rates)
        self.overrides = tuple(overrides)
        self.layers: tuple[Mapping[Tariff, tuple[Rate, ...]], ...] = (
            _layer(self.overrides, ConfigError),
            _layer(self.rates, DataError),
        )
        """The stronger layer first."""
        self._days: dict[tuple[str, str], tuple[date, ...]] = {}

    @cached_property
    def models(self) -> Mapping[tuple[str, str], tuple[Rate, ...]]:
        """All rates of each provider's models, by the names of both."""
        found: defaultdict[tuple[str, str], list[Rate]] = defaultdict(list)
        for rate in (*self.overrides, *self.rates):
            found[rate.provider, rate.model].append(rate)
        return {key: tuple(rates) for key, rates in found.items()}

    def days(self, provider: str, model: str) -> tuple[date, ...]:
        """The days on which some price of a model begins or ends, in order."""
        known = self._days.get((provider, model))
        if known is None:
            rates = self.models.get((provider, model), ())
            found = {day for rate in rates for day in (rate.valid_from, rate.valid_until) if day is not None}
            known = self._days[provider, model] = tuple(sorted(found))
        return known

    @cached_property
    def date(self) -> str | None:
        """The latest day on which a shipped rate was read from its source, as ISO text; None for an empty book."""
        latest = max((rate.source_date for rate in self.rates), default=None)
        return latest.isoformat() if latest else None

    @cached_property
    def sha256(self) -> str:
        """Hash of every rate of both layers in a canonical form and order: equal books have equal hashes."""
        return rates_sha256(self.rates, self.overrides)


def rates_sha256(rates: Iterable[Rate], overrides: Iterable[Rate] = ()) -> str:
    """The hash that a book of these rates has."""
    digest = sha256()
    for name, layer in (("overrides", overrides), ("rates", rates)):
        digest.update(name.encode())
        for line in sorted(_canonical(rate) for rate in layer):
            digest.update(line.encode())
    return digest.hexdigest()


def _canonical(rate: Rate) -> str:
    value = format(rate.usd_per_mtok.normalize(), "f")
    return "|".join(
        (
            rate.provider,
            rate.model,
            rate.model_version or "",
            rate.scope,
            rate.region or "",
            rate.tier,
            rate.kind,
            str(rate.prompt_band),
            value,
            rate.valid_from.isoformat(),
            rate.valid_until.isoformat() if rate.valid_until else "",
            rate.source,
            rate.source_date.isoformat(),
            rate.note,
            rate.currency,
            rate.sku + "\n",
        )
    )


def _layer(rates: tuple[Rate, ...], error: type[DataError | ConfigError]) -> Mapping[Tariff, tuple[Rate, ...]]:
    tariffs: defaultdict[Tariff, list[Rate]] = defaultdict(list)
    for number, rate in enumerate(rates, 1):
        wrong = _wrong(rate)
        if wrong:
            raise error(f"rate {number} ({describe(rate)}): {wrong}", hint=_HINT)
        tariffs[rate.provider, rate.model, rate.scope, rate.tier, rate.kind].append(rate)
    for same in tariffs.values():
        _refuse_overlaps(same, error)
    return {tariff: tuple(same) for tariff, same in tariffs.items()}


_HINT = (
    "a rate is in USD per 1M tokens; one that ended needs its `valid_until`, one of zero the note `free` or `covered`"
)


def _wrong(rate: Rate) -> str | None:
    return next(_faults(rate), None)


def _faults(rate: Rate) -> Iterator[str]:
    value = rate.usd_per_mtok
    if not value.is_finite() or value < 0:
        yield f"{value} is no price"
        return
    if rate.currency != CURRENCY:
        yield f"a price in {rate.currency}: tokens are priced in {CURRENCY}"
    if not value and not rate.note.startswith(KNOWN_ZERO):
        yield f"a price of 0 has to be noted as `{FREE}` or `{COVERED}`"
    if value and rate.tier in NOT_PER_TOKEN:
        yield f"{rate.tier} capacity is not billed per token: only a price of 0 can be meant, noted as `{COVERED}`"
    if value and not LOWEST <= value <= HIGHEST and not rate.note.startswith(STATED):
        yield f"{value} USD per 1M tokens is beyond {LOWEST} to {HIGHEST}; note it as `{STATED}` if it is meant"
    if rate.valid_until is not None and rate.valid_until <= rate.valid_from:
        yield f"it ends on {rate.valid_until}, before it begins"
    if rate.prompt_band not in PROMPT_BANDS:
        yield f"prompt band {rate.prompt_band} is none of {', '.join(map(str, PROMPT_BANDS))}"


def _refuse_overlaps(rates: list[Rate], error: type[DataError | ConfigError]) -> None:
    latest: dict[tuple[str | None, str | None, int], Rate] = {}
    for rate in sorted(rates, key=lambda each: each.valid_from):
        key = (rate.model_version, rate.region, rate.prompt_band)
        earlier = latest.get(key)
        if earlier is not None and (earlier.valid_until is None or earlier.valid_until > rate.valid_from):
            raise error(f"two prices hold on {rate.valid_from}: {describe(earlier)} and {describe(rate)}", hint=_HINT)
        latest[key] = rate


def describe(rate: Rate) -> str:
    """One rate in a line, with where it came from, for a message."""
    parts = (rate.provider, rate.model, rate.model_version, rate.scope, rate.region, rate.tier, rate.kind)
    band = f" above {rate.prompt_band}" if rate.prompt_band else ""
    return f"{' '.join(part for part in parts if part)}{band} from {rate.valid_from}, {rate.source}"
