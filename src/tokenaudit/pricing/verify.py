"""The book set against what others say of the same thing: every disagreement, with both values and sources."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.resolve import resolve

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tokenaudit.model.rates import Rate
    from tokenaudit.pricing.book import PriceBook

TOLERANCE = Decimal("0.005")
"""Half a percent: below it two lists have rounded differently."""

_HOME = {BEDROCK: "us-east-1"}
"""Where a rate for every region of a catalogue is read for."""


@dataclass(frozen=True)
class Finding:
    """What another source says, and what the book says of the same day; `ours` is None where it says nothing."""

    day: date
    theirs: Rate
    ours: Rate | None
    why: str = ""

    @property
    def ratio(self) -> Decimal | None:
        """How far the other is above the book: 0.1 for a tenth."""
        if self.ours is None or not self.ours.usd_per_mtok:
            return None
        return self.theirs.usd_per_mtok / self.ours.usd_per_mtok - 1


@dataclass(frozen=True)
class Verified:
    """How many rates were held against the book, those that it contradicts, and those that it does not have."""

    compared: int
    disagreements: tuple[Finding, ...]
    missing: tuple[Finding, ...]


def verify(book: PriceBook, others: Iterable[Rate], day: date | None = None) -> Verified:
    """Holds each rate against what the book has for its key, on `day`, or else on the first day of the rate.

    Rates that are not in force on `day` are passed over.
    """
    compared, disagreements, missing = 0, [], []
    for rate in others:
        if day is not None and not rate.holds(day):
            continue
        compared += 1
        found = resolve(book, _key(rate, day or rate.valid_from))
        if found.rate is None:
            missing.append(Finding(day or rate.valid_from, rate, None, found.why))
        elif abs(rate.usd_per_mtok - found.rate.usd_per_mtok) > TOLERANCE * found.rate.usd_per_mtok:
            disagreements.append(Finding(day or rate.valid_from, rate, found.rate))
    return Verified(compared, tuple(disagreements), tuple(missing))


def _key(rate: Rate, day: date) -> RateKey:
    region = rate.region or (_HOME.get(rate.provider) if rate.scope == "regional" else None)
    return RateKey(
        rate.provider, rate.model, rate.model_version, region, rate.scope, rate.tier, rate.kind, rate.prompt_band, day
    )
