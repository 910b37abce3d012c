"""A price is a dated fact: what one million tokens of a kind cost, where, since when, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

# Long-context tiers trigger on one request's prompt, so a request is put in a band before anything is summed.
# A band is named by the prompt size that it exceeds; 0 is every request.
PROMPT_BANDS: tuple[int, ...] = (0, 100_000, 128_000, 200_000, 272_000)

# Where a price may come from, the stronger before the weaker; docs/prices.md says when the weaker is asked.
CONTRACT, BILL, OFFICIAL, CATALOGUE = LAYERS = ("contract", "bill", "official", "catalogue")

# A price of zero is a fact that somebody has to have written down: its note begins with one of these.
FREE, COVERED = KNOWN_ZERO = ("free", "covered")
UNDATED = "undated"
"""The note of a price whose source does not say since when it holds."""

# Bought by the hour or the month, not by the token.
NOT_PER_TOKEN = frozenset({"provisioned", "reserved"})


Sold = tuple[str, str, str | None, str, str | None, str, str, int]
"""provider, model, version, scope, region, tier, kind, band: what only one price may hold for on one day."""


@dataclass(frozen=True)
class RateKey:
    """What decides the price of a token. `kind` is a token column's name without `_tokens`.

    `scope` and `tier` are None where the log does not say; whoever resolves the rate assumes one, and says so.
    """

    provider: str
    model: str
    model_version: str | None
    region: str | None
    scope: str | None
    tier: str | None
    kind: str
    prompt_band: int
    day: date


@dataclass(frozen=True)
class Rate:
    """A price, never edited: a new price is a new rate.

    `region` None holds in every region of the scope, `model_version` None for every version, `prompt_band` 0 for every
    request that no higher band of the same rate claims. `valid_until` is exclusive; None means still in force.
    `currency` is what the list was read in: tokens are priced in US dollars only. `sku` is the list's own name of the
    meter, empty where it has none.
    """

    provider: str
    model: str
    scope: str
    tier: str
    kind: str
    usd_per_mtok: Decimal
    valid_from: date
    source: str
    source_date: date
    valid_until: date | None = None
    model_version: str | None = None
    region: str | None = None
    prompt_band: int = 0
    note: str = ""
    currency: str = "USD"
    sku: str = ""

    @property
    def sold(self) -> Sold:
        """What this is the price of."""
        where = (self.provider, self.model, self.model_version, self.scope, self.region)
        return (*where, self.tier, self.kind, self.prompt_band)

    def holds(self, day: date) -> bool:
        """Whether the price is in force on that day."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)
