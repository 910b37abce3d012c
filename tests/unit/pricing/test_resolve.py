"""Which rate a key gets, what is assumed, and what stays unpriced."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from tests.unit.pricing.made import key, rate

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import Resolution, resolve


def price(found: Resolution) -> Decimal | None:
    return found.rate.usd_per_mtok if found.rate else None


def test_a_rate_for_the_region_comes_before_one_for_all() -> None:
    book = PriceBook([rate("3"), rate("4", region="eu-west-1")])
    assert price(resolve(book, key(region="eu-west-1"))) == 4
    assert price(resolve(book, key(region="ap-south-1"))) == 3
    assert price(resolve(book, key(region=None))) == 3


def test_without_a_rate_for_all_regions_an_unknown_one_is_unpriced() -> None:
    book = PriceBook([rate("4", region="eu-west-1")])
    assert resolve(book, key(region="ap-south-1")).why == "no price for acme/one in region ap-south-1"


def test_a_rate_for_the_version_comes_before_one_for_all_and_before_the_region() -> None:
    book = PriceBook([rate("3"), rate("5", model_version="v1"), rate("4", region="us-east-1")])
    assert price(resolve(book, key(model_version="v1"))) == 5
    assert price(resolve(book, key(model_version="v2"))) == 4


def test_a_version_that_the_log_does_not_name_is_an_assumption_where_the_price_depends_on_it() -> None:
    book = PriceBook([rate("3"), rate("5", model_version="v1")])
    assert resolve(book, key()).assumed == ("version",)
    assert resolve(book, key(model_version="v2")).assumed == ()
    assert resolve(PriceBook([rate("3"), rate("3", model_version="v1")]), key()).assumed == ()


def test_a_version_with_a_price_of_its_own_is_never_priced_as_the_others() -> None:
    book = PriceBook([rate("3"), rate("5", model_version="v1", valid_from=date(2026, 4, 1))])
    assert resolve(book, key(model_version="v1", day=date(2026, 3, 1))).why == "no price before 2026-04-01"
    assert price(resolve(book, key(model_version="v2", day=date(2026, 3, 1)))) == 3


def test_only_other_versions_known_is_unpriced() -> None:
    book = PriceBook([rate("5", model_version="v1")])
    assert resolve(book, key(model_version="v2")).why == "no price for this version of acme/one"


@pytest.mark.parametrize(("band", "usd"), [(0, 3), (128_000, 3), (200_000, 6), (272_000, 6)])
def test_the_highest_band_that_the_prompt_exceeds_is_taken(band: int, usd: int) -> None:
    book = PriceBook([rate("3"), rate("6", prompt_band=200_000)])
    assert price(resolve(book, key(prompt_band=band))) == usd


def test_a_short_prompt_is_not_priced_as_a_long_one() -> None:
    found = resolve(PriceBook([rate("6", prompt_band=200_000)]), key())
    assert (found.rate, found.why) == (None, "no price for short prompts of acme/one")


def test_each_day_has_its_own_price_and_the_last_day_is_exclusive() -> None:
    book = PriceBook([rate("3", valid_until=date(2026, 5, 1)), rate("2", valid_from=date(2026, 5, 1))])
    assert price(resolve(book, key(day=date(2026, 4, 30)))) == 3
    assert price(resolve(book, key(day=date(2026, 5, 1)))) == 2


def test_usage_before_the_first_price_or_after_the_last_is_unpriced() -> None:
    book = PriceBook([rate("3", valid_until=date(2026, 5, 1))])
    before, after = resolve(book, key(day=date(2025, 12, 31))), resolve(book, key(day=date(2026, 5, 1)))
    assert (before.rate, before.why) == (None, "no price before 2026-01-01")
    assert (after.rate, after.why) == (None, "no price since 2026-05-01")


@pytest.mark.parametrize(("provider", "scope"), [(BEDROCK, "regional"), (AZURE, "global")])
def test_a_silent_log_is_priced_as_usual_and_says_so(provider: str, scope: str) -> None:
    book = PriceBook([rate("3", provider=provider, scope=scope)])
    found = resolve(book, key(provider=provider, scope=None, tier=None))
    assert price(found) == 3
    assert found.assumed == ("scope", "tier")


def test_a_geographic_profile_bills_its_region_unless_it_has_a_price_of_its_own() -> None:
    regional = [rate("3"), rate("4", region="eu-west-1")]
    assert price(resolve(PriceBook(regional), key(scope="geo", region="eu-west-1"))) == 4
    assert price(resolve(PriceBook([*regional, rate("5", scope="geo")]), key(scope="geo", region="eu-west-1"))) == 5
    assert resolve(PriceBook(regional), key(scope="global")).rate is None
    assert resolve(PriceBook([rate("3", provider=AZURE)]), key(provider=AZURE, scope="geo")).rate is None


@pytest.mark.parametrize("tier", ["batch", "priority", "flex", "latency_optimized"])
def test_no_tier_is_ever_priced_as_standard(tier: str) -> None:
    found = resolve(PriceBook([rate("3")]), key(tier=tier))
    assert (found.rate, found.why) == (None, f"no {tier} price for acme/one with scope regional")


@pytest.mark.parametrize("tier", ["provisioned", "reserved"])
def test_bought_capacity_is_not_billed_per_token(tier: str) -> None:
    found = resolve(PriceBook([rate("3")]), key(tier=tier))
    assert (found.rate, found.why) == (None, f"{tier} capacity is not billed per token")


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"model": ""}, "model unknown"),
        ({"model": "acme/two"}, "no price for acme/two"),
        ({"provider": AZURE}, "no price for acme/one"),
        ({"provider": "other", "scope": None}, "scope unknown"),
        ({"scope": "global"}, "no price for acme/one with scope global"),
        ({"kind": "cache_write_1h"}, "no standard price for cache_write_1h tokens of acme/one"),
        (
            {"region": "us-gov-west-1"},
            "no price for acme/one in region us-gov-west-1, which has a price list of its own",
        ),
    ],
)
def test_what_is_missing_is_named_and_never_zero(changes: dict[str, object], why: str) -> None:
    found = resolve(PriceBook([rate("3")]), key(**changes))
    assert (found.rate, found.why) == (None, why)


def test_a_government_region_has_its_own_price() -> None:
    book = PriceBook([rate("3"), rate("3.6", region="us-gov-west-1")])
    assert price(resolve(book, key(region="us-gov-west-1"))) == Decimal("3.6")


def test_an_override_wins_where_it_holds_and_both_stay_visible() -> None:
    mine = rate("2", source="prices.csv line 2", valid_from=date(2026, 4, 1), valid_until=date(2026, 6, 1))
    book = PriceBook([rate("3"), rate("4", region="eu-west-1"), rate("9", prompt_band=200_000)], [mine])
    found = resolve(book, key(region="eu-west-1"))
    assert found.rate is mine
    assert [each.source for each in (*book.overrides, *book.rates)] == ["prices.csv line 2", *3 * ["test"]]
    assert price(resolve(book, key(day=date(2026, 6, 1)))) == 3
    assert price(resolve(book, key(prompt_band=200_000))) == 9, "a price for short prompts is none for long ones"
    assert resolve(book, key(region="us-gov-west-1")).rate is mine, "what the user says of every region, she means"


def test_an_override_without_a_version_holds_for_every_version() -> None:
    book = PriceBook([rate("3"), rate("5", model_version="v1")], [rate("2")])
    assert price(resolve(book, key(model_version="v1"))) == 2
    assert resolve(book, key()).assumed == ()
