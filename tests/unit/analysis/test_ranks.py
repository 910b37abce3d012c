"""Ranks, shifts and several tests at once: the worked examples, and brute force beside them."""

from __future__ import annotations

from itertools import accumulate, combinations
from math import comb, sqrt
from statistics import NormalDist, median

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.multiplicity import benjamini_hochberg_adjusted, holm_adjusted
from tokenaudit.analysis.statistics import (
    benjamini_hochberg,
    holm,
    mann_whitney,
    order_statistic_ranks,
    quantile,
)

RANKS = ORACLES["order_statistic_quantile_ci"]["expect"]
SEVERAL = ORACLES["multiple_comparisons"]
BENCHSTAT = ORACLES["mann_whitney_benchstat_doc"]
probabilities = st.lists(st.floats(0, 1), min_size=1, max_size=12)


@pytest.mark.parametrize(("of", "expected"), RANKS["ranks_1based"].items())
def test_the_ranks_that_enclose_a_quantile(of: str, expected: list[int]) -> None:
    n, percentile = of.removeprefix("n=").split(",p")
    assert order_statistic_ranks(int(n), int(percentile) / 100) == tuple(expected[:2])


@pytest.mark.parametrize(("name", "least"), RANKS["min_n_two_sided_95"].items())
def test_below_the_least_sample_there_is_no_finite_interval(name: str, least: int) -> None:
    q = int(name.removeprefix("p")) / 100
    assert order_statistic_ranks(least - 1, q) is None
    assert order_statistic_ranks(least, q) is not None


def below(n: int, q: float) -> list[float]:
    """For each rank from 0 to n, how likely fewer than that of n values lie below the quantile."""
    return list(accumulate((comb(n, i) * q**i * (1 - q) ** (n - i) for i in range(n)), initial=0.0))


@given(st.integers(1, 300), st.sampled_from([0.05, 0.5, 0.9, 0.95]), st.sampled_from([0.8, 0.9, 0.95]))
def test_the_ranks_are_the_innermost_that_are_wide_enough(n: int, q: float, level: float) -> None:
    tail = (1 - level) / 2
    likely = below(n, q)
    lowest = max((rank for rank in range(1, n + 1) if likely[rank] <= tail), default=None)
    highest = min((rank for rank in range(1, n + 1) if 1 - likely[rank] <= tail), default=None)
    expected = None if lowest is None or highest is None else (lowest, highest)
    assert order_statistic_ranks(n, q, level) == expected


def test_the_ranks_of_ten_million_are_where_the_normal_curve_says() -> None:
    n, q = 10_000_000, 0.95
    half = NormalDist().inv_cdf(0.975) * sqrt(n * q * (1 - q))
    assert order_statistic_ranks(n, q) == pytest.approx((n * q - half, n * q + half), abs=3)


@pytest.mark.parametrize("q", [0, 1])
def test_the_ends_of_a_distribution_have_no_interval(q: float) -> None:
    assert order_statistic_ranks(100, q) is None


def test_quantiles_are_of_type_7() -> None:
    example = ORACLES["quantiles_type7"]
    for name in ("p50", "p90", "p95", "p99"):
        assert quantile(example["input"], int(name[1:]) / 100) == pytest.approx(example["expect"][name])
    assert quantile([], 0.5) is None
    assert quantile([4.0], 0.99) == 4


def test_the_example_of_benchstat() -> None:
    old, new = BENCHSTAT["input"]["old"], BENCHSTAT["input"]["new"]
    expected = BENCHSTAT["expect"]
    assert (median(new) / median(old) - 1) * 100 == pytest.approx(expected["median_change_pct"])
    assert mann_whitney(old, new) == pytest.approx(expected["scipy_asymptotic_p"])
    assert mann_whitney(new, old) == pytest.approx(expected["scipy_asymptotic_p"])


@pytest.mark.parametrize(("n", "least"), BENCHSTAT["min_p_by_n"].items())
def test_few_values_cannot_be_significant(n: str, least: float) -> None:
    assert mann_whitney(range(int(n)), range(int(n), 2 * int(n))) == pytest.approx(least)


@given(st.permutations(range(9)), st.integers(1, 8))
def test_small_samples_are_counted_out(order: list[int], split: int) -> None:
    x, y = order[:split], order[split:]

    def distance(firsts: tuple[int, ...]) -> float:
        wins = sum(a > b for a in firsts for b in range(9) if b not in firsts)
        return abs(wins - len(x) * len(y) / 2)

    orders = list(combinations(range(9), split))
    as_far = sum(distance(each) >= distance(tuple(x)) for each in orders)
    assert mann_whitney(x, y) == pytest.approx(min(as_far / len(orders), 1))


def test_equal_values_are_no_shift_and_nothing_is_no_answer() -> None:
    assert mann_whitney([1.0] * 30, [1.0] * 30) == 1
    assert mann_whitney([], [1.0]) is None


def test_holm_and_benjamini_hochberg() -> None:
    p, expected = SEVERAL["input"], SEVERAL["expect"]
    assert holm_adjusted(p) == pytest.approx(expected["holm_adjusted"])
    assert holm(p, SEVERAL["alpha"]) == expected["holm_reject"]
    assert benjamini_hochberg_adjusted(p) == pytest.approx(expected["bh_adjusted"])
    assert benjamini_hochberg(p, SEVERAL["alpha"]) == expected["bh_reject"]
    assert holm([]) == benjamini_hochberg([]) == []


@given(probabilities)
def test_the_order_of_the_tests_does_not_matter(p: list[float]) -> None:
    backwards = p[::-1]
    assert holm(backwards) == holm(p)[::-1]
    assert benjamini_hochberg(backwards) == benjamini_hochberg(p)[::-1]


@given(probabilities)
def test_what_holm_rejects_benjamini_hochberg_rejects_too(p: list[float]) -> None:
    for strict, lenient, raw in zip(holm(p), benjamini_hochberg(p), p, strict=True):
        assert strict <= lenient <= (raw <= 0.05)
