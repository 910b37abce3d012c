"""A price list made few rows: what each region, version and day costs stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.pricing.made import rate

from tokenaudit.catalogue.condense import condensed, settled
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import Rate, RateKey
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

READ = date(2026, 6, 1)
RATE = rate("2", provider=AZURE, model="openai/gpt-5", source="azure-retail-prices", source_date=READ)


def listed(**prices: str) -> list[Rate]:
    """Region -> price, all of one day; `_` is a hyphen."""
    return [
        replace(RATE, region=region.replace("_", "-"), usd_per_mtok=Decimal(price)) for region, price in prices.items()
    ]


def told(rates: list[Rate]) -> list[tuple[str | None, str, str | None]]:
    """Region, price and last day of each."""
    found = [
        (each.region, f"{each.usd_per_mtok}", f"{each.valid_until}" if each.valid_until else None) for each in rates
    ]
    return sorted(found, key=str)


def test_one_row_stands_for_every_region_of_the_same_price() -> None:
    rates = listed(eastus2="2", westus="2", northeurope="2.4", usgovvirginia="2")
    assert told(list(condensed(rates))) == [
        ("northeurope", "2.4", None),
        ("usgovvirginia", "2", None),
        (None, "2", None),
    ]


def test_without_the_home_region_most_regions_stand_for_all_and_the_cheaper_of_as_many() -> None:
    assert told(list(condensed(listed(westus="2", uksouth="3", francecentral="3"))))[-1] == (None, "3", None)
    assert told(list(condensed(listed(westus="2", uksouth="3"))))[-1] == (None, "2", None)
    assert told(list(condensed(listed(usgovvirginia="2")))) == [("usgovvirginia", "2", None)]


def test_the_home_of_bedrock_is_another() -> None:
    rates = [replace(each, provider=BEDROCK) for each in listed(us_east_1="3", eu_west_1="4", eu_west_2="4")]
    assert told(list(condensed(rates))) == [("eu-west-1", "4", None), ("eu-west-2", "4", None), (None, "3", None)]


def test_a_region_that_opened_later_shares_the_row_and_its_own_price_holds_from_the_same_day() -> None:
    later = date(2026, 3, 1)
    rates = [replace(each, valid_from=later) for each in listed(westus="2", northeurope="2.4")]
    found = list(condensed([*listed(eastus2="2"), *rates]))
    assert told(found) == [("northeurope", "2.4", None), (None, "2", None)]
    assert {each.valid_from for each in found} == {RATE.valid_from}


def test_versions_of_one_price_have_no_row_of_their_own() -> None:
    old, other, new = (
        replace(RATE, region="eastus2", model_version=version, usd_per_mtok=Decimal(price))
        for version, price in (("2025-01-01", "2"), ("2025-06-01", "5"), ("2026-01-01", "2"))
    )
    found = {(each.model_version, each.usd_per_mtok) for each in condensed([old, other, new])}
    assert found == {(None, Decimal(2)), ("2025-06-01", Decimal(5))}


def test_a_version_that_differs_in_one_kind_has_rows_for_all_kinds() -> None:
    """A book never prices a version by the rows of others, kind by kind."""
    rates = [
        replace(RATE, region="eastus2", model_version=version, kind=kind, usd_per_mtok=Decimal(price))
        for version, kind, price in (
            ("2025-01-01", "input", "2"),
            ("2025-01-01", "output", "8"),
            ("2026-01-01", "input", "2"),
            ("2026-01-01", "output", "6"),
        )
    ]
    found = {(each.model_version, each.kind) for each in condensed(rates)}
    assert found == {(None, "input"), (None, "output"), ("2025-01-01", "input"), ("2025-01-01", "output")}


def test_a_new_price_ends_the_old_one() -> None:
    cut = replace(RATE, usd_per_mtok=Decimal(1), valid_from=date(2026, 4, 1))
    assert told(list(settled([cut, RATE]))) == [(None, "1", None), (None, "2", "2026-04-01")]


def test_a_back_dated_price_replaces_what_it_covers_if_it_was_read_later() -> None:
    cut = replace(RATE, usd_per_mtok=Decimal(1), source_date=READ + timedelta(days=9))
    assert told(list(settled([RATE, cut]))) == [(None, "1", None)]
    stale = replace(RATE, usd_per_mtok=Decimal(3), valid_from=date(2026, 4, 1), source_date=READ - timedelta(days=9))
    assert told(list(settled([RATE, stale]))) == [(None, "2", None)]


def test_what_was_read_before_stays_until_the_list_says_otherwise() -> None:
    before = list(condensed(listed(eastus2="2", westus="2", northeurope="2.4", japaneast="2.2")))
    read_on, day = READ + timedelta(days=90), date(2026, 8, 1)
    now = [
        replace(each, source_date=read_on, valid_from=day)
        for each in listed(eastus2="1.5", westus="1.5", northeurope="1.5")
    ]
    assert told(list(condensed(now, before))) == [
        ("japaneast", "2.2", None),
        ("northeurope", "2.4", "2026-08-01"),
        (None, "1.5", None),
        (None, "2", "2026-08-01"),
    ]
    assert list(condensed([], before)) == before


REGIONS = ("eastus2", "westus", "northeurope", "japaneast", "usgovvirginia")
SUCCESSIONS = st.dictionaries(st.integers(0, 3), st.sampled_from(("1", "2", "3")), min_size=1)


@given(st.dictionaries(st.sampled_from(REGIONS), SUCCESSIONS, min_size=1), st.sampled_from((None, "2026-01-01")))
def test_every_listed_price_is_found_on_its_first_day(prices: dict[str, dict[int, str]], version: str | None) -> None:
    facts = [
        replace(
            RATE,
            region=region,
            usd_per_mtok=Decimal(price),
            valid_from=RATE.valid_from + timedelta(days=30 * month),
            model_version=version,
        )
        for region, succession in prices.items()
        for month, price in succession.items()
    ]
    book = PriceBook(condensed(facts))
    for fact in facts:
        key = RateKey(
            AZURE, fact.model, version, fact.region, fact.scope, fact.tier, fact.kind, fact.prompt_band, fact.valid_from
        )
        found = resolve(book, key).rate
        assert found is not None
        assert found.usd_per_mtok == fact.usd_per_mtok


@pytest.mark.parametrize("times", [1, 2])
def test_reading_the_same_list_again_changes_nothing(times: int) -> None:
    rates = listed(eastus2="2", northeurope="2.4", usgovvirginia="2.5")
    found = list(condensed(rates))
    for _ in range(times):
        found = list(condensed(rates, found))
    assert sorted(found, key=str) == sorted(condensed(rates), key=str)
