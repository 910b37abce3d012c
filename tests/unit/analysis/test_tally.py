"""Cells priced by a real price book: the worked examples, what stays unpriced and why, what was assumed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from tests.unit.analysis.made import KIND, ORACLES, cell, pricing, rates

from tokenaudit.analysis.tally import Sums, tally
from tokenaudit.model.columns import ANSWER_TOKENS, AZURE, BEDROCK, PROMPT_TOKENS

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
