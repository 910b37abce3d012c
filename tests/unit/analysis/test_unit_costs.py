"""Costs by the piece, what failures cost and what caching saved: as sections of a report."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from tests.unit.analysis.made import ORACLES, cell, pricing, rates

from tokenaudit.analysis.caching import caching_section
from tokenaudit.analysis.unit_costs import failures_section, unit_cost_caveats, unit_costs_section
from tokenaudit.model.columns import AZURE
from tokenaudit.model.moments import MomentCell, Moments

SIDES = ("left", "right")
KEYS = ("model",)


def moment(metric: str, pairs: list[tuple[float, float]], **changes: Any) -> MomentCell:
    columns: dict[str, Any] = {"side": "left", "group": ("acme/one",), "metric": metric, "moments": Moments.of(pairs)}
    return MomentCell(**(columns | changes))


def test_a_unit_cost_with_its_interval() -> None:
    example = ORACLES["ratio_estimator_delta_ci"]
    pairs = list(zip(example["input"]["cost_cents"], example["input"]["tokens"], strict=True))
    (row,) = unit_costs_section(SIDES, KEYS, [moment("usd_per_mtok", pairs)]).rows
    assert (row["model"], row["metric"], row["side"]) == ("acme/one", "usd_per_mtok", "left")
    assert float(str(row["usd"])) == pytest.approx(example["expect"]["R"])
    told = [float(str(row[name])) for name in ("lower_usd", "upper_usd")]
    assert told == pytest.approx(example["expect"]["ci95_normal"])
    assert (row["n"], row["clusters"]) == (10, 10)


def test_one_request_has_no_interval_and_sides_answer_each_other() -> None:
    found = [
        moment("usd_per_mtok", [(1.0, 2.0)], side="right"),
        moment("usd_per_request", [(1.0, 1.0)], side="right"),
        moment("usd_per_mtok", [(1.0, 2.0)]),
        moment("usd_per_request", [(1.0, 1.0)], group=(None,)),
        moment("usd_per_request", [(1.0, 1.0)]),
        moment("cache_hit_ratio", [(1.0, 1.0)]),
    ]
    rows = unit_costs_section(SIDES, KEYS, found).rows
    assert [(row["model"], row["metric"], row["side"]) for row in rows] == [
        ("acme/one", "usd_per_mtok", "left"),
        ("acme/one", "usd_per_mtok", "right"),
        ("acme/one", "usd_per_request", "left"),
        ("acme/one", "usd_per_request", "right"),
        (None, "usd_per_request", "left"),
    ]
    assert all(row["lower_usd"] is None and row["upper_usd"] is None for row in rows)


def test_a_kind_that_is_all_of_the_prompt_is_not_said_twice() -> None:
    found = [
        moment("usd_per_mtok_input", [(1.0, 2.0), (2.0, 4.0)]),
        moment("usd_per_mtok_uncached_input", [(1.0, 2.0), (2.0, 4.0)]),
        moment("usd_per_mtok_uncached_input", [(1.0, 2.0), (1.0, 2.0)], side="right"),
    ]
    rows = unit_costs_section(SIDES, KEYS, found).rows
    assert [(row["metric"], row["side"]) for row in rows] == [
        ("usd_per_mtok_input", "left"),
        ("usd_per_mtok_uncached_input", "right"),
    ]


def test_a_success_bears_what_failures_cost() -> None:
    asked, expect = ORACLES["cost_of_failures"]["input"], ORACLES["cost_of_failures"]["expect"]
    total = float(expect["total"])
    found = [
        moment("usd_per_request", [(total, asked["attempts"])]),
        moment("usd_per_success", [(total, asked["succeeded"])]),
        moment("failed_cost_ratio", [(float(asked["cost_failed_billed_attempts"]), total)]),
        moment("error_ratio", [(1.0, 1.0)], side="right"),
    ]
    (row,) = failures_section(SIDES, KEYS, found).rows
    assert (row["attempts"], row["succeeded"]) == (asked["attempts"], asked["succeeded"])
    assert row["list_cost_usd"] == Decimal(expect["total"])
    assert row["failed_cost_usd"] == Decimal(asked["cost_failed_billed_attempts"])
    assert row["failed_cost_ratio"] == pytest.approx(expect["waste_share"])
    assert float(str(row["usd_per_attempt"])) == pytest.approx(expect["cost_per_attempt"])
    assert float(str(row["usd_per_success"])) == pytest.approx(expect["cost_per_successful_request"])


def test_of_attempts_whose_end_no_log_tells_nobody_knows_what_failed() -> None:
    found = [
        moment("usd_per_request", [(6.0, 3.0)]),
        moment("usd_per_success", [(6.0, 0.0)]),
        moment("failed_cost_ratio", [(0.0, 6.0)]),
        moment("error_ratio", [(0.0, 0.0)]),
    ]
    (row,) = failures_section(SIDES, KEYS, found).rows
    assert (row["attempts"], row["usd_per_attempt"]) == (3, 2)
    assert {row[name] for name in ("succeeded", "failed_cost_usd", "failed_cost_ratio", "usd_per_success")} == {None}


def test_what_intervals_rest_on_is_said() -> None:
    many = Moments(clusters=100, n=100, sum_y=1, sum_x=1, sum_yy=1, sum_xy=1, sum_xx=1)
    assert list(unit_cost_caveats([moment("usd_per_request", [], moments=many)])) == []
    few = Moments(clusters=5, n=100, sum_y=1, sum_x=1, sum_yy=1, sum_xy=1, sum_xx=1)
    found = list(unit_cost_caveats([moment("usd_per_request", [], moments=few)]))
    assert [(caveat.code, caveat.count) for caveat in found] == [("clusters", 1), ("small_sample", 1)]


def test_no_section_but_the_comparison_has_a_column_of_requests() -> None:
    sections = (
        unit_costs_section(SIDES, KEYS, []),
        failures_section(SIDES, KEYS, []),
        caching_section(SIDES, KEYS, [], pricing(rates({"input": "3"}))),
    )
    assert all("requests" not in {field.name for field in section.columns} for section in sections)


def test_the_net_saving_of_bedrock_s_cache() -> None:
    example = ORACLES["cost_per_request"]["bedrock_semantics (inputTokens EXCLUDES cache read/write)"]
    given, expect = example["input"], example["expect"]
    kinds = {"in": "input", "cr": "cache_read", "cw": "cache_write", "out": "output"}
    book = rates({kind: given["prices"][short] for short, kind in kinds.items()})
    used = cell(
        {
            "input": given["inputTokens"],
            "cache_read": given["cacheReadInputTokens"],
            "cache_write": given["cacheWriteInputTokens"],
            "output": given["outputTokens"],
        }
    )
    (row,) = caching_section(SIDES, KEYS, [used], pricing(book)).rows
    assert row["read_saving_usd"] == Decimal(expect["gross_read_saving"])
    assert row["write_premium_usd"] == Decimal(expect["write_premium"])
    assert row["net_saving_usd"] == Decimal(expect["net_cache_saving"])
    assert row["cache_hit_ratio"] == expect["cache_hit_ratio"]
    assert row["reads_per_write"] == 8
    assert float(str(row["break_even_reads_per_write"])) == pytest.approx(0.75 / 2.7)  # methods: 0.278


def test_the_net_saving_of_azure_s_cache_which_is_free_to_write() -> None:
    example = ORACLES["cost_per_request"]["azure_semantics (prompt_tokens INCLUDES cached_tokens)"]
    given, expect = example["input"], example["expect"]
    prices = {"input": given["prices"]["in"], "cache_read": given["prices"]["cr"]}
    read = given["prompt_tokens_details.cached_tokens"]
    used = cell(
        {"input": expect["uncached"], "cache_read": read}, provider=AZURE, scope="global", side="right", region=None
    )
    (row,) = caching_section(SIDES, KEYS, [used], pricing(rates(prices, provider=AZURE))).rows
    assert row["net_saving_usd"] == Decimal(expect["net_cache_saving"])
    assert (row["reads_per_write"], row["break_even_reads_per_write"]) == (None, None)
    assert (row["written_tokens"], row["write_premium_usd"]) == (None, None), "its log tells nothing of writes"


def test_a_cache_without_prices_saves_nobody_knows_what() -> None:
    used = [cell({"input": 5, "cache_read": 7}), cell({"input": 5, "cache_read": 7}, model=None, name="x")]
    (row,) = caching_section(SIDES, KEYS, used, pricing(rates({"input": "3"}))).rows
    assert row["cache_read_tokens"] == 14
    assert row["net_saving_usd"] is None
    assert row["read_saving_usd"] is None


def test_a_cache_that_is_only_written_costs() -> None:
    used = cell({"input": 100, "cache_write": 100})
    (row,) = caching_section(SIDES, KEYS, [used], pricing(rates({"input": "3", "cache_write": "3.75"}))).rows
    assert row["net_saving_usd"] == Decimal("-0.000075")
    assert row["break_even_reads_per_write"] is None
