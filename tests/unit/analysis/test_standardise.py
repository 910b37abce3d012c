"""Direct standardisation against worked examples (fixtures/oracles) and its own laws."""

from __future__ import annotations

import json
import random
from pathlib import Path
from statistics import mean, variance
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.spreads import evenly, spread

from tokenaudit.analysis.standardise import Z95, standardise
from tokenaudit.model.timings import Spread

if TYPE_CHECKING:
    from collections.abc import Hashable

ORACLES = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "oracles" / "methods_oracles.json").read_text(encoding="utf-8")
)


def _oracle(side: str) -> dict[Hashable, Spread]:
    strata = ORACLES["simpson_direct_standardisation"]["input"][side]
    return {name: evenly(each["n"], each["mean_s"] * 1000) for name, each in strata.items()}


def test_a_reversal_of_simpson() -> None:
    expect = ORACLES["simpson_direct_standardisation"]["expect"]
    found = standardise(_oracle("bedrock"), _oracle("azure"), least=10)
    assert found.weights == pytest.approx(expect["pooled_weights"])
    for mean_, side in ((found.left, "bedrock"), (found.right, "azure")):
        assert mean_.crude.mean_ms == pytest.approx(expect["crude"][side] * 1000)
        assert mean_.mean_ms == pytest.approx(expect["standardised"][side] * 1000)
        assert mean_.covered_ratio == 1
    assert found.comparable
    assert found.reversal
    assert not found.is_within_error


def test_the_same_example_has_too_few_requests_for_the_usual_support() -> None:
    found = standardise(_oracle("bedrock"), _oracle("azure"))
    assert found.weights == {}
    assert (found.left.mean_ms, found.left.se_ms, found.left.interval_ms) == (None, None, None)
    assert found.difference_ms is None
    assert not found.comparable
    assert not found.reversal


def test_the_error_of_a_standardised_mean() -> None:
    oracle = ORACLES["stratified_standardised_ci"]
    buckets = oracle["input"]["buckets"]
    # Half of the durations on either side of the mean give the variance of the oracle with n, not n - 1, below it.
    side: dict[Hashable, Spread] = {
        place: evenly(b["n"], b["mean"] * 1000, b["sd"] * 1000 * ((b["n"] - 1) / b["n"]) ** 0.5)
        for place, b in enumerate(buckets)
    }
    other: dict[Hashable, Spread] = {
        0: evenly(90, 1.0),
        1: evenly(40, 1.0),
    }  # together 130 in either: weights of a half
    found = standardise(side, other)
    assert list(found.weights.values()) == [b["w"] for b in buckets]
    assert found.left.mean_ms == pytest.approx(oracle["expect"]["mean"] * 1000)
    assert found.left.se_ms == pytest.approx(oracle["expect"]["se"] * 1000, rel=1e-6)
    lower, upper = found.left.interval_ms or (0, 0)
    assert (upper - lower) / 2 == pytest.approx(Z95 * oracle["expect"]["se"] * 1000, rel=1e-6)


def test_only_strata_with_enough_on_both_sides_count() -> None:
    left: dict[Hashable, Spread] = {"a": evenly(30, 100), "b": evenly(29, 900), "c": evenly(500, 70)}
    right: dict[Hashable, Spread] = {"a": evenly(30, 200), "b": evenly(5000, 900), "d": evenly(1, 5)}
    found = standardise(left, right, beside=(evenly(1, 1), Spread()))
    assert list(found.weights) == ["a"]
    assert (found.left.mean_ms, found.right.mean_ms) == (100, 200)
    assert found.left.covered_ratio == 30 / 560
    assert found.right.covered_ratio == 30 / 5031
    assert not found.comparable


def test_half_is_enough() -> None:
    left: dict[Hashable, Spread] = {"a": evenly(30, 100), "b": evenly(30, 900)}
    assert standardise(left, {"a": evenly(30, 100)}).comparable
    assert not standardise({**left, "c": evenly(1, 1)}, {"a": evenly(30, 100)}).comparable


def test_a_difference_that_chance_makes_is_told_from_one_that_it_does_not() -> None:
    near: dict[Hashable, Spread] = {"a": evenly(100, 101, 50)}
    far: dict[Hashable, Spread] = {"a": evenly(100, 150, 50)}
    left: dict[Hashable, Spread] = {"a": evenly(100, 100, 50)}
    assert standardise(left, near).is_within_error
    assert not standardise(left, far).is_within_error


def test_a_spread_is_the_mean_and_the_variance() -> None:
    draw = random.Random(4)  # noqa: S311  # no secret: a test's rows
    durations = [round(draw.lognormvariate(6, 1), 3) for _ in range(500)]
    whole = spread(durations)
    assert whole.mean_ms == pytest.approx(mean(durations), rel=1e-12)
    assert whole.variance_ms2 == pytest.approx(variance(durations), rel=1e-12)
    assert (Spread().mean_ms, Spread().variance_ms2, spread([5.0]).variance_ms2) == (None, None, None)


SIDES = st.dictionaries(
    st.integers(0, 5),
    st.tuples(st.integers(1, 200), st.integers(1, 10**12), st.integers(0, 10**9)),
    max_size=6,
)


def _made(side: dict[int, tuple[int, int, int]]) -> dict[Hashable, Spread]:
    """Spreads that durations could have: the squares are at least those of equal ones."""
    return {key: Spread(n, n * ns, n * (ns * ns + more * more)) for key, (n, ns, more) in side.items()}


@given(SIDES, SIDES)
def test_weights_add_up_to_one_and_means_stay_among_the_means(left: dict, right: dict) -> None:  # type: ignore[type-arg]
    sides = _made(left), _made(right)
    found = standardise(*sides)
    assert not found.weights or sum(found.weights.values()) == pytest.approx(1)
    for result, side in zip((found.left, found.right), sides, strict=True):
        assert 0 <= result.covered_ratio <= 1
        if result.mean_ms is not None:
            means = [each.mean_ms or 0 for key, each in side.items() if key in found.weights]
            assert min(means) * (1 - 1e-9) <= result.mean_ms <= max(means) * (1 + 1e-9)


@given(SIDES)
def test_a_side_against_itself_is_its_crude_mean_where_all_is_covered(side: dict) -> None:  # type: ignore[type-arg]
    made = _made({key: (n + 30, ns, more) for key, (n, ns, more) in side.items()})
    found = standardise(made, dict(made))
    if made:
        assert found.left.mean_ms == found.right.mean_ms == pytest.approx(found.left.crude.mean_ms or 0)
        assert found.left.covered_ratio == 1
        assert not found.reversal
        assert found.is_within_error


@given(SIDES, SIDES, st.randoms())
def test_the_order_of_strata_changes_nothing(left: dict, right: dict, draw: random.Random) -> None:  # type: ignore[type-arg]
    sides = [list(_made(each).items()) for each in (left, right)]
    before = standardise(dict(sides[0]), dict(sides[1]))
    for each in sides:
        draw.shuffle(each)
    after = standardise(dict(sides[0]), dict(sides[1]))
    assert (after.left, after.right) == (before.left, before.right)
    assert after.weights == before.weights
