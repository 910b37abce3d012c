"""Which price book prices, and which layers stand below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.catalogue.genai import catalogue_rates
from tokenaudit.catalogue.overrides import read_overrides
from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.errors import UsageError
from tokenaudit.ledger.choose import choose_bills
from tokenaudit.model.question import Filter, Question, Side, bill_part
from tokenaudit.model.rates import BILL, CATALOGUE
from tokenaudit.pricing.apply import Fallback, RateCache
from tokenaudit.pricing.billed import billed_rates
from tokenaudit.pricing.book import PriceBook, rates_sha256

if TYPE_CHECKING:
    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.rates import Rate

SHORTEST = 6
"""Of a hash, at least so many digits name a book."""


def price_book(loaded: Loaded, reference: str | None = None) -> PriceBook:
    """The official prices, under the user's own.

    `reference` is the date or the hash (or its beginning) of the book that is to price, as a report's provenance gives
    them; None is the shipped one. Raises ConfigError for a wrong line of the user's file, UsageError where no book here
    is meant.
    """
    path = loaded.config.prices.overrides
    overrides = read_overrides(loaded.resolve(path), shipped_rates()) if path else ()
    rates = shipped_rates() if reference is None else _named(reference, overrides)
    return PriceBook(rates, overrides)


def _named(reference: str, overrides: tuple[Rate, ...]) -> tuple[Rate, ...]:
    shipped = PriceBook(shipped_rates())
    wanted = reference.strip().lower()
    if wanted in ("shipped", shipped.date) or _is_hash(wanted, shipped.rates, overrides):
        return shipped.rates
    raise UsageError(
        f"there is no price book {reference!r}",
        hint=f"the shipped one is of {shipped.date}, {shipped.sha256[:12]}; `tokenaudit prices update` makes others",
    )


def _is_hash(wanted: str, rates: tuple[Rate, ...], overrides: tuple[Rate, ...]) -> bool:
    """Whether this begins the hash of the rates, or of the whole book that they make with the user's own."""
    if len(wanted) < SHORTEST:
        return False
    return rates_sha256(rates).startswith(wanted) or rates_sha256(rates, overrides).startswith(wanted)


def list_rates(book: PriceBook, engine: DuckEngine, base: Filter) -> RateCache:
    """List prices of all layers: the book, what the bills of these rows show, the public catalogue.

    Bills and catalogue are read when something first has no better price.
    """

    def billed() -> tuple[Rate, ...]:
        engine.leave_out_bills(choose_bills(engine.bill_presence(base)))
        return billed_rates(engine.bills(Question((Side("all", Filter()),), (), bill_part(base))))

    return RateCache(book, (Fallback(BILL, billed), Fallback(CATALOGUE, catalogue_rates)))
