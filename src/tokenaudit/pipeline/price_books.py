"""Which price book prices, and which layers stand below it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.catalogue.genai import catalogue_rates
from tokenaudit.catalogue.overrides import read_overrides
from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.catalogue.snapshots import load, newest, snapshots
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.errors import UsageError
from tokenaudit.ledger.choose import choose_bills
from tokenaudit.model.question import Filter, Question, Side, bill_part
from tokenaudit.model.rates import BILL, CATALOGUE
from tokenaudit.pricing.apply import Fallback, RateCache
from tokenaudit.pricing.billed import billed_rates
from tokenaudit.pricing.book import PriceBook, rates_sha256
from tokenaudit.pricing.succession import succeed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.catalogue.snapshots import Snapshot
    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.rates import Rate

SHIPPED = "shipped"
SHORTEST = 6
"""Of a hash, at least so many digits name a book."""


def price_book(loaded: Loaded, reference: str | None = None) -> PriceBook:
    """The official prices, under the user's own: the shipped ones, and over them the newest snapshot on this machine.

    `reference` chooses another book: `shipped`, the day or the hash of a snapshot, or the date or the hash that a
    report names; of a hash its beginning will do. Raises ConfigError for a wrong line of the user's file, UsageError
    where no book here is meant.
    """
    path = loaded.config.prices.overrides
    overrides = read_overrides(loaded.resolve(path), shipped_rates()) if path else ()
    folder = loaded.price_snapshots()
    if reference is not None:
        return PriceBook(_named(reference.strip().lower(), snapshots(folder), overrides), overrides)
    latest = newest(folder)
    return PriceBook(shipped_rates() if latest is None else _over_shipped(latest), overrides)


def _over_shipped(snapshot: Snapshot) -> tuple[Rate, ...]:
    return succeed(shipped_rates(), load(snapshot))


def _named(wanted: str, known: tuple[Snapshot, ...], overrides: tuple[Rate, ...]) -> tuple[Rate, ...]:
    shipped = PriceBook(shipped_rates())
    long_enough = len(wanted) >= SHORTEST
    if wanted in (SHIPPED, shipped.date) or (long_enough and shipped.sha256.startswith(wanted)):
        return shipped.rates
    for each in reversed(known):
        if wanted == each.day.isoformat() or (long_enough and each.sha256.startswith(wanted[: len(each.sha256)])):
            return _over_shipped(each)
    for rates in _all_rates(known) if long_enough else ():
        # The hash in a report is of the book as a whole, the user's own prices among it.
        if any(rates_sha256(rates, own).startswith(wanted) for own in ((), overrides)):
            return rates
    names = "; ".join(
        [f"shipped: {shipped.date} {shipped.sha256[:12]}", *(f"{each.day} {each.sha256}" for each in known)]
    )
    raise UsageError(f"there is no price book {wanted!r}", hint=names)


def _all_rates(known: tuple[Snapshot, ...]) -> Iterator[tuple[Rate, ...]]:
    yield shipped_rates()
    for each in reversed(known):
        yield _over_shipped(each)


def list_rates(book: PriceBook, ledger: Ledger, base: Filter) -> RateCache:
    """List prices of all layers: the book, what the bills of these rows show, the public catalogue.

    Bills and catalogue are read when something first has no better price.
    """
    return RateCache(book, (Fallback(BILL, lambda: rates_of_bills(ledger, base)), Fallback(CATALOGUE, catalogue_rates)))


def rates_of_bills(ledger: Ledger, base: Filter) -> tuple[Rate, ...]:
    """The list prices that the bills of these rows show, by meter and day.

    They are read with an engine of their own: the one that answers the report has chosen its bills for itself.
    """
    files = ledger.charges_files()
    if not files:
        return ()
    engine = DuckEngine((), charges=files)
    engine.leave_out_bills(choose_bills(engine.bill_presence(base)))
    return billed_rates(engine.bills(Question((Side("all", Filter()),), (), bill_part(base))))
