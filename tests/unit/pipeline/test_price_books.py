"""The layers below the book on a ledger that holds bills: what they show is what the book would have said."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.properties import ledgers

from tokenaudit.catalogue.shipped import shipped_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.ledger.ledger import Ledger, open_for_reading
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.question import Condition, Filter, Question, Side
from tokenaudit.pipeline.price_books import list_rates, rates_of_bills
from tokenaudit.pricing.apply import RateCache
from tokenaudit.pricing.book import PriceBook

EXAMPLE = Path(__file__).resolve().parents[3] / "examples" / "two-clouds"
ALL = Filter()


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Ledger:
    """The example's logs and bills."""
    folder = tmp_path_factory.mktemp("ledger") / "ledger"
    return open_for_reading(ledgers.taken(folder, [EXAMPLE / "logs", EXAMPLE / "bills"]))


def test_a_bill_shows_a_price_for_each_day_of_each_cloud(ledger: Ledger) -> None:
    rates = rates_of_bills(ledger, ALL)
    assert {rate.provider for rate in rates} == {BEDROCK, AZURE}
    assert len(PriceBook(rates).rates) == len(rates) > 20


def test_only_the_bills_of_the_rows_that_are_asked_for_are_read(ledger: Ledger) -> None:
    rates = rates_of_bills(ledger, Filter((Condition("provider", (AZURE,)), Condition("tag:team", ("search",)))))
    assert {rate.provider for rate in rates} == {AZURE}


def test_what_the_book_does_not_have_is_priced_as_the_bill_shows(ledger: Ledger) -> None:
    shipped = RateCache(PriceBook(shipped_rates()))
    layered = list_rates(PriceBook([]), ledger, ALL)
    bills = DuckEngine((), charges=ledger.charges_files()).bills(Question((Side("all", ALL),), (), ALL))
    keys = {key for each in bills if (key := each.rate_key) is not None and each.list_cost}
    found = {key: layered(key) for key in keys}
    billed = {key: each.rate for key, each in found.items() if each.layer == "bill"}
    assert billed
    for key, rate in billed.items():
        listed = shipped(key).rate
        assert rate
        assert listed
        assert float(rate.usd_per_mtok) == pytest.approx(float(listed.usd_per_mtok), rel=0.005)


def test_a_ledger_without_bills_shows_no_price(tmp_path: Path) -> None:
    folder = ledgers.taken(tmp_path / "ledger", [EXAMPLE / "logs"])
    assert rates_of_bills(open_for_reading(folder), ALL) == ()
