"""Verdicts: every word, every direction, and what keeps noise from being a regression."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.analysis.made import ORACLES
from tests.unit.analysis.windows import COST, ONE, TWO, only, p95, ratio, share, spread, usage, window

from tokenaudit.analysis.gate import Finding, judge, overall
from tokenaudit.analysis.gate_pairs import paired
from tokenaudit.analysis.reprice import Repriced, reprice
from tokenaudit.model.baseline import EVERYTHING, Case
from tokenaudit.model.gate_policy import Policy
from tokenaudit.model.gauges import GAUGES
from tokenaudit.model.moments import Moments

if TYPE_CHECKING:
    from tokenaudit.model.baseline import Baseline
    from tokenaudit.model.gauges import Level


def judged(before: Baseline, after: Baseline, policy: Policy | None = None) -> dict[str, Finding]:
    """The findings of the one model by metric."""
    found = judge(before, after, policy or Policy(), Repriced())
    return {each.gauge.name: each for each in found if each.subject == ONE}


def cost(mean: float, n: int = 2_000, sigma: float = 0.01) -> Baseline:
    return window(ratio(COST, spread(mean, n, sigma)))


@pytest.mark.parametrize(
    ("before", "after", "n", "status"),
    [
        (0.010, 0.0115, 20_000, "regression"),
        (0.010, 0.0088, 20_000, "improvement"),
        (0.010, 0.0115, 100, "inconclusive"),
        (0.010, 0.0101, 100, "inconclusive"),
        (0.010, 0.0103, 20_000, "pass"),
        (0.010, 0.0500, 49, "insufficient-data"),
    ],
)
def test_each_word_of_a_cost(before: float, after: float, n: int, status: str) -> None:
    found = judged(cost(before, n), cost(after, n))[COST]
    assert found.status == status
    assert found.is_bad == (status == "regression")
    assert found.change == pytest.approx(after / before - 1)


@pytest.mark.parametrize("n", [3, 100])
def test_the_very_same_requests_are_the_same_without_a_test(n: int) -> None:
    found = judged(cost(0.01, n), cost(0.01, n))[COST]
    assert (found.status, found.change, found.usage_change, found.lower) == ("pass", 0.0, 0.0, None)


def test_a_figure_that_only_one_window_has_is_new_or_missing() -> None:
    both = judged(cost(0.01), window(p95(900, 10)))
    assert (both[COST].status, both["latency_p95_ms"].status) == ("missing", "new")
    assert (both[COST].after, both["latency_p95_ms"].before) == (None, None)


def test_a_change_that_is_certain_and_worth_nothing_is_no_regression() -> None:
    """Twenty percent of a hundredth of a cent, five hundred times a week: two dollars a year."""
    cheap = judged(cost(0.0001, 500, 0.00001), cost(0.00012, 500, 0.00001))
    assert cheap[COST].status == "pass"
    assert cheap[COST].per_month_usd == pytest.approx(0.00002 * 500 / 7 * 30)
    dear = judged(cost(0.01, 500, 0.001), cost(0.012, 500, 0.001))
    assert dear[COST].status == "regression"


def test_milliseconds_below_the_floor_are_no_regression() -> None:
    fast = judged(window(p95(100, 2)), window(p95(140, 2)))
    slow = judged(window(p95(1_000, 20)), window(p95(1_400, 20)))
    assert (fast["latency_p95_ms"].status, slow["latency_p95_ms"].status) == ("pass", "regression")


def test_a_quantile_without_an_interval_decides_nothing() -> None:
    bare = window(replace(p95(1_000, 0, n=71), lower=None, upper=None))
    assert judged(bare, window(p95(4_000, 10)))["latency_p95_ms"].status == "insufficient-data"


def test_durations_from_two_places_are_not_compared() -> None:
    found = judged(window(p95(1_000, 10)), window(p95(2_000, 10, vantage="gateway")))["latency_p95_ms"]
    assert (found.status, found.cause) == ("inconclusive", "measured at the provider, then at the gateway")


@pytest.mark.parametrize(
    ("before", "after", "n", "status"),
    [
        (0, 0, 400, "pass"),
        (0, 1, 60, "inconclusive"),
        (0, 40, 1_000, "regression"),
        (60, 10, 1_000, "improvement"),
        (0, 3, 200, "inconclusive"),
    ],
)
def test_errors_are_judged_by_points_and_none_is_no_certainty(before: int, after: int, n: int, status: str) -> None:
    found = judged(window(ratio("error_ratio", share(before, n))), window(ratio("error_ratio", share(after, n))))
    assert found["error_ratio"].status == status
    assert found["error_ratio"].change == pytest.approx((after - before) / n)


def test_of_cache_hits_fewer_are_worse() -> None:
    high, low = (window(ratio("cache_hit_ratio", share(hits, 5_000))) for hits in (4_000, 3_000))
    assert judged(high, low)["cache_hit_ratio"].status == "regression"
    assert not judged(high, low)["cache_hit_ratio"].is_bad, "it only informs"
    assert judged(low, high)["cache_hit_ratio"].status == "improvement"


def test_few_clusters_are_no_basis() -> None:
    def in_sessions(mean: float, clusters: int) -> Baseline:
        return window(ratio(COST, replace(spread(mean, 2_000, 0.001), clusters=clusters)))

    found = judged(in_sessions(0.01, 19), in_sessions(0.02, 500))[COST]
    assert (found.status, found.cause) == ("insufficient-data", "the requests are of too few callers or sessions")
    assert judged(in_sessions(0.01, 20), in_sessions(0.02, 500))[COST].status == "regression"


def test_from_nothing_there_is_no_relative_change() -> None:
    free, paid = cost(0.0, sigma=0.0), cost(0.01)
    assert judged(free, free)[COST].status == "pass"
    found = judged(free, paid)[COST]
    assert (found.status, found.change) == ("inconclusive", None)


def test_many_figures_share_one_chance_of_a_false_alarm() -> None:
    """A rise that one model alone would be blamed for is not beyond chance among twenty."""
    before, after = spread(0.01, 2_000, 0.0093), spread(0.0113, 2_000, 0.0093)
    alone = judge(window(ratio(COST, before)), window(ratio(COST, after)), only(COST), Repriced())
    assert [each.status for each in alone] == ["regression"]
    models = [(ONE[0], f"acme/{number}") for number in range(20)]
    olds = [ratio(COST, before, model) for model in models]
    news = [ratio(COST, after if model == models[0] else spread(0.01001, 2_000, 0.0093), model) for model in models]
    among = judge(window(*olds), window(*news), only(COST), Repriced())
    assert {each.status for each in among if each.subject == models[0]} == {"inconclusive"}
    assert all(each.lower is not None and each.lower > 0.05 for each in among if each.subject == models[0])


def test_other_questions_do_not_blunt_the_one_about_cost() -> None:
    before, after = spread(0.01, 2_000, 0.0093), spread(0.0113, 2_000, 0.0093)
    olds, news = (
        window(ratio(COST, each), p95(1_000, 10), ratio("error_ratio", share(0, 2_000))) for each in (before, after)
    )
    assert judged(olds, news)[COST].status == "regression"


def test_one_model_is_not_judged_twice_and_several_are_also_judged_together() -> None:
    both = [ratio(COST, spread(0.01, 500, 0.001), subject) for subject in (EVERYTHING, ONE, TWO)]
    one = judge(window(*both[:2]), window(*both[:2]), only(COST), Repriced())
    two = judge(window(*both), window(*both), only(COST), Repriced())
    assert [each.subject for each in one] == [ONE]
    assert [each.subject for each in two] == [EVERYTHING, ONE, TWO]


def test_where_no_log_tells_how_requests_ended_the_cost_per_request_gates() -> None:
    before, after = (window(ratio("usd_per_request", spread(mean, 2_000, 0.001))) for mean in (0.01, 0.02))
    assert judged(before, after)["usd_per_request"].is_bad
    told = [replace(each, ratios=(*each.ratios, ratio(COST, spread(0.01, 2_000, 0.001)))) for each in (before, after)]
    found = judged(told[0], told[1])["usd_per_request"]
    assert not found.is_bad
    assert found.status == "regression"


def priced(usd: str, requests: int = 2_000) -> Baseline:
    """The same tokens at a price."""
    mean = float(usd) * 1_000 / 1_000_000
    cell = usage({"input": 1_000 * requests}, {"input": usd}, requests)
    return window(ratio(COST, spread(mean, requests, mean)), cells=(cell,))


def test_a_price_that_rose_is_a_regression_by_price_without_statistics() -> None:
    before, after = priced("10"), priced("10.6")
    (found,) = judge(before, after, only(COST), reprice(before.cells, after.cells))
    assert (found.status, found.cause) == ("regression", "price")
    assert found.price_change == pytest.approx(0.06)
    assert found.usage_change == pytest.approx(0.0)


@pytest.mark.parametrize("usd", ["10.5", "10.4", "9.5"])
def test_a_price_within_the_threshold_is_none(usd: str) -> None:
    """Just the threshold is not beyond it."""
    before, after = priced("10"), priced(usd)
    (found,) = judge(before, after, only(COST), reprice(before.cells, after.cells))
    assert (found.status, found.cause) == ("pass", "")


def test_a_price_that_fell_is_an_improvement_and_makes_no_usage_good() -> None:
    before, after = priced("10"), priced("5")
    (found,) = judge(before, after, only(COST), reprice(before.cells, after.cells))
    assert (found.status, found.cause) == ("improvement", "price")
    more = window(ratio(COST, spread(0.0065, 2_000, 0.0001)), cells=after.cells)
    (found,) = judge(before, more, only(COST), reprice(before.cells, more.cells))
    assert found.status == "regression"
    assert found.change == pytest.approx(-0.35)


def test_a_price_that_fell_hides_no_rise_in_usage() -> None:
    before = priced("10", 20_000)
    after = replace(
        priced("8", 20_000),
        ratios=(ratio(COST, spread(0.010, 20_000, 0.005)),),
        cells=(usage({"input": 25_000_000}, {"input": "8"}, 20_000),),
    )
    (found,) = judge(
        before,
        after,
        only(COST),
        reprice(before.cells, after.cells),
        lambda _, *, rise: "prompt_tokens" if rise else "",
    )
    assert found.change == pytest.approx(0.0)
    assert (found.status, found.cause) == ("regression", "prompt_tokens")
    assert found.price_change == pytest.approx(-0.2)
    assert found.usage_change == pytest.approx(0.25)


ORACLE: dict[str, Any] = ORACLES["regression_gate_paired_vs_unpaired"]


def suite(costs: list[float]) -> Baseline:
    cases = tuple(Case("aws.bedrock", "acme/one", f"case-{n}", cost, 10, 5, 100.0) for n, cost in enumerate(costs))
    return window(
        ratio(COST, Moments.of((cost, 1.0) for cost in costs)),
        cells=(usage({"input": 1_000}, {"input": "3"}, len(costs)),),
        pair_by="tag:case",
        cases=cases,
    )


def test_ten_cases_tell_paired_what_they_do_not_tell_unpaired() -> None:
    before, after = suite(ORACLE["input"]["baseline_cost"]), suite(ORACLE["input"]["current_cost"])
    expected = ORACLE["expect"]
    loose = only(COST, n_min=10)
    # The oracle is of ten clusters, fewer than the gate takes for a basis.
    many = [
        replace(each, ratios=tuple(replace(r, moments=replace(r.moments, n=10, clusters=10)) for r in each.ratios))
        for each in (before, after)
    ]
    (unpaired,) = judge(many[0], many[1], loose, Repriced())
    assert unpaired.status == "insufficient-data"
    cases = paired(before, after, loose)
    (found,) = judge(cases.before, cases.after, cases.policy, Repriced(), pairs=cases.pairs)
    assert found.status == "regression"
    assert found.usage_change == pytest.approx(expected["change_pct"] / 100)
    assert (found.n_before, found.n_after) == (10, 10)


def test_nine_cases_are_too_few() -> None:
    before, after = suite([1.0, 2.0, 3.0] * 3), suite([2.0, 4.0, 6.0] * 3)
    cases = paired(before, after, only(COST))
    (found,) = judge(cases.before, cases.after, cases.policy, Repriced(), pairs=cases.pairs)
    assert (found.status, found.cause) == ("insufficient-data", "needs 10 cases, has 9")


def test_cases_that_only_one_run_has_are_counted_and_not_paired() -> None:
    before, after = suite([1.0] * 12), suite([1.0] * 11)
    cases = paired(before, after, Policy())
    assert cases.unmatched == 1
    assert len(cases.pairs[ONE, COST]) == 11
    assert cases.policy.gauges["latency_p95_ms"].level == "warn"


def test_the_worst_figure_that_gates_is_the_verdict() -> None:
    def found(status: str, level: Level = "error") -> Finding:
        return Finding(ONE, replace(GAUGES[COST], level=level), status)

    assert overall([]) == "pass"
    assert overall([found("pass"), found("improvement")]) == "improvement"
    assert overall([found("inconclusive"), found("improvement")]) == "inconclusive"
    assert overall([found("regression"), found("inconclusive")]) == "regression"
    assert overall([found("regression", "warn"), found("pass")]) == "pass"


def test_repricing_takes_what_the_window_paid_then_the_book_then_the_old_price() -> None:
    old = [
        usage({"input": 1_000_000, "output": 1_000_000}, {"input": "1", "output": "4"}),
        usage({"input": 1_000_000}, {"input": "2"}, model="acme/two"),
    ]
    new = [usage({"input": 10}, {"input": "3"})]
    found = reprice(old, new, lambda cell, _: Decimal(5) if cell.model == "acme/one" else None)
    assert found.cells == tuple(old)
    assert found.factor(ONE) == Decimal("1.6")
    assert found.factor(TWO) == 1
    assert found.unknown_tokens == 1_000_000
    assert found.factor(EVERYTHING) == Decimal(10) / 7


def test_a_price_that_became_known_is_no_price_that_rose() -> None:
    old = [usage({"input": 1_000_000}, {}), usage({"input": 1_000_000}, {"input": "2"}, model="acme/two")]
    new = [usage({"input": 500_000}, {"input": "3"}), usage({"input": 500_000}, {"input": "2"}, model="acme/two")]
    found = reprice(old, new)
    assert found.cells[0].cost_usd == {"input_tokens": Decimal(3)}
    assert found.factor(EVERYTHING) == 1
    assert found.learned_tokens == 1_000_000
    assert found.priced_shares == {EVERYTHING: (0.5, 1.0), ONE: (0.0, 1.0), TWO: (1.0, 1.0)}


def test_durations_of_models_that_nobody_names_only_warn() -> None:
    """They may be of several models, and slower because more requests went to the slower one."""
    nameless = (ONE[0], None)
    fast, slow = (window(p95(value, 10, subject=nameless)) for value in (1_000, 2_000))
    (found,) = judge(fast, slow, only("latency_p95_ms"), Repriced())
    assert found.status == "regression"
    assert not found.is_bad
