"""Why the cost changed: each planted cause comes out as what it is, and the parts add up to the change."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.analysis.made import ORACLES
from tests.unit.analysis.windows import ONE, TWO, usage

from tokenaudit.analysis.gate_causes import effects_sections, why
from tokenaudit.model.baseline import EVERYTHING

if TYPE_CHECKING:
    from tokenaudit.model.baseline import UsageCell

PRICES = {"input": "3", "cache_read": "0.3", "output": "15"}
USED = {"input": 1_500_000, "cache_read": 500_000, "output": 400_000}
ORACLE: dict[str, Any] = ORACLES["cost_change_attribution"]


def of_oracle(period: str) -> list[UsageCell]:
    cells = []
    for model, told in ORACLE["input"][period]["models"].items():
        requests, prompt = told["requests"], told["prompt_tokens_per_req"]
        cached = round(requests * prompt * told["cache_hit"])
        tokens = {
            "input": requests * prompt - cached,
            "cache_read": cached,
            "output": requests * told["output_tokens_per_req"],
        }
        prices = {"input": told["price_in"], "cache_read": told["price_cached"], "output": told["price_out"]}
        used = {kind: count for kind, count in tokens.items() if count}
        cells.append(usage(used, {kind: str(usd) for kind, usd in prices.items()}, requests, f"acme/{model}"))
    return cells


def test_the_change_of_the_oracle() -> None:
    found = why(of_oracle("period0"), of_oracle("period1"))
    whole = found.effects[EVERYTHING]
    assert sum(whole.values()) == Fraction(ORACLE["expect"]["delta_exact"])
    sections = effects_sections(found)
    assert sections[0].title == "Why list cost went from $8.34 to $10.14"
    assert sum(row["usd"] for row in sections[0].rows) == Decimal(ORACLE["expect"]["delta_exact"])  # type: ignore[misc]
    exact = ORACLE["expect"]["shapley_exact"]
    assert whole == {name: Fraction(text) for name, text in exact.items()}


def test_nothing_changed() -> None:
    cells = [usage(USED, PRICES)]
    assert set(why(cells, cells).effects[EVERYTHING].values()) == {0}
    assert why(cells, cells).causes(EVERYTHING, rise=True) == ""


@pytest.mark.parametrize(
    ("after", "effect", "usd"),
    [
        (usage(USED, {"input": "3.3", "cache_read": "0.33", "output": "16.5"}), "price", "1.065"),
        (usage(USED | {"input": 2_250_000, "cache_read": 750_000}, PRICES), "prompt_tokens", "2.325"),
        (usage(USED | {"input": 1_900_000, "cache_read": 100_000}, PRICES), "cache_hit", "1.08"),
        (usage(USED | {"output": 500_000}, PRICES), "output_tokens", "1.5"),
        (usage({kind: 2 * count for kind, count in USED.items()}, PRICES, 200), "volume", "10.65"),
    ],
)
def test_one_planted_cause_is_the_only_one_to_the_last_digit(after: UsageCell, effect: str, usd: str) -> None:
    found = why([usage(USED, PRICES)], [after])
    effects = found.effects[EVERYTHING]
    assert effects[effect] == Fraction(usd)
    assert {name for name, value in effects.items() if value} == {effect}
    assert found.causes(ONE, rise=True) == ("" if effect in ("price", "volume") else effect)


def test_another_mix_of_models_is_the_cause_of_all_and_of_none_of_them() -> None:
    dear, cheap = {"input": "30"}, {"input": "1"}

    def mix(n: int) -> list[UsageCell]:
        return [
            usage({"input": n * 1_000}, dear, n),
            usage({"input": (100 - n) * 1_000}, cheap, 100 - n, "acme/two"),
        ]

    found = why(mix(10), mix(30))
    assert {name for name, value in found.effects[EVERYTHING].items() if value} == {"mix"}
    assert found.causes(EVERYTHING, rise=True) == "mix"
    assert (found.causes(ONE, rise=True), found.causes(TWO, rise=True)) == ("", "")


def test_a_longer_prompt_in_a_dearer_band_is_mix_and_in_an_equal_one_a_longer_prompt() -> None:
    short = usage({"input": 1_000_000}, {"input": "3"}, 10)
    equal = usage({"input": 2_500_000}, {"input": "3"}, 10, prompt_band=200_000)
    dearer = usage({"input": 2_500_000}, {"input": "6"}, 10, prompt_band=200_000)
    assert why([short], [equal]).causes(ONE, rise=True) == "prompt_tokens"
    assert why([short], [dearer]).effects[EVERYTHING]["price"] == 0
    assert why([short, dearer], [dearer]).effects[EVERYTHING]["price"] == 0


def test_tokens_without_a_price_are_in_no_effect() -> None:
    unpriced = usage({"input": 5_000_000}, {}, 50, "acme/two")
    found = why([usage(USED, PRICES)], [usage(USED, PRICES), unpriced])
    assert set(found.effects[EVERYTHING].values()) == {0}
    nameless = replace(usage(USED, PRICES), model=None)
    assert set(why([nameless], [nameless]).effects[EVERYTHING].values()) <= {0}


def test_failed_requests_are_no_shorter_prompts() -> None:
    burst = usage(USED, PRICES, 1_000, answered=100)
    assert set(why([usage(USED, PRICES)], [burst]).effects[EVERYTHING].values()) == {0}


def test_where_all_failed_attempts_are_counted_after_all() -> None:
    """As `compare --explain-change` counts them: otherwise a token would stand for a request, apart from all others."""
    failed, twice = usage(USED, PRICES, answered=0), usage(USED, PRICES, 200, answered=0)
    effects = why([failed], [twice]).effects[EVERYTHING]
    assert effects["volume"] > 0 > effects["prompt_tokens"]
    other = usage(USED, PRICES, model="acme/two")
    assert why([other, failed], [other, twice]).effects[EVERYTHING]["mix"] != 0


def test_scope_and_tier_that_one_side_does_not_tell_are_no_other_mix() -> None:
    """As what a request was bought is told by its price, and there was none, or the baseline is an older one."""
    told, untold = usage(USED, PRICES), usage(USED, PRICES, scope=None, tier=None)
    assert set(why([untold], [told]).effects[EVERYTHING].values()) == {0}
    batch = usage(USED, {"input": "1.5", "cache_read": "0.15", "output": "7.5"}, tier="batch")
    assert why([untold], [told, batch]).effects[EVERYTHING]["mix"] != 0


def test_what_has_no_price_on_one_side_is_left_out_on_both() -> None:
    priced, unpriced = usage(USED, PRICES, 100, "acme/two"), usage(USED, {}, 100, "acme/two")
    one = usage(USED, PRICES)
    for before, after in (([one, unpriced], [one, priced]), ([one, priced], [one, unpriced])):
        assert set(why(before, after).effects[EVERYTHING].values()) == {0}
