"""Ratios, their intervals and their changes: the worked examples, and what must hold for any sample."""

from __future__ import annotations

import sys
from itertools import pairwise
from math import exp, log
from statistics import NormalDist, fmean, stdev

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.unit.analysis.made import ORACLES

from tokenaudit.analysis.statistics import (
    change,
    interval,
    paired_change,
    quantile_change,
    standard_error,
)
from tokenaudit.model.moments import Moments

amounts = st.floats(0.01, 1e6)
clusters = st.lists(st.tuples(amounts, amounts), min_size=2, max_size=40)


def per_request(values: list[float]) -> Moments:
    return Moments.of((value, 1.0) for value in values)


def test_the_interval_of_a_cost_per_token() -> None:
    example = ORACLES["ratio_estimator_delta_ci"]
    given, expected = example["input"], example["expect"]
    moments = Moments.of(zip(given["cost_cents"], given["tokens"], strict=True))
    assert moments.ratio == pytest.approx(expected["R"], rel=1e-12)
    assert moments.ratio != pytest.approx(expected["wrong_mean_of_ratios"], rel=1e-2)
    assert standard_error(moments) == pytest.approx(expected["se"], rel=1e-9)
    assert interval(moments) == pytest.approx(expected["ci95_normal"], rel=1e-9)


def test_a_pairwise_comparison_sees_what_an_unpaired_one_cannot() -> None:
    example = ORACLES["regression_gate_paired_vs_unpaired"]
    given, expected = example["input"], example["expect"]
    before, after = given["baseline_cost"], given["current_cost"]

    unpaired = change(per_request(before), per_request(after), given["confidence_one_sided"])
    assert unpaired is not None
    assert unpaired.estimate * 100 == pytest.approx(expected["change_pct"])
    assert unpaired.log_se == pytest.approx(expected["unpaired_log_se"])
    assert unpaired.lower * 100 == pytest.approx(expected["unpaired_lower_bound_pct"])
    assert unpaired.upper * 100 == pytest.approx(expected["unpaired_upper_bound_pct"])

    paired = paired_change(zip(before, after, strict=True), given["confidence_one_sided"])
    assert paired is not None
    assert paired.estimate + 1 == pytest.approx(expected["paired_ratio"])
    assert paired.log_se * (paired.estimate + 1) == pytest.approx(expected["paired_se"])
    assert paired.lower * 100 == pytest.approx(expected["paired_lower_bound_pct"])


def test_a_mean_has_the_standard_error_of_a_mean() -> None:
    values = [3.0, 5.0, 4.5, 9.25, 1.0]
    assert standard_error(per_request(values)) == pytest.approx(stdev(values) / len(values) ** 0.5)


def test_requests_of_one_trace_are_not_taken_for_independent_ones() -> None:
    traces = [[cost] * 10 for cost in NormalDist(10, 3).samples(50, seed=5)]
    together = Moments.of((sum(trace), len(trace)) for trace in traces)
    apart = per_request([cost for trace in traces for cost in trace])
    assert together.ratio == pytest.approx(apart.ratio)
    wide, narrow = standard_error(together), standard_error(apart)
    assert wide is not None
    assert narrow is not None
    assert wide / narrow == pytest.approx(10**0.5, rel=0.01)


@pytest.mark.parametrize("moments", [Moments.of([]), Moments.of([(1.0, 1.0)]), Moments.of([(1.0, 0.0), (2.0, 0.0)])])
def test_too_little_for_an_error_has_none(moments: Moments) -> None:
    assert standard_error(moments) is None
    assert interval(moments) is None
    assert change(moments, per_request([1.0, 2.0])) is None
    assert change(per_request([1.0, 2.0]), moments) is None


@pytest.mark.parametrize(
    ("before", "after"), [([0.0, 0.0], [1.0, 2.0]), ([1.0, 2.0], [0.0, 0.0]), ([-1.0, -2], [1, 2])]
)
def test_from_nothing_there_is_no_relative_change(before: list[float], after: list[float]) -> None:
    assert change(per_request(before), per_request(after)) is None
    assert paired_change(zip(before, after, strict=True)) is None


def test_without_any_scatter_a_difference_is_certain_and_equality_is_no_evidence() -> None:
    same = change(per_request([2.0] * 3), per_request([2.0] * 5))
    assert same is not None
    assert (same.estimate, same.lower, same.upper) == (0, 0, 0)
    assert (same.p_higher, same.p_lower) == (1, 1)
    rounded = change(per_request([2.0] * 3), per_request([2.0 + 1e-13] * 5))
    assert rounded is not None
    assert (rounded.p_higher, rounded.p_lower) == (1, 1)
    dearer = change(per_request([2.0] * 3), per_request([3.0] * 5))
    assert dearer is not None
    assert dearer.lower == pytest.approx(0.5)
    assert (dearer.p_higher, dearer.p_lower) == (0, 1)


def test_a_quantile_is_judged_by_the_width_of_its_intervals() -> None:
    found = quantile_change((100.0, 90.0, 112.0), (130.0, 118.0, 145.0))
    assert found is not None
    errors = [log(112 / 90) / (2 * 1.959964), log(145 / 118) / (2 * 1.959964)]
    both = (errors[0] ** 2 + errors[1] ** 2) ** 0.5
    assert found.estimate == pytest.approx(0.3)
    assert found.log_se == pytest.approx(both)
    assert found.lower == pytest.approx(1.3 * exp(-1.644854 * both) - 1)
    assert found.p_higher == pytest.approx(1 - NormalDist().cdf(log(1.3) / both), rel=1e-6)
    assert quantile_change((0.0, 0.0, 1.0), (1.0, 1.0, 1.0)) is None


@given(clusters, clusters)
def test_moments_of_disjoint_clusters_add_up(
    some: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    together, added = Moments.of(some + others), Moments.of(some).plus(Moments.of(others))
    assert (added.clusters, added.n) == (together.clusters, together.n)
    for name in ("sum_y", "sum_x", "sum_yy", "sum_xy", "sum_xx"):
        assert getattr(added, name) == pytest.approx(getattr(together, name))


@given(clusters)
def test_the_error_is_that_of_the_residuals(sample: list[tuple[float, float]]) -> None:
    moments = Moments.of(sample)
    error = standard_error(moments)
    ratio = sum(y for y, _ in sample) / sum(x for _, x in sample)
    squares = sum((y - ratio * x) ** 2 for y, x in sample)
    by_hand = (len(sample) / (len(sample) - 1) * squares) ** 0.5 / sum(x for _, x in sample)
    # Where all residuals vanish, what is left is the rounding of squares of the sums.
    assert error == pytest.approx(by_hand, rel=1e-4, abs=1e-5 * ratio)


@given(clusters, clusters)
def test_forth_and_back_are_each_other_s_mirror(
    some: list[tuple[float, float]], others: list[tuple[float, float]]
) -> None:
    forth, back = change(Moments.of(some), Moments.of(others)), change(Moments.of(others), Moments.of(some))
    assert forth is not None
    assert back is not None
    ratios = 1 + forth.estimate, 1 + back.estimate
    # Of a fall to next to nothing, 1 + estimate has lost as many digits as the rise back is large.
    assert ratios[0] * ratios[1] == pytest.approx(1, rel=1e-6 + 4 * sys.float_info.epsilon * max(ratios))
    assert forth.p_higher == pytest.approx(back.p_lower)
    assert forth.log_se == pytest.approx(back.log_se)
    assert forth.lower <= forth.estimate <= forth.upper


@given(clusters, st.floats(0.1, 10))
def test_a_change_of_unit_changes_no_verdict(sample: list[tuple[float, float]], factor: float) -> None:
    plain = change(Moments.of(sample), Moments.of(sample[::-1]))
    scaled = change(
        Moments.of((y * factor, x) for y, x in sample), Moments.of((y * factor, x) for y, x in sample[::-1])
    )
    assert plain is not None
    assert scaled is not None
    assert scaled.estimate == pytest.approx(plain.estimate, abs=1e-9)
    assert scaled.log_se == pytest.approx(plain.log_se, rel=1e-3, abs=1e-5)


@given(clusters)
def test_a_higher_level_widens(sample: list[tuple[float, float]]) -> None:
    moments = Moments.of(sample)
    error = standard_error(moments)
    assert error is not None
    assume(error)
    ranges = [interval(moments, level) for level in (0.8, 0.95, 0.99)]
    for inner, outer in pairwise(ranges):
        assert inner is not None
        assert outer is not None
        assert outer[0] < inner[0] < inner[1] < outer[1]
    ratio = moments.ratio
    assert ratio == pytest.approx(fmean(ranges[1] or ()))
