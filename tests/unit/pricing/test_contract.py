"""Discounts off list, exactly, and what they are not taken off."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.pricing.made import key, rate

from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.discounts import Discount
from tokenaudit.pricing.apply import RateCache
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.contract import ContractRates

if TYPE_CHECKING:
    from tokenaudit.pricing.resolve import Resolution

BOOK = PriceBook(
    [rate("3", sku="USE1-Acme-input-tokens"), rate("15", kind="output"), rate("0", kind="cache_write", note="free")]
)


def discount(percent: str = "12", **changes: Any) -> Discount:
    return replace(Discount(BEDROCK, Decimal(percent), date(2026, 4, 1)), **changes)


def agreed(*discounts: Discount, book: PriceBook = BOOK, **changes: Any) -> Resolution:
    return ContractRates(RateCache(book), discounts)(key(**changes))


def usd(found: Resolution) -> Decimal | None:
    return found.rate.usd_per_mtok if found.rate else None


def test_a_discount_is_taken_off_and_named() -> None:
    found = agreed(discount("12.5", model="acme/*"))
    assert (usd(found), found.layer) == (Decimal("2.625"), "contract")
    assert found.rate
    assert found.rate.source == "test, 12.5 % off aws.bedrock acme/*"


def test_what_has_no_discount_is_at_list_price() -> None:
    found = agreed(discount(model="other/*"))
    assert (usd(found), found.layer) == (Decimal(3), "official")


@pytest.mark.parametrize(
    ("changes", "price"),
    [
        ({"model": "acme/one"}, "2.64"),
        ({"model": "ACME/*"}, "2.64"),
        ({"model": "one"}, "2.64"),
        ({"model": "o*"}, "2.64"),
        ({"model": "acme/two"}, "3"),
        ({"provider": AZURE}, "3"),
        ({"meter": "input"}, "2.64"),
        ({"meter": "output"}, "3"),
        ({"meter": "USE1-*"}, "2.64"),
        ({"meter": "EUC1-*"}, "3"),
        ({"valid_from": date(2026, 5, 1)}, "2.64"),
        ({"valid_from": date(2026, 5, 2)}, "3"),
        ({"valid_until": date(2026, 5, 1)}, "3"),
        ({"valid_until": date(2026, 5, 2)}, "2.64"),
    ],
)
def test_what_a_discount_holds_for(changes: dict[str, Any], price: str) -> None:
    assert usd(agreed(discount(**changes))) == Decimal(price)


def test_of_several_the_last_counts() -> None:
    assert usd(agreed(discount("10"), discount("20", model="acme/*"))) == Decimal("2.4")
    assert usd(agreed(discount("20", model="acme/*"), discount("10"))) == Decimal("2.7")


def test_a_price_of_the_user_s_own_is_the_contract_already() -> None:
    assert usd(agreed(discount(), book=PriceBook([rate("3")], [rate("2")]))) == 2


def test_what_has_no_price_has_none_by_contract_either() -> None:
    assert agreed(discount(), model="acme/none").rate is None


def test_everything_off_is_a_zero_that_is_known() -> None:
    found = agreed(discount("100"))
    assert found.rate
    assert (found.rate.usd_per_mtok, found.rate.note) == (Decimal(0), "free")


def test_an_answer_holds_until_a_discount_begins_or_ends() -> None:
    found = agreed(discount(valid_until=date(2026, 6, 1)))
    assert (found.since, found.until) == (date(2026, 4, 1), date(2026, 6, 1))
