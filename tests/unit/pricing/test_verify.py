"""The book against others: what counts as a disagreement."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.pricing.made import line, rate

from tokenaudit.pricing.billed import billed_rates
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.verify import verify

DAY = date(2026, 10, 1)


@pytest.mark.parametrize(("theirs", "disagree"), [("3", 0), ("3.015", 0), ("3.0151", 1), ("2.985", 0), ("2.98", 1)])
def test_beyond_half_a_percent_of_the_book_is_a_disagreement(theirs: str, disagree: int) -> None:
    found = verify(PriceBook([rate("3")]), [rate(theirs, source="other")], DAY)
    assert (found.compared, len(found.disagreements), found.missing) == (1, disagree, ())


def test_a_disagreement_has_both_values_and_sources() -> None:
    (found,) = verify(PriceBook([rate("2")]), [rate("3", source="other")], DAY).disagreements
    assert found.ours
    assert (str(found.ours.usd_per_mtok), found.ours.source) == ("2", "test")
    assert (str(found.theirs.usd_per_mtok), found.theirs.source) == ("3", "other")
    assert (found.ratio, found.day) == (Decimal("0.5"), DAY)


def test_what_the_book_does_not_have_is_told_apart_with_the_reason() -> None:
    (found,) = verify(PriceBook([rate("2")]), [rate("3", tier="batch")], DAY).missing
    assert (found.ours, found.ratio, found.why) == (None, None, "no batch price for acme/one with scope regional")


def test_prices_that_are_not_in_force_are_passed_over() -> None:
    assert verify(PriceBook([rate("2")]), [rate("3", valid_until=DAY)], DAY).compared == 0


def test_a_bill_is_held_against_the_price_of_its_own_day() -> None:
    book = PriceBook([rate("3", valid_until=date(2026, 5, 2)), rate("2", valid_from=date(2026, 5, 2))])
    bills = billed_rates([line(), line(day=date(2026, 5, 2))])
    (found,) = verify(book, bills).disagreements
    assert (found.day, found.ratio) == (date(2026, 5, 2), Decimal("0.5"))


def test_a_free_price_that_somebody_else_charges_for_is_a_disagreement() -> None:
    (found,) = verify(PriceBook([rate("0", note="free")]), [rate("3")], DAY).disagreements
    assert found.ratio is None
