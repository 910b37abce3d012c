"""Why a cost changed: the worked example with every factor, and what must hold for any two ledgers."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from itertools import permutations, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.attribution import (
    ANSWER,
    AUDIO_PROMPT,
    EFFECTS,
    KINDS,
    TEXT_PROMPT,
    Attribution,
    CostCell,
    Usage,
    attribute,
)
from tokenaudit.analysis.lmdi import lmdi, total_lmdi

EXAMPLE = ORACLES["cost_change_attribution"]
MILLION = 1_000_000


def usage(requests: int, prices: dict[str, str | Decimal], **tokens: int) -> Usage:
    """Tokens and prices by kind without `_tokens`."""
    listed = {f"{kind}_tokens": Decimal(price) for kind, price in prices.items()}
    used = {f"{kind}_tokens": count for kind, count in tokens.items()}
    return Usage(requests, used, {kind: count * listed[kind] / MILLION for kind, count in used.items()}, listed)


def of_example(model: dict[str, Any] | None) -> Usage:
    if model is None:
        return Usage()
    prompt = model["requests"] * model["prompt_tokens_per_req"]
    read = round(prompt * model["cache_hit"])
    prices = {"input": "price_in", "cache_read": "price_cached", "output": "price_out"}
    return usage(
        model["requests"],
        {kind: str(model[name]) for kind, name in prices.items()},
        input=prompt - read,
        cache_read=read,
        output=model["requests"] * model["output_tokens_per_req"],
    )


def example_cells() -> list[CostCell[str]]:
    before, after = (EXAMPLE["input"][period]["models"] for period in ("period0", "period1"))
    return [CostCell(name, of_example(before.get(name)), of_example(after.get(name))) for name in "ABC"]


def moved(found: Attribution[Any]) -> dict[str, Fraction]:
    return {effect: usd for effect, usd in found.effects.items() if usd}


def test_the_worked_example_to_the_last_digit() -> None:
    found, expected = attribute(example_cells()), EXAMPLE["expect"]
    assert found.before_usd == Decimal(expected["cost0_exact"])
    assert found.after_usd == Decimal(expected["cost1_exact"])
    assert found.effects == {effect: Fraction(usd) for effect, usd in expected["shapley_exact"].items()}
    assert tuple(found.effects) == EFFECTS
    assert sum(found.effects.values()) == Fraction(expected["delta_exact"])


def test_the_cross_check_of_the_worked_example() -> None:
    found = total_lmdi(lmdi(example_cells()).values())
    assert found == pytest.approx(EXAMPLE["expect"]["lmdi_usd"])
    assert sum(found.values()) == pytest.approx(EXAMPLE["expect"]["lmdi_sum"])


PRICES: dict[str, str | Decimal] = {"input": "2", "cache_read": "0.5", "cache_write": "2.5", "output": "8"}
BASE = usage(100, PRICES, input=80_000, cache_read=20_000, output=50_000)


@pytest.mark.parametrize(
    ("after", "effect"),
    [
        (usage(150, PRICES, input=120_000, cache_read=30_000, output=75_000), "volume"),
        (usage(100, PRICES, input=160_000, cache_read=40_000, output=50_000), "prompt_tokens"),
        (usage(100, PRICES, input=50_000, cache_read=50_000, output=50_000), "cache_hit"),
        (usage(100, PRICES, input=70_000, cache_read=20_000, cache_write=10_000, output=50_000), "cache_hit"),
        (usage(100, PRICES, input=80_000, cache_read=20_000, output=90_000), "output_tokens"),
        (usage(100, PRICES | {"output": "9"}, input=80_000, cache_read=20_000, output=50_000), "price"),
    ],
)
def test_what_alone_changed_alone_is_named(after: Usage, effect: str) -> None:
    found = attribute([CostCell("m", BASE, after)])
    assert moved(found) == {effect: Fraction(after.total_usd) - Fraction(BASE.total_usd)}
    assert total_lmdi(lmdi([CostCell("m", BASE, after)]).values())[effect] == pytest.approx(
        float(after.total_usd - BASE.total_usd)
    )


def test_requests_that_move_to_a_dearer_model_are_mix() -> None:
    cheap: dict[str, str | Decimal] = {"output": "1"}
    dear: dict[str, str | Decimal] = {"output": "10"}
    cells = [
        CostCell("cheap", usage(90, cheap, output=9_000), usage(50, cheap, output=5_000)),
        CostCell("dear", usage(10, dear, output=1_000), usage(50, dear, output=5_000)),
    ]
    assert moved(attribute(cells)) == {"mix": Fraction(36, 1000)}


def test_audio_belongs_to_the_length_of_prompt_and_answer() -> None:
    prices: dict[str, str | Decimal] = {"input": "1", "audio_input": "10", "output": "2", "audio_output": "20"}
    before = usage(10, prices, input=1_000, audio_input=100, output=500)
    spoken = usage(10, prices, input=1_000, audio_input=300, output=500)
    answered = usage(10, prices, input=1_000, audio_input=100, output=500, audio_output=50)
    assert moved(attribute([CostCell("m", before, spoken)])) == {"prompt_tokens": Fraction(2, 1000)}
    assert moved(attribute([CostCell("m", before, answered)])) == {"output_tokens": Fraction(1, 1000)}


def test_a_new_model_is_mix_and_volume_and_an_empty_side_is_volume() -> None:
    new = usage(50, PRICES, input=50_000, output=10_000)
    cells = [CostCell("old", BASE, BASE), CostCell("new", Usage(), new)]
    assert set(moved(attribute(cells))) == {"volume", "mix"}
    assert moved(attribute([CostCell("new", Usage(), new)])) == {"volume": Fraction(new.total_usd)}
    assert moved(attribute([CostCell("old", BASE, Usage())])) == {"volume": -Fraction(BASE.total_usd)}
    assert not moved(attribute([]))


def test_a_listed_price_speaks_for_a_kind_that_was_not_used_before() -> None:
    before = usage(10, {"input": "2", "cache_read": "0.5"}, input=10_000)
    after = usage(10, {"input": "2", "cache_read": "0.2"}, input=5_000, cache_read=5_000)
    with_list = attribute([CostCell("m", before, after)]).effects
    assert with_list["price"] < 0
    blind = attribute([CostCell("m", Usage(10, before.tokens, before.cost_usd), after)]).effects
    assert blind["price"] == 0


def test_where_requests_are_not_counted_tokens_are() -> None:
    metered = CostCell("metered", usage(0, PRICES, output=1_000), usage(0, PRICES, output=3_000))
    assert moved(attribute([metered])) == {"volume": Fraction(16, 1000)}
    logged = CostCell("logged", BASE, BASE)
    both = attribute([metered, logged])
    assert moved(both) == {"volume": Fraction(16, 1000)}
    assert list(both.cells) == ["metered", "logged"]


def test_tokens_without_a_cost_are_refused() -> None:
    with pytest.raises(ValueError, match="what has no price"):
        attribute([CostCell("m", BASE, Usage(1, {"output_tokens": 5}))])


counts = st.one_of(st.just(0), st.integers(0, 50))
usd = st.sampled_from([Decimal(0), Decimal("0.3"), Decimal("2.5"), Decimal(15)])


@st.composite
def usages(draw: st.DrawFn) -> Usage:
    used = {kind: draw(counts) for kind in KINDS}
    listed = {kind: draw(usd) for kind in KINDS}
    return Usage(draw(counts), used, {kind: used[kind] * listed[kind] / MILLION for kind in KINDS}, listed)


ledgers = st.lists(st.tuples(usages(), usages()), max_size=4).map(
    lambda drawn: [CostCell(number, before, after) for number, (before, after) in enumerate(drawn)]
)


@given(ledgers)
def test_the_effects_are_the_change_of_each_cell_and_of_all(cells: list[CostCell[int]]) -> None:
    found = attribute(cells)
    assert sum(found.effects.values()) == Fraction(found.after_usd) - Fraction(found.before_usd)
    for cell in cells:
        assert sum(found.cells[cell.key].values()) == Fraction(cell.after.total_usd) - Fraction(cell.before.total_usd)


@given(ledgers)
def test_before_and_after_exchanged_change_the_sign(cells: list[CostCell[int]]) -> None:
    back = attribute([CostCell(cell.key, cell.after, cell.before) for cell in cells]).effects
    assert back == {effect: -value for effect, value in attribute(cells).effects.items()}


@given(ledgers)
def test_the_cross_check_adds_up_too(cells: list[CostCell[int]]) -> None:
    found = total_lmdi(lmdi(cells).values())
    assert sum(found.values()) == pytest.approx(
        float(sum((cell.after.total_usd - cell.before.total_usd for cell in cells), Decimal(0))), abs=1e-12
    )


def present(value: Usage) -> bool:
    return bool(value.requests and sum(value.tokens.get(kind, 0) for kind in TEXT_PROMPT))


@settings(max_examples=40)
@given(ledgers.map(lambda cells: [cell for cell in cells if present(cell.before) and present(cell.after)]))
def test_the_shares_are_the_mean_over_all_orders(cells: list[CostCell[int]]) -> None:
    """By the definition: the formula written out, and every order of switching the factors."""
    sides = [[cell.before for cell in cells], [cell.after for cell in cells]]
    totals = [sum(used.requests for used in side) for side in sides]

    def cost(volume: int, mix: int, prompt: int, cache: int, output: int, price: int) -> Fraction:
        together = Fraction(0)
        for number in range(len(cells)):
            share = Fraction(sides[mix][number].requests, totals[mix])
            of_prompt, of_cache, of_output, of_price = (sides[at][number] for at in (prompt, cache, output, price))

            def usd_of(kind: str, at: Usage = of_price) -> Fraction:
                return Fraction(at.usd_per_mtok[kind]) / MILLION

            length = Fraction(sum(of_prompt.tokens[kind] for kind in TEXT_PROMPT), of_prompt.requests)
            text = sum(of_cache.tokens[kind] for kind in TEXT_PROMPT)
            per_token = sum(Fraction(of_cache.tokens[kind], text) * usd_of(kind) for kind in TEXT_PROMPT)
            audio = Fraction(of_prompt.tokens[AUDIO_PROMPT], of_prompt.requests) * usd_of(AUDIO_PROMPT)
            answer = sum(Fraction(of_output.tokens[kind], of_output.requests) * usd_of(kind) for kind in ANSWER)
            together += totals[volume] * share * (length * per_token + audio + answer)
        return together

    orders = list(permutations(range(len(EFFECTS))))
    sums = [Fraction(0)] * len(EFFECTS)
    corners = {at: cost(*at) for at in product((0, 1), repeat=len(EFFECTS))}
    for order in orders:
        at = [0] * len(EFFECTS)
        last = corners[tuple(at)]
        for factor in order:
            at[factor] = 1
            sums[factor] += corners[tuple(at)] - last
            last = corners[tuple(at)]
    expected = {effect: value / len(orders) for effect, value in zip(EFFECTS, sums, strict=True)}
    assert attribute(cells).effects == expected
