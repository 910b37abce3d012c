"""Cells priced by a real price book: the worked examples, what stays unpriced and why, what was assumed."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.unit.analysis.made import KIND, ORACLES, cell, pricing, rates

from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.tally import Sums, tally
from tokenaudit.model.columns import ANSWER_TOKENS, AZURE, BEDROCK, PROMPT_TOKENS
from tokenaudit.pricing.apply import Fallback, RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

ONE = pricing(rates({"input": "3", "output": "15"}))


def _of(sums: dict[Any, Sums]) -> Sums:
    (only,) = sums.values()
    return only


@pytest.mark.parametrize(
    ("semantics", "provider", "tokens"),
    [
        ("bedrock", BEDROCK, {"input": 1000, "cache_read": 8000, "cache_write": 1000, "output": 500}),
        ("azure", AZURE, {"input": 10_000 - 8000, "cache_read": 8000, "output": 500}),
    ],
)
def test_oracle_cost_of_a_request(semantics: str, provider: str, tokens: dict[str, int | None]) -> None:
    (case,) = (case for name, case in ORACLES["cost_per_request"].items() if name.startswith(semantics))
    expected = case["expect"]
    prices = rates({KIND[name]: usd for name, usd in case["input"]["prices"].items()}, provider=provider)
    scope = prices[0].scope
    sums = _of(tally([cell(tokens, provider=provider, scope=scope)], pricing(prices)).sums)
    assert sums.list_cost_usd() == Decimal(expected["cost"])
    assert sums.cache_hit_ratio() == expected["cache_hit_ratio"]
    if semantics == "azure":
        assert float(sums.usd_per_mtok() or 0) == pytest.approx(expected["blended_per_1m_all_tokens"], rel=1e-15)
        assert sums.usd_per_mtok(PROMPT_TOKENS) == Decimal(str(expected["effective_input_price_per_1m"]))
        assert sums.usd_per_mtok(PROMPT_TOKENS) == Decimal(str(expected["per_1m_prompt_tokens"]))


def test_oracle_long_prompts_are_priced_a_request_at_a_time() -> None:
    # The oracle's prices: 2.50 and 15 up to 272,000 prompt tokens, twice and one and a half times beyond.
    oracle = ORACLES["context_tier_must_price_per_request"]
    given, expected = oracle["input"]["10 requests each"], oracle["expect"]
    book = pricing(
        rates({"input": "2.50", "output": "15"}), rates({"input": "5", "output": "22.50"}, prompt_band=272_000)
    )
    summed: dict[str, int | None] = {kind: 10 * count for kind, count in given.items()}
    short = _of(tally([cell(summed, requests=10)], book).sums)
    assert short.list_cost_usd() == Decimal(str(expected["sum_of_per_request"]))
    long = _of(tally([cell(summed, requests=10, prompt_band=272_000)], book).sums)
    assert long.list_cost_usd() == Decimal(str(expected["wrong_price_of_summed_tokens"]))


def test_a_blended_price_is_the_ratio_of_sums_and_not_a_mean_of_ratios() -> None:
    cells = [cell({"input": 7_000_000}), cell({"input": 1000, "output": 1_000_000})]
    sums = _of(tally(cells, ONE).sums)
    exact = Fraction(7_001_000 * 3 + 1_000_000 * 15, 8_001_000)
    assert abs(Fraction(sums.usd_per_mtok() or 0) - exact) < Fraction(1, 10**20)
    assert sums.usd_per_mtok(PROMPT_TOKENS) == 3
    assert sums.usd_per_mtok(ANSWER_TOKENS) == 15


def test_of_a_group_that_is_priced_in_part_only_that_part_is_counted() -> None:
    result = tally([cell({"input": 1_000_000, "cache_read": 500, "output": None})], ONE)
    sums = _of(result.sums)
    assert sums.list_cost_usd() == 3
    assert sums.list_cost_usd(("cache_read_tokens",)) is None
    assert sums.usd_per_mtok(PROMPT_TOKENS) == 3, "unpriced tokens are not in the divisor either"
    assert sums.usd_per_mtok(ANSWER_TOKENS) is None
    assert result.unpriced == {("acme/one", "no standard price for cache_read tokens of acme/one"): 500}


@pytest.mark.parametrize(
    ("changes", "label", "why"),
    [
        ({"model": "acme/two"}, "acme/two", "no price for acme/two"),
        ({"day": cell().day.replace(year=2025)}, "acme/one", "no price before 2026-01-01"),
        ({"tier": "priority"}, "acme/one", "no priority price for acme/one with scope regional"),
        ({"tier": "provisioned"}, "acme/one", "provisioned capacity is not billed per token"),
        ({"model": None, "name": "chat-prod"}, "chat-prod", "model unknown"),
        ({"model": None, "name": None}, "model not named in the log", "model unknown"),
    ],
)
def test_tokens_without_a_price_are_listed_with_the_reason_and_cost_nothing_known(
    changes: dict[str, Any], label: str, why: str
) -> None:
    result = tally([cell({"input": 5}, **changes)], ONE)
    sums = _of(result.sums)
    assert result.unpriced == {(label, why): 5}
    assert (sums.list_cost_usd(), sums.usd_per_mtok(), sums.total_tokens()) == (None, None, 5)


def test_no_tokens_of_a_kind_need_no_price() -> None:
    result = tally([cell({"input": 5, "cache_read": 0})], ONE)
    assert not result.unpriced
    assert _of(result.sums).tokens["cache_read_tokens"] == 0


def test_assumptions_are_counted_in_requests_once_a_cell() -> None:
    cells = [
        cell({"input": 5, "output": 7}, scope=None, tier=None, requests=10),
        cell({"input": 5}, tier=None, requests=3),
        cell({"input": 5}, requests=100),
        cell({}, scope=None, requests=1000),
    ]
    result = tally(cells, ONE)
    assert result.assumed == {"scope": {BEDROCK: 10}, "tier": {BEDROCK: 13}}
    assert _of(result.sums).list_cost_usd() == Decimal("0.00015")


def test_strict_takes_no_price_that_rests_on_an_assumption() -> None:
    cells = [cell({"input": 5}, scope=None, tier=None), cell({"input": 2})]
    result = tally(cells, ONE, strict=True)
    assert _of(result.sums).list_cost_usd() == Decimal("0.000006")
    assert result.unpriced == {("acme/one", "scope and tier assumed, and --strict assumes nothing"): 5}
    assert not result.assumed


def test_strict_names_the_better_reason_where_there_is_no_price_at_all() -> None:
    result = tally([cell({"input": 5}, model="acme/two", tier=None)], ONE, strict=True)
    assert result.unpriced == {("acme/two", "no price for acme/two"): 5}


def test_a_price_that_depends_on_an_unknown_version_is_an_assumption() -> None:
    book = pricing(rates({"input": "3"}), rates({"input": "5"}, model_version="2024-05-13"))
    assert tally([cell({"input": 5})], book).assumed == {"version": {BEDROCK: 1}}
    dated = tally([cell({"input": 1_000_000}, model_version="2024-05-13")], book)
    assert not dated.assumed
    assert _of(dated.sums).list_cost_usd() == 5


@pytest.mark.parametrize("order", [1, -1])
def test_unknown_and_known_make_known_in_any_order(order: int) -> None:
    cells = [cell({"input": 5}), cell({})][::order]
    assert _of(tally(cells, ONE).sums).tokens["input_tokens"] == 5


def test_a_hit_ratio_is_over_every_prompt_token_and_no_other() -> None:
    tokens: dict[str, int | None] = {
        "input": 1,
        "cache_read": 4,
        "cache_write": 2,
        "cache_write_1h": 2,
        "audio_input": 1,
        "output": 99,
    }
    assert _of(tally([cell(tokens)], ONE).sums).cache_hit_ratio() == 0.4


def test_adding_up_a_side_changes_none_of_its_groups() -> None:
    cells = [cell({"input": 1}, requests=2, error_count=1), cell({"input": 1}, group=("x",), requests=3)]
    result = tally(cells, ONE)
    for _ in range(2):
        assert (result.side("left").requests, result.side("left").errors) == (5, 1)
    assert result.side("nobody") == Sums()
    assert [sums.requests for sums in result.sums.values()] == [2, 3]


def test_each_day_is_priced_at_its_own_rate_in_the_middle_of_a_window() -> None:
    cut = date(2026, 10, 3)
    book = pricing(rates({"input": "3"}, valid_until=cut), rates({"input": "2"}, valid_from=cut))
    cells = [cell({"input": 1_000_000}, day=date(2026, 10, day)) for day in (1, 2, 3, 4, 2)]
    assert _of(tally(cells, book).sums).list_cost_usd() == 3 * 3 + 2 * 2


def test_the_price_of_a_roll_up_is_the_sum_of_the_prices_of_its_cells() -> None:
    cut = date(2026, 10, 3)
    prices = {"input": "0.123456789", "output": "7.77"}
    book = pricing(rates(prices, valid_until=cut), rates({"input": "2", "output": "3"}, valid_from=cut))
    cells = [
        cell(
            {"input": 10**9 + number, "output": 7 * number + 1}, day=date(2026, 10, 1 + number % 5), group=(number % 3,)
        )
        for number in range(60)
    ]
    alone = [sums.list_cost_usd() or 0 for each in cells for sums in tally([each], book).sums.values()]
    assert sum(sums.list_cost_usd() or 0 for sums in tally(cells, book).sums.values()) == sum(alone)


def test_a_priority_request_that_was_served_as_standard_costs_the_standard_price() -> None:
    # What the log says was served is the tier; what was asked for is nowhere in the ledger.
    book = pricing(rates({"input": "3"}), rates({"input": "5.25"}, tier="priority"))
    served = [cell({"input": 1_000_000}), cell({"input": 1_000_000}, tier="priority")]
    assert [_of(tally([each], book).sums).list_cost_usd() for each in served] == [3, Decimal("5.25")]


def test_five_minute_and_one_hour_writes_have_each_their_price() -> None:
    book = pricing(rates({"cache_write": "3.75", "cache_write_1h": "6"}))
    sums = _of(tally([cell({"cache_write": 1_000_000, "cache_write_1h": 1_000_000})], book).sums)
    assert (sums.cost_usd["cache_write_tokens"], sums.cost_usd["cache_write_1h_tokens"]) == (
        Decimal("3.75"),
        Decimal(6),
    )


def test_audio_tokens_and_embeddings_have_each_their_price() -> None:
    book = pricing(rates({"input": "0.6", "audio_input": "10", "output": "2.4", "audio_output": "20"}))
    tokens: dict[str, int | None] = dict.fromkeys(("input", "audio_input", "output", "audio_output"), 1_000_000)
    assert _of(tally([cell(tokens)], book).sums).list_cost_usd() == 33
    embedding = tally([cell({"input": 1_000_000, "output": 0})], pricing(rates({"input": "0.02"})))
    assert _of(embedding.sums).list_cost_usd() == Decimal("0.02")
    assert not embedding.unpriced, "an embedding has no answer, and needs no price for one"


def test_tokens_are_counted_by_the_layer_that_priced_them() -> None:
    book = PriceBook(rates({"input": "3"}), rates({"output": "10"}, source="prices.csv line 2"))
    public = Fallback("catalogue", lambda: rates({"cache_read": "0.3"}, source="public 1.0", note="undated"))
    given: dict[str, int | None] = {"input": 5, "output": 7, "cache_read": 11}
    result = tally([cell(given), cell(given)], Pricing(RateCache(book, (public,)), cost_usd))
    assert result.layers == {
        "official": {("acme/one", "test"): 10},
        "contract": {("acme/one", "prices.csv line 2"): 14},
        "catalogue": {("acme/one", "public 1.0"): 22},
    }
    assert result.assumed == {"date": {BEDROCK: 2}}


def test_a_known_zero_is_covered_and_not_unpriced() -> None:
    book = pricing(rates({"input": "3"}), rates({"cache_write": "0"}, note="free"))
    result = tally([cell({"input": 1_000_000, "cache_write": 400})], book)
    assert result.covered == {("acme/one", "free"): 400}
    assert not result.unpriced
    assert (_of(result.sums).list_cost_usd(), _of(result.sums).priced_tokens["cache_write_tokens"]) == (Decimal(3), 400)


@pytest.mark.parametrize("quantities", ["quantities0", "quantities1"])
def test_oracle_price_index_of_matched_skus(quantities: str) -> None:
    """Old and new prices on the same tokens: on those of the first period it is Laspeyres' index, else Paasche's."""
    oracle, change = ORACLES["price_index_matched_skus"]["expect"], ORACLES["cost_change_attribution"]["input"]
    kinds = {"in": ("input", "price_in"), "cached": ("cache_read", "price_cached"), "out": ("output", "price_out")}
    cells, books = [], []
    for sku, millions in oracle[quantities].items():
        model, kind = sku.split(".")
        cells.append(cell({kinds[kind][0]: round(millions * 1_000_000)}, model=f"acme/{model}"))
    for period in ("period0", "period1"):
        models = {model: change[period]["models"][model] for model in ("A", "B")}
        told = [
            rates({name: str(prices[column]) for name, column in kinds.values()}, model=f"acme/{model}")
            for model, prices in models.items()
        ]
        books.append(pricing(*told))
    before, after = (_of(tally(cells, book).sums).list_cost_usd() or Decimal(0) for book in books)
    index, effect = {
        "quantities0": ("laspeyres_price", "laspeyres_price_effect_usd (sum (p1-p0)q0)"),
        "quantities1": ("paasche_price", "paasche_price_effect_usd (sum (p1-p0)q1)"),
    }[quantities]
    assert after - before == Decimal(str(oracle[effect]))
    assert float(after / before) == pytest.approx(oracle[index], rel=1e-15)


@pytest.mark.parametrize(
    "asked", ORACLES["cache_write_break_even"]["cases"], ids=lambda case: f"write at {case['p_cw']}"
)
def test_oracle_a_cache_write_pays_from_so_many_reads_on(asked: dict[str, float]) -> None:
    """Written once and read r times costs what the same prompts without a cache cost, where r is the oracle's."""
    kinds = {"input": "p_in", "cache_write": "p_cw", "cache_read": "p_cr"}
    book = pricing(rates({kind: str(asked[name]) for kind, name in kinds.items()}))
    written = 27_000_000
    reads = round(written * asked["expect"])

    def cost(**tokens: int | None) -> Decimal:
        return _of(tally([cell(tokens)], book).sums).list_cost_usd() or Decimal(0)

    assert cost(cache_write=written, cache_read=reads) == cost(input=written + reads)
    assert cost(cache_write=written, cache_read=reads + 1) < cost(input=written + reads + 1)
    assert cost(cache_write=written, cache_read=reads - 1) > cost(input=written + reads - 1)


def test_groups_of_whose_tokens_some_have_no_price_are_known() -> None:
    cells = [
        cell({"input": 10, "output": 5}, group=("whole",)),
        cell({"input": 10, "cache_read": 5}, group=("partly",)),
        cell({}, group=("silent",)),
    ]
    assert tally(cells, ONE).partly_priced() == {("left", ("partly",))}
