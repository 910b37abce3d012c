"""What the public catalogue may say, and what it must not be believed in."""

from __future__ import annotations

import subprocess
import sys
from collections import defaultdict
from datetime import UTC, date, datetime
from decimal import Decimal

import genai_prices
import pytest
from genai_prices.types import (
    ClauseEquals,
    ConditionalPrice,
    ModelInfo,
    ModelPrice,
    StartDateConstraint,
    Tier,
    TieredPrices,
    TimeOfDateConstraint,
)

from tokenaudit.catalogue import genai
from tokenaudit.catalogue.genai import SINCE, catalogue_rates
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import Rate, RateKey
from tokenaudit.pricing.apply import Fallback, RateCache
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve

DAY = date(2026, 10, 15)


def key(provider: str, model: str, scope: str, tier: str = "standard", region: str | None = None) -> RateKey:
    return RateKey(provider, model, None, region, scope, tier, "input", 0, DAY)


@pytest.fixture(scope="module")
def book() -> PriceBook:
    return PriceBook(catalogue_rates())


def test_every_rate_is_one_that_a_book_takes_and_names_library_and_version(book: PriceBook) -> None:
    assert len(book.rates) > 300
    assert {rate.source for rate in book.rates} == {f"genai-prices {genai_prices.__version__}"}
    assert {(rate.provider, rate.tier) for rate in book.rates} == {(BEDROCK, "standard"), (AZURE, "standard")}
    assert {rate.scope for rate in book.rates if rate.provider == AZURE} == {"global"}
    assert {rate.scope for rate in book.rates if rate.provider == BEDROCK} == {"global", "regional"}


def test_the_library_gives_the_standard_price_for_batch_without_a_word() -> None:
    """Why its calculator is not used. If this fails, the library has learned better."""
    usage = genai_prices.Usage(input_tokens=1_000_000)
    for provider, model in (("aws", "amazon.nova-pro-v1:0"), ("azure", "o3")):
        standard, batch = (
            genai_prices.calc_price(
                usage, model, provider_id=provider, genai_request_timestamp=datetime(2026, 10, 15, tzinfo=UTC), **asked
            ).total_price
            for asked in ({}, {"price_context": {"processing": "batch"}})
        )
        assert standard == batch > 0


@pytest.mark.parametrize(
    ("provider", "model", "scope", "region"),
    [
        (BEDROCK, "amazon/nova-pro", "regional", "us-east-1"),
        (BEDROCK, "anthropic/claude-sonnet-4-5", "global", None),
        (AZURE, "openai/o3", "global", "eastus2"),
    ],
)
def test_a_standard_price_is_never_that_of_another_tier(
    book: PriceBook, provider: str, model: str, scope: str, region: str | None
) -> None:
    assert resolve(book, key(provider, model, scope, region=region)).rate
    cache = RateCache(PriceBook([]), (Fallback("catalogue", catalogue_rates),))
    assert cache(key(provider, model, scope, region=region)).layer == "catalogue"
    for tier in ("batch", "priority", "flex", "latency_optimized", "provisioned", "reserved"):
        assert cache(key(provider, model, scope, tier, region)).rate is None, tier


@pytest.mark.parametrize("scope", ["data_zone", "regional"])
def test_a_global_price_of_azure_is_that_of_no_other_scope(book: PriceBook, scope: str) -> None:
    assert resolve(book, key(AZURE, "openai/o3", scope)).rate is None


def test_a_model_that_the_library_knows_only_from_its_vendor_has_no_price_on_azure(book: PriceBook) -> None:
    assert genai_prices.calc_price(genai_prices.Usage(input_tokens=1), "gpt-4.1", provider_id="azure").total_price
    assert resolve(book, key(AZURE, "openai/gpt-4.1", "global")).rate is None


def test_the_commercial_price_is_not_that_of_a_government_region(book: PriceBook) -> None:
    model = "anthropic/claude-sonnet-4-5"
    assert resolve(book, key(BEDROCK, model, "geo", region="us-east-1")).rate
    assert resolve(book, key(BEDROCK, model, "geo", region="us-gov-west-1")).rate is None


def test_a_price_without_a_day_rests_on_an_assumption(book: PriceBook) -> None:
    found = resolve(book, key(BEDROCK, "amazon/nova-pro", "regional", region="us-east-1"))
    assert found.rate
    assert (found.assumed, found.rate.valid_from) == (("date",), SINCE)


def test_a_price_that_changed_has_its_days(book: PriceBook) -> None:
    by_day: dict[date, set[Decimal]] = defaultdict(set)
    for rate in book.rates:
        if (rate.model, rate.scope, rate.kind, rate.prompt_band) == ("openai/gpt-5.6-luna", "regional", "input", 0):
            by_day[rate.valid_from].add(rate.usd_per_mtok)
    assert len(by_day) == 2
    assert len(set().union(*by_day.values())) == 2


def read(prices: object, name: str = "acme.one-v1:0", provider: str = BEDROCK) -> list[Rate]:
    model = ModelInfo(id=name, match=ClauseEquals(equals=name), prices=prices)  # type: ignore[arg-type]  # any form
    return [genai._rate(place, usd, "test") for place, usd in genai._prices(provider, model)]  # noqa: SLF001  # one entry


ONE, TWO = (ModelPrice(input_mtok=Decimal(usd)) for usd in (1, 2))


def test_bands_are_taken_over_where_requests_are_put_in_them_and_else_nothing_is() -> None:
    tiers = TieredPrices(base=Decimal(2), tiers=[Tier(start=200_000, price=Decimal(4))])
    assert [(each.prompt_band, each.usd_per_mtok) for each in read(ModelPrice(input_mtok=tiers))] == [
        (0, Decimal(2)),
        (200_000, Decimal(4)),
    ]
    odd = TieredPrices(base=Decimal(2), tiers=[Tier(start=150_000, price=Decimal(4))])
    assert read(ModelPrice(input_mtok=odd, output_mtok=Decimal(9))) == []


def test_a_later_price_ends_the_one_before() -> None:
    later = ConditionalPrice(StartDateConstraint(start_date=DAY), prices=TWO)
    first, second = read([ConditionalPrice(prices=ONE), later])
    assert (first.usd_per_mtok, first.valid_from, first.valid_until, first.note) == (Decimal(1), SINCE, DAY, "undated")
    assert (second.usd_per_mtok, second.valid_from, second.valid_until, second.note) == (Decimal(2), DAY, None, "")


def test_a_price_by_the_hour_of_the_day_is_none() -> None:
    hours = TimeOfDateConstraint(
        datetime(2026, 1, 1, 1, tzinfo=UTC).timetz(), datetime(2026, 1, 1, 5, tzinfo=UTC).timetz()
    )
    assert read([ConditionalPrice(prices=ONE), ConditionalPrice(hours, prices=TWO)]) == []


@pytest.mark.parametrize(
    ("provider", "name", "model", "scope"),
    [
        (BEDROCK, "regional.anthropic.claude-x-v1:0", "anthropic/claude-x", "regional"),
        (BEDROCK, "global.anthropic.claude-x-v1:0", "anthropic/claude-x", "global"),
        (BEDROCK, "acme.one-v1:0", "acme/one", "regional"),
        (AZURE, "gpt-9", "openai/gpt-9", "global"),
    ],
)
def test_scope_and_model_are_those_of_the_name(provider: str, name: str, model: str, scope: str) -> None:
    (rate,) = read(ONE, name, provider)
    assert (rate.model, rate.scope) == (model, scope)


@pytest.mark.parametrize(("provider", "name"), [(AZURE, "gpt-9:free"), (AZURE, "whose-is-it"), (BEDROCK, "nodots")])
def test_a_name_that_says_too_little_has_no_price(provider: str, name: str) -> None:
    assert read(ONE, name, provider) == []


def test_the_library_is_loaded_only_when_it_is_asked() -> None:
    code = (
        "import sys\nimport tokenaudit.pipeline.compare, tokenaudit.pipeline.price_books\n"
        "print(*sorted({'genai_prices', 'httpx2', 'httpx', 'pydantic'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
