"""What a price book refuses, and how it is known."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from tokenaudit.errors import ConfigError, DataError
from tokenaudit.model.rates import Rate
from tokenaudit.pricing.book import PriceBook

RATE = Rate(
    provider="aws.bedrock",
    model="acme/one",
    scope="regional",
    tier="standard",
    kind="input",
    usd_per_mtok=Decimal(3),
    valid_from=date(2026, 1, 1),
    source="test",
    source_date=date(2026, 2, 1),
)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"usd_per_mtok": Decimal(3000)}, r"rate 2 .*3000 USD per 1M tokens is beyond 0.001 to 1000"),
        ({"usd_per_mtok": Decimal("0.0000025")}, r"rate 2 .*beyond"),
        ({"usd_per_mtok": Decimal(0)}, r"rate 2 .*has to be noted as `free`"),
        ({"usd_per_mtok": Decimal(0), "note": "stated"}, r"has to be noted as `free`"),
        ({"usd_per_mtok": Decimal(0), "note": "free", "valid_until": date(2026, 1, 1)}, r"ends on 2026-01-01"),
        ({"currency": "EUR"}, r"rate 2 .*a price in EUR: tokens are priced in USD"),
        ({"tier": "provisioned"}, r"rate 2 .*provisioned capacity is not billed per token"),
        ({"usd_per_mtok": Decimal(-1)}, r"-1 is no price"),
        ({"usd_per_mtok": Decimal("NaN")}, r"NaN is no price"),
        ({"valid_until": date(2026, 1, 1)}, r"ends on 2026-01-01, before it begins"),
        ({"prompt_band": 150_000}, r"prompt band 150000 is none of 0, 100000, 128000, 200000, 272000"),
    ],
)
def test_a_wrong_rate_is_refused_by_its_number(wrong: dict[str, object], message: str) -> None:
    other = replace(RATE, kind="output")
    with pytest.raises(DataError, match=message):
        PriceBook([other, replace(RATE, **wrong)])  # type: ignore[arg-type]  # one field of any type at a time
    with pytest.raises(ConfigError, match=message):
        PriceBook([], [other, replace(RATE, **wrong)])  # type: ignore[arg-type]  # the same


def test_an_absurd_rate_that_is_meant_and_a_free_one_are_written_down_as_such() -> None:
    stated = replace(RATE, usd_per_mtok=Decimal(5000), note="stated: reserved for a pilot")
    free = replace(RATE, kind="cache_write", usd_per_mtok=Decimal(0), note="free")
    covered = replace(RATE, tier="provisioned", usd_per_mtok=Decimal(0), note="covered by a yearly commitment")
    assert PriceBook([stated, free, covered]).rates == (stated, free, covered)


def test_two_prices_for_one_key_and_day_are_refused() -> None:
    until = replace(RATE, valid_until=date(2026, 6, 1))
    after = replace(RATE, valid_from=date(2026, 6, 1), usd_per_mtok=Decimal(2))
    assert len(PriceBook([after, until]).rates) == 2
    with pytest.raises(DataError, match=r"two prices hold on 2026-06-01: aws.bedrock acme/one regional standard input"):
        PriceBook([RATE, after])
    with pytest.raises(DataError, match=r"two prices hold on 2026-05-31"):
        PriceBook([until, replace(after, valid_from=date(2026, 5, 31))])


@pytest.mark.parametrize(
    "different",
    [{"region": "eu-west-1"}, {"model_version": "2"}, {"prompt_band": 200_000}, {"scope": "global"}, {"tier": "batch"}],
)
def test_another_key_is_no_overlap(different: dict[str, object]) -> None:
    assert len(PriceBook([RATE, replace(RATE, **different)]).rates) == 2  # type: ignore[arg-type]  # one field at a time


def test_an_override_overlaps_with_no_shipped_rate_but_with_its_like() -> None:
    mine = replace(RATE, usd_per_mtok=Decimal(2), source="prices.csv line 2")
    assert PriceBook([RATE], [mine]).overrides == (mine,)
    with pytest.raises(ConfigError, match=r"prices.csv line 2 and .*prices.csv line 3"):
        PriceBook([RATE], [mine, replace(mine, source="prices.csv line 3")])


def test_a_book_is_known_by_its_date_and_hash() -> None:
    newer = replace(RATE, kind="output", source_date=date(2026, 3, 1))
    book = PriceBook([RATE, newer])
    assert book.date == "2026-03-01"
    assert book.sha256 == PriceBook([newer, RATE]).sha256
    assert book.sha256 == PriceBook([newer, replace(RATE, usd_per_mtok=Decimal("3.00"))]).sha256
    assert book.sha256 != PriceBook([newer, replace(RATE, usd_per_mtok=Decimal("3.01"))]).sha256
    assert PriceBook([RATE]).sha256 != PriceBook([replace(RATE, sku="USE1-input-tokens")]).sha256
    assert PriceBook([RATE]).sha256 != PriceBook([], [RATE]).sha256
    assert PriceBook([]).date is None
