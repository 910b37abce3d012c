"""Amounts in another currency: which rate is in force, exact products, and what has no rate."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.exchange import ExchangeRate
from tokenaudit.pricing.currency import Converted, Exchange, describe, rates_used

FRIDAY = date(2026, 10, 9)
AMOUNT = Decimal("12.34")


def published(currency: str, usd: str, day: date) -> ExchangeRate:
    return ExchangeRate(currency, Decimal(usd), day, "bank", day + timedelta(days=8))


def own(usd: str, since: date, until: date | None = None, currency: str = "EUR") -> ExchangeRate:
    return ExchangeRate(currency, Decimal(usd), since, "own", until)


def test_an_amount_is_multiplied_and_says_with_what() -> None:
    exchange = Exchange([published("EUR", "1.1206", FRIDAY)])
    assert exchange.convert(AMOUNT, "EUR", FRIDAY) == Converted(
        Decimal("13.828204"), Decimal("1.1206"), FRIDAY, "bank", "EUR"
    )


def test_dollars_are_dollars_whatever_the_rates() -> None:
    for exchange in (Exchange([]), Exchange([published("USD", "2", FRIDAY)])):
        found = exchange.convert(AMOUNT, "USD", FRIDAY)
        assert found == Converted(AMOUNT, Decimal(1), FRIDAY, "", "USD")


@pytest.mark.parametrize(
    ("age_days", "rate"),
    [(0, "1.3"), (1, "1.3"), (2, "1.3"), (7, "1.3"), (8, None), (-1, "1.2"), (-2, None)],
)
def test_the_last_rate_on_or_before_the_day_for_seven_days(age_days: int, rate: str | None) -> None:
    """Friday's rate holds on the weekend; a rate of an old file does not hold for ever."""
    exchange = Exchange([published("EUR", "1.3", FRIDAY), published("EUR", "1.2", FRIDAY - timedelta(days=1))])
    found = exchange.convert(AMOUNT, "EUR", FRIDAY + timedelta(days=age_days))
    assert (found and found.rate) == (rate and Decimal(rate))


def test_no_rate_is_none_and_never_another_currencys() -> None:
    exchange = Exchange([published("EUR", "1.3", FRIDAY)], [own("0.5", FRIDAY, currency="GBP")])
    assert exchange.convert(AMOUNT, "CHF", FRIDAY) is None
    assert exchange.convert(AMOUNT, "eur", FRIDAY) is None
    assert exchange.convert(AMOUNT, "", FRIDAY) is None
    assert Exchange([]).convert(AMOUNT, "EUR", FRIDAY) is None


def test_the_users_rate_wins_while_it_holds_even_over_a_later_one() -> None:
    bank = [published("EUR", "1.3", FRIDAY + timedelta(days=number)) for number in range(-5, 5)]
    exchange = Exchange(bank, [own("1.1", FRIDAY - timedelta(days=3), FRIDAY + timedelta(days=1))])
    rates = {number: exchange.rate("EUR", FRIDAY + timedelta(days=number)) for number in range(-4, 2)}
    assert {number: rate and rate.source for number, rate in rates.items()} == {
        -4: "bank",
        -3: "own",
        -2: "own",
        -1: "own",
        0: "own",
        1: "bank",
    }


def test_the_users_rate_holds_until_the_next_one_or_its_end() -> None:
    exchange = Exchange([], [own("1.2", date(2026, 3, 1), date(2026, 4, 1)), own("1.1", date(2026, 1, 1))])
    asked = (date(2025, 12, 31), date(2026, 1, 1), date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 1))
    found = [exchange.rate("EUR", day) for day in asked]
    assert [rate and str(rate.usd) for rate in found] == [None, "1.1", "1.1", "1.2", "1.1"]
    assert exchange.rate("EUR", date(2036, 1, 1)) is not None, "its validity is the user's to say"


@given(
    units=st.integers(min_value=-(10**37), max_value=10**37),
    places=st.integers(min_value=0, max_value=12),
    digits=st.integers(min_value=1, max_value=10**15),
    rate_places=st.integers(min_value=0, max_value=20),
)
def test_the_product_is_exact(units: int, places: int, digits: int, rate_places: int) -> None:
    amount, rate = Decimal(f"{units}E-{places}"), Decimal(f"{digits}E-{rate_places}")
    found = Exchange([], [own(str(rate), FRIDAY)]).convert(amount, "EUR", FRIDAY)
    assert found is not None
    assert Fraction(found.amount_usd) == Fraction(amount) * Fraction(rate)


def test_a_sum_of_converted_amounts_is_the_converted_sum() -> None:
    exchange = Exchange([published("EUR", "1.12060000001", FRIDAY)])
    converted = [exchange.convert(Decimal("0.000000000001"), "EUR", FRIDAY) for _ in range(1000)]
    whole = exchange.convert(Decimal("0.000000001"), "EUR", FRIDAY)
    assert whole is not None
    assert sum(each.amount_usd for each in converted if each) == whole.amount_usd


def test_the_rates_that_were_used_are_told_once_each() -> None:
    monday = FRIDAY + timedelta(days=3)
    exchange = Exchange(
        [published("EUR", "1.12", FRIDAY), published("EUR", "1.13", monday), published("SEK", "0.10", FRIDAY)],
        [own("0.0064", date(2026, 1, 1), currency="JPY")],
    )
    asked = [("SEK", 0), ("EUR", 3), ("EUR", 0), ("USD", 0), ("EUR", 2), ("JPY", 1), ("JPY", 5)]
    found = [exchange.convert(AMOUNT, currency, FRIDAY + timedelta(days=days)) for currency, days in asked]
    assert [describe(rate) for rate in rates_used([each for each in found if each])] == [
        "1 EUR = 1.12 USD (2026-10-09, bank)",
        "1 EUR = 1.13 USD (2026-10-12, bank)",
        "1 JPY = 0.0064 USD (2026-01-01, own)",
        "1 SEK = 0.1 USD (2026-10-09, bank)",
    ]
    assert rates_used([]) == ()


def test_a_very_small_or_large_rate_is_written_out() -> None:
    assert describe(own("0.0000001", FRIDAY)).startswith("1 EUR = 0.0000001 USD")
    assert describe(own("1E+2", FRIDAY)).startswith("1 EUR = 100 USD")
