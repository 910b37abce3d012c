"""What is said of the prices beside the figures: whose they are, what was assumed, what is known to cost nothing."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from tests.unit.analysis.made import cell, pricing, rates

from tokenaudit.analysis import price_caveats
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.tally import Tally, tally
from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.discounts import Discount
from tokenaudit.pricing.apply import Fallback, RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.contract import ContractRates


def test_nothing_is_said_of_official_prices() -> None:
    counted = tally([cell({"input": 5})], pricing(rates({"input": "3"})))
    assert [*price_caveats.layers(counted), *price_caveats.covered(counted), *price_caveats.assumed(counted, [])] == []


def test_whose_prices_they_are_where_they_are_not_the_clouds() -> None:
    book = PriceBook([], rates({"input": "2"}, source="prices.csv line 2"))
    bill = Fallback("bill", lambda: rates({"output": "15"}, source="bill", region="us-east-1"))
    public = Fallback("catalogue", lambda: rates({"cache_read": "1"}, source="genai-prices 9"))
    cells = [cell({"input": 1000, "output": 20, "cache_read": 3})]
    found = list(price_caveats.layers(tally(cells, Pricing(RateCache(book, (bill, public)), cost_usd))))
    assert [(each.code, each.count) for each in found] == [
        ("contract_price", 1000),
        ("bill_price", 20),
        ("catalogue_price", 3),
    ]
    assert found[0].text == "acme/one: 1,000 tokens at prices of your own (prices.csv)"
    assert "genai-prices 9" in found[2].text


def test_a_bill_before_an_estimate_for_the_region_is_not_said_to_be_all_there_is() -> None:
    """The book had a price of the model, which only was no price of that region."""
    bill = Fallback("bill", lambda: rates({"input": "4"}, source="bill", region="ap-south-1"))
    cells = [cell({"input": 1000}, region="ap-south-1")]
    cache = RateCache(PriceBook(rates({"input": "3"})), (bill,))
    (found,) = price_caveats.layers(tally(cells, Pricing(cache, cost_usd)))
    assert (found.code, found.text.partition("; ")[2]) == (
        "bill_price",
        "the price book has none, or none of the region",
    )


def test_many_models_are_named_up_to_ten() -> None:
    mine = [rate for number in range(12) for rate in rates({"input": "2"}, model=f"acme/x{number}")]
    cells = [cell({"input": 100 - number}, model=f"acme/x{number}") for number in range(12)]
    found = list(price_caveats.layers(tally(cells, Pricing(RateCache(PriceBook([], mine)), cost_usd))))
    assert len(found) == 11
    assert (found[-1].count, found[-1].text) == (90 + 89, "2 more models: 179 tokens priced likewise")


def test_a_region_without_a_price_of_its_own_is_said() -> None:
    cells = [cell({"input": 5}, region="ap-south-1", requests=3), cell({"input": 5})]
    (found,) = price_caveats.assumed(tally(cells, pricing(rates({"input": "3"}))), cells)
    assert (found.code, found.count) == ("assumed_region", 3)
    assert "3 requests (75.0%; aws.bedrock): priced as in the US" in found.text


def test_where_nobody_counted_the_requests_an_assumption_is_said_without_a_share() -> None:
    """Metrics of tokens alone ended in a division by zero."""
    cells = [cell({"input": 5}, region="ap-south-1", requests=0)]
    (found,) = price_caveats.assumed(tally(cells, pricing(rates({"input": "3"}))), cells)
    assert (found.code, found.count) == ("assumed_region", None)
    assert "for the region of requests of aws.bedrock: priced as in the US" in found.text


def test_a_price_of_an_unknown_day_is_said() -> None:
    cells = [cell({"input": 5})]
    (found,) = price_caveats.assumed(tally(cells, pricing(rates({"input": "3"}, note="undated"))), cells)
    assert (found.code, found.count) == ("assumed_date", 1)


def test_what_costs_nothing_is_covered_with_the_reason() -> None:
    book = pricing(
        rates({"cache_write": "0"}, note="free"), rates({"input": "0"}, tier="provisioned", note="covered by PTU")
    )
    cells = [cell({"cache_write": 700}), cell({"input": 30_000}, tier="provisioned")]
    found = list(price_caveats.covered(tally(cells, book)))
    assert [(each.code, each.text, each.count) for each in found] == [
        ("covered", "acme/one: 30,000 tokens cost nothing (covered by PTU)", 30_000),
        ("covered", "acme/one: 700 tokens cost nothing (free)", 700),
    ]


def test_discounts_are_named_with_the_tokens_that_they_hold_for() -> None:
    contract = [Discount(BEDROCK, Decimal(12), date(2026, 1, 1), "acme/*")]
    rate = RateCache(PriceBook(rates({"input": "3"})))
    counted = tally([cell({"input": 50})], Pricing(ContractRates(rate, contract), cost_usd))
    (found,) = price_caveats.discounts(contract, counted)
    assert found.count == 50
    assert "list cost less 12 % off aws.bedrock acme/*; 50 tokens" in found.text
    assert not list(price_caveats.discounts(contract, None))


def test_an_empty_tally_needs_no_word() -> None:
    assert not [*price_caveats.layers(Tally()), *price_caveats.covered(Tally()), *price_caveats.unpriced(Tally())]
