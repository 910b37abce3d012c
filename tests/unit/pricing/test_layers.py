"""The order of the layers: contract, official, bill, catalogue; what is asked for, and for how long an answer holds."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from tests.unit.pricing.made import key, line, rate

from tokenaudit.model.columns import AZURE
from tokenaudit.pricing.apply import Fallback, RateCache
from tokenaudit.pricing.billed import billed_rates
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

if TYPE_CHECKING:
    from tokenaudit.model.rates import Rate, RateKey

DAY = date(2026, 5, 1)


def never() -> tuple[Rate, ...]:
    pytest.fail("a layer was read that nothing needed")


def layered(
    *rates: Rate, mine: tuple[Rate, ...] = (), bill: tuple[Rate, ...] = (), public: tuple[Rate, ...] = ()
) -> RateCache:
    return RateCache(PriceBook(rates, mine), (Fallback("bill", lambda: bill), Fallback("catalogue", lambda: public)))


def found(cache: RateCache, asked: RateKey) -> tuple[str, str | None]:
    result = cache(asked)
    return result.layer, str(result.rate.usd_per_mtok) if result.rate else None


def test_each_layer_is_named_and_the_stronger_one_wins() -> None:
    mine, bill, public = rate("2"), rate("4", region="us-east-1"), rate("5")
    assert found(layered(rate("3"), mine=(mine,), bill=(bill,), public=(public,)), key()) == ("contract", "2")
    assert found(layered(rate("3"), bill=(bill,), public=(public,)), key()) == ("official", "3")
    assert found(layered(bill=(bill,), public=(public,)), key()) == ("bill", "4")
    assert found(layered(public=(public,)), key()) == ("catalogue", "5")
    assert found(layered(), key()) == ("", None)


def test_the_weaker_layers_are_not_even_read_where_the_book_has_a_price() -> None:
    cache = RateCache(PriceBook([rate("3")]), (Fallback("bill", never), Fallback("catalogue", never)))
    assert found(cache, key()) == ("official", "3")
    assert cache(key(model="")).why == "model unknown"
    assert cache(key(tier="provisioned")).why == "provisioned capacity is not billed per token"


def test_a_layer_is_read_once() -> None:
    asked = []

    def public() -> tuple[Rate, ...]:
        asked.append(1)
        return (rate("5"),)

    cache = RateCache(PriceBook([]), (Fallback("catalogue", public),))
    for number in range(5):
        cache(key(day=DAY + timedelta(days=number), model=f"acme/{number}"))
    assert asked == [1]


def test_the_bill_comes_before_an_estimate_for_the_region_and_the_catalogue_does_not() -> None:
    bill, public = rate("3.6", region="eu-west-1"), rate("5")
    assert found(layered(rate("3"), bill=(bill,), public=(public,)), key(region="eu-west-1")) == ("bill", "3.6")
    cache = RateCache(PriceBook([rate("3")]), (Fallback("bill", tuple), Fallback("catalogue", never)))
    assert cache(key(region="eu-west-1")).assumed == ("region",)
    assert found(cache, key(region="eu-west-1")) == ("official", "3")


def test_a_bill_prices_its_own_day_region_scope_and_tier_only() -> None:
    cache = layered(bill=billed_rates([line()]))
    assert found(cache, key()) == ("bill", "3")
    for other in ({"day": DAY + timedelta(days=1)}, {"region": "eu-west-1"}, {"scope": "global"}, {"tier": "batch"}):
        assert cache(key(**other)).rate is None, other


def test_each_day_has_its_own_price_in_the_middle_of_a_window() -> None:
    cut = date(2026, 5, 3)
    cache = layered(rate("3", valid_until=cut), rate("2", valid_from=cut))
    days = [DAY + timedelta(days=number) for number in (3, 0, 2, 1, 4)]
    assert [found(cache, key(day=day))[1] for day in days] == ["2", "3", "2", "3", "2"]
    before, after = cache(key()), cache(key(day=cut))
    assert (before.since, before.until, after.since, after.until) == (date(2026, 1, 1), cut, cut, date.max)


def test_an_answer_holds_for_as_long_as_no_price_of_the_model_changes_in_any_layer_that_was_asked() -> None:
    bill = billed_rates([line(), line(day=DAY + timedelta(days=2), list_cost=Decimal(4))])
    cache = layered(bill=bill, public=(rate("5", valid_from=date(2026, 5, 6)),))
    priced = [found(cache, key(day=DAY + timedelta(days=number))) for number in range(7)]
    none = ("", None)
    assert priced == [("bill", "3"), none, ("bill", "4"), none, none, ("catalogue", "5"), ("catalogue", "5")]


def test_what_the_cache_says_is_what_resolving_says() -> None:
    book = PriceBook(
        [
            rate("3", valid_until=date(2026, 5, 3)),
            rate("2", valid_from=date(2026, 5, 3), valid_until=date(2026, 5, 5)),
            rate("4", region="eu-west-1", valid_from=date(2026, 5, 2)),
        ]
    )
    cache = RateCache(book)
    for region in ("us-east-1", "eu-west-1", None):
        for number in (6, 0, 3, 1, 5, 2, 4, -500):
            asked = key(region=region, day=DAY + timedelta(days=number))
            said, direct = cache(asked), resolve(book, asked)
            assert replace(said, since=direct.since, until=direct.until) == direct
            assert said.since <= asked.day < said.until


def test_a_region_without_a_price_of_its_own_is_an_assumption() -> None:
    book = PriceBook([rate("3"), rate("4", region="eu-central-1")])
    assert resolve(book, key()).assumed == (), "the list was read for us-east-1"
    assert resolve(book, key(region="eu-central-1")).assumed == ()
    assert resolve(book, key(region="ap-south-1")).assumed == ("region",)
    assert resolve(book, key(region=None)).assumed == ("region",), "the price depends on what the log does not tell"
    assert resolve(PriceBook([rate("3")]), key(region=None)).assumed == ()
    assert resolve(PriceBook([rate("3")], [rate("2")]), key(region="ap-south-1")).assumed == (), "the user's own"


def test_a_global_price_and_one_of_azure_hold_in_every_region() -> None:
    assert resolve(PriceBook([rate("3", scope="global")]), key(scope="global", region="ap-south-1")).assumed == ()
    azure = PriceBook([rate("3", provider=AZURE)])
    assert resolve(azure, key(provider=AZURE, region="uksouth")).assumed == ()


def test_a_known_zero_is_a_price_of_capacity_and_an_unknown_one_is_none() -> None:
    covered = rate("0", tier="provisioned", note="covered by the yearly commitment")
    cache = layered(mine=(covered,))
    assert found(cache, key(tier="provisioned")) == ("contract", "0")
    assert cache(key(tier="provisioned", kind="output")).why == "provisioned capacity is not billed per token"
