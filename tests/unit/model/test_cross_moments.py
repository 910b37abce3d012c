"""Moments of requests that were summed before they were priced: exactly those of the requests one by one."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from math import sqrt
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.analysis.statistics import standard_error
from tokenaudit.model.cross_moments import REQUESTS, ROW, Alike, CrossCell, cross_moments, in_whole_numbers, pairs
from tokenaudit.model.moments import Moments
from tokenaudit.model.unit_metrics import MILLION, metrics

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

KINDS = ("input_tokens", "cache_read_tokens", "output_tokens")
USD = {"input_tokens": Decimal(3), "cache_read_tokens": Decimal("0.3"), "output_tokens": Decimal("16.5")}

TABLE = {"cheap": USD, "dear": {"output_tokens": Decimal("22.123456789")}, "none": {}}
REQUEST = st.fixed_dictionaries(
    {
        "rates": st.sampled_from(sorted(TABLE)),
        "outcome": st.sampled_from(("ok", "throttled", "filtered")),
        REQUESTS: st.sampled_from((1, 1, 7)),
        **{kind: st.one_of(st.none(), st.integers(0, 2000), st.integers(0, 2**53)) for kind in KINDS},
    }
)
Request = dict[str, int | str | None]


def summed(requests: Iterable[Request], columns: Sequence[str], prices: Mapping[str, object]) -> list[CrossCell]:
    """One cell per request: what is alike is put together by the function itself."""
    cells = []
    for request in requests:
        values = {ROW: 1, **{name: request[name] or 0 for name in columns}}
        alike = Alike(
            prices[request["rates"]],  # type: ignore[index, arg-type]
            str(request["outcome"]),
            any(request[kind] is not None for kind in KINDS),
            tuple(kind for kind in KINDS if request[kind]),
        )
        cells.append(CrossCell((), alike, tuple(values[a] * values[b] for a, b in pairs(columns))))  # type: ignore[operator, misc]
    return cells


def one_by_one(request: Request) -> dict[str, tuple[Fraction, Fraction]]:
    """What the request adds to y and x of some metrics, in units of the metric."""
    usd = TABLE[str(request["rates"])]
    used = {kind: Fraction(int(request[kind] or 0), MILLION) for kind in KINDS}
    costs = {kind: used[kind] * Fraction(usd[kind]) for kind in usd}
    cost, count = sum(costs.values(), Fraction(0)), Fraction(int(request[REQUESTS] or 0))
    failed = request["outcome"] == "throttled"
    prompt = (used["input_tokens"] + used["cache_read_tokens"]) * MILLION
    none = Fraction(0)
    return {
        "usd_per_request": (cost, count),
        "usd_per_success": (cost, count if request["outcome"] == "ok" else none),
        "failed_cost_ratio": (cost if failed else none, cost),
        "usd_per_mtok": (cost, sum((used[kind] for kind in usd), none)),
        "usd_per_mtok_output": (costs.get("output_tokens", none), used["output_tokens"] if usd else none),
        "usd_per_mtok_cache_read": (
            costs.get("cache_read_tokens", none),
            used["cache_read_tokens"] if "cache_read_tokens" in usd else none,
        ),
        "prompt_tokens_per_request": (
            prompt,
            count if any(request[kind] is not None for kind in KINDS) else none,
        ),
        "cache_hit_ratio": (used["cache_read_tokens"] * MILLION, prompt),
        "error_ratio": (count if failed else none, count),
    }


@given(requests=st.lists(REQUEST, min_size=1, max_size=40))
def test_the_sums_are_those_of_the_requests_to_the_last_bit(requests: list[Request]) -> None:
    prices, scale = in_whole_numbers(TABLE)
    cells = summed(requests, (REQUESTS, *KINDS), prices)
    found = {metric: told for _, metric, told in cross_moments(cells, (REQUESTS, *KINDS), KINDS, scale)}
    counts = [int(request[REQUESTS] or 0) for request in requests]
    for metric in one_by_one(requests[0]):
        rows = [one_by_one(request)[metric] for request in requests]
        rests_on = [bool(x) or not metric.startswith("usd_per_mtok") for _, x in rows]
        if not any(rests_on):
            assert metric not in found
            continue
        assert found[metric] == Moments(
            sum(rests_on),
            sum(count for count, on in zip(counts, rests_on, strict=True) if on),
            float(sum(y for y, _ in rows)),
            float(sum(x for _, x in rows)),
            float(sum(y * y for y, _ in rows)),
            float(sum(x * y for y, x in rows)),
            float(sum(x * x for _, x in rows)),
        ), metric


@given(requests=st.lists(REQUEST.map(lambda request: request | {REQUESTS: 1}), min_size=1, max_size=20))
def test_where_each_row_is_one_request_its_count_need_not_be_summed(requests: list[Request]) -> None:
    prices, scale = in_whole_numbers(TABLE)
    told = [
        list(cross_moments(summed(requests, columns, prices), columns, KINDS, scale))
        for columns in (KINDS, (REQUESTS, *KINDS))
    ]
    assert told[0] == told[1]


@pytest.mark.parametrize("apart", [1, 10, 1000])
def test_a_standard_error_of_a_hundred_million_requests_is_no_rounding(apart: int) -> None:
    """Half of them use a few tokens more: of squares 4e10 times as large as that, enough digits are left to tell it."""
    half, tokens = 50_000_000, 100_000
    prices, scale = in_whole_numbers({"one": {"output_tokens": Decimal("10.7")}})
    alike = Alike(prices["one"], "ok", told=True, used=("output_tokens",))
    used = (tokens, tokens + apart)
    cells = [CrossCell((), alike, (half, half * each, half * each * each)) for each in used]
    columns, kinds = ("output_tokens",), ("output_tokens",)
    (cost,) = (told for _, name, told in cross_moments(cells, columns, kinds, scale) if name == "usd_per_request")
    deviation = Fraction(apart, 2) * Fraction("10.7") / MILLION
    assert cost.clusters == 2 * half
    expected = float(deviation) / sqrt(2 * half - 1)
    assert standard_error(cost) == pytest.approx(expected, rel=1e-4)


def test_prices_are_whole_numbers_of_one_unit() -> None:
    assert in_whole_numbers({1: {"a": Decimal("0.3")}, 2: {"a": Decimal(3), "b": Decimal("0.125")}}) == (
        {1: (("a", 12),), 2: (("a", 120), ("b", 5))},
        40,
    )
    assert in_whole_numbers({}) == ({}, 1)


def test_a_kind_is_a_metric_of_its_own_where_there_are_several() -> None:
    names = [metric.name for metric in metrics(("input_tokens", "output_tokens", "audio_output_tokens"))]
    assert [name for name in names if name.startswith("usd_per_mtok_")] == [
        "usd_per_mtok_input",
        "usd_per_mtok_output",
        "usd_per_mtok_text_output",
        "usd_per_mtok_audio_output",
    ]
    assert not [name for name in (metric.name for metric in metrics(())) if "usd" in name]
