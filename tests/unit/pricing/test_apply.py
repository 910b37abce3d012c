"""Exact money: the worked examples of fixtures/oracles/methods_oracles.json."""

from __future__ import annotations

import json
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from tests.unit.pricing.made import rate

from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.model.columns import AZURE, BEDROCK
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

ORACLES: dict[str, Any] = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "oracles" / "methods_oracles.json").read_text(encoding="utf-8")
)


def test_cost_per_request_where_input_excludes_cached_tokens() -> None:
    case = ORACLES["cost_per_request"]["bedrock_semantics (inputTokens EXCLUDES cache read/write)"]
    given, price = case["input"], case["input"]["prices"]
    cost = (
        cost_usd(given["inputTokens"], rate(price["in"]))
        + cost_usd(given["cacheReadInputTokens"], rate(price["cr"]))
        + cost_usd(given["cacheWriteInputTokens"], rate(price["cw"]))
        + cost_usd(given["outputTokens"], rate(price["out"]))
    )
    assert cost == Decimal(case["expect"]["cost"])


def test_cost_per_request_where_the_prompt_includes_cached_tokens() -> None:
    case = ORACLES["cost_per_request"]["azure_semantics (prompt_tokens INCLUDES cached_tokens)"]
    given, price = case["input"], case["input"]["prices"]
    cached = given["prompt_tokens_details.cached_tokens"]
    cost = (
        cost_usd(given["prompt_tokens"] - cached, rate(price["in"]))
        + cost_usd(cached, rate(price["cr"]))
        + cost_usd(given["completion_tokens"], rate(price["out"]))
    )
    assert cost == Decimal(case["expect"]["cost"])


def test_a_context_tier_is_priced_per_request_and_never_for_a_sum() -> None:
    case = ORACLES["context_tier_must_price_per_request"]
    tokens = case["input"]["10 requests each"]
    known = RateCache(PriceBook(*load_rates()))

    def cost(band: int) -> Decimal:
        total = Decimal(0)
        for kind, number in tokens.items():
            found = known(
                RateKey(AZURE, "openai/gpt-5.4", None, "eastus2", "global", "standard", kind, band, date(2026, 10, 1))
            )
            assert found.rate is not None
            total += cost_usd(10 * number, found.rate)
        return total

    assert cost(band=0) == Decimal(str(case["expect"]["sum_of_per_request"])), "100K prompts, rolled up in their band"
    assert cost(band=272_000) == Decimal(str(case["expect"]["wrong_price_of_summed_tokens"])), "what the sum would cost"


def test_the_arithmetic_is_exact_whatever_the_size() -> None:
    assert cost_usd(1, rate("0.0025")) == Decimal("2.5E-9")
    assert cost_usd(2**53, rate("0.123456789")) == Decimal(2**53) * Decimal(123456789).scaleb(-15)
    assert sum((cost_usd(1, rate("0.3")) for _ in range(1000)), Decimal(0)) == cost_usd(1000, rate("0.3"))
    assert cost_usd(0, rate("3")) == 0
    with pytest.raises(ValueError, match="-1 tokens"):
        cost_usd(-1, rate("3"))


def test_a_key_is_resolved_once() -> None:
    known = RateCache(PriceBook([rate("3")]))
    key = RateKey(BEDROCK, "acme/one", None, None, None, None, "input", 0, date(2026, 5, 1))
    assert known(key) is known(key)
