"""Goodput against the worked example of fixtures/oracles, through the engine itself."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers, logs

from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.slo import Slo, slo

if TYPE_CHECKING:
    from tokenaudit.model.timings import SloCell

ORACLE = json.loads(
    (Path(__file__).parents[3] / "fixtures" / "oracles" / "methods_oracles.json").read_text(encoding="utf-8")
)["goodput"]


def judged(folder: Path, objective: Slo, *requests: dict[str, Any]) -> SloCell:
    rows = [ledgers.usage_row(number, **request) for number, request in enumerate(requests)]
    (cell,) = ledgers.engine_over(folder, rows).attempts(Question((Side("all", Filter()),), ()), objective)
    return cell


def _requests(*, single_token: bool) -> list[dict[str, Any]]:
    """Those of the example, ten seconds from the first start to the last end; the last has no time per token."""
    made = []
    for each in ORACLE["input"]["requests"]:
        row: dict[str, Any] = {"started_at": logs.after(seconds=each["id"] - 1), "streamed": True}
        if not each["ok"]:
            row |= {"outcome": "server_error", "latency_ms": 5000.0}
        elif each["tpot"] is None:
            row |= {"first_token_ms": each["ttft"] * 1000, "output_tokens": 1 if single_token else None}
            row["latency_ms"] = each["ttft"] * 1000
        else:
            row |= {"first_token_ms": each["ttft"] * 1000, "output_tokens": 11}
            row["latency_ms"] = row["first_token_ms"] + each["tpot"] * 10_000
        made.append(row)
    made[0]["started_at"] = logs.after()
    made[-1]["started_at"] = logs.after(seconds=10) - timedelta(milliseconds=200)
    return made


def test_an_answer_of_one_token_is_not_held_to_a_time_per_token(tmp_path: Path) -> None:
    limits = {name.removesuffix("_s") + "_ms": value * 1000 for name, value in ORACLE["input"]["slo"].items()}
    cell = judged(tmp_path, Slo(**limits), *_requests(single_token=True))
    expect = ORACLE["expect"]
    assert cell.window_s == pytest.approx(ORACLE["input"]["window_s"])
    assert (cell.attempts, cell.ok, cell.judged, cell.good) == (6, 5, 5, len(expect["good_ids_vllm"]))
    assert cell.good / cell.window_s == pytest.approx(expect["good_requests_per_s_vllm"])
    assert cell.good / cell.attempts == expect["slo_attainment_over_all"]
    assert cell.good / cell.ok == expect["slo_attainment_over_success"]


def test_a_metric_that_is_missing_is_not_good(tmp_path: Path) -> None:
    cell = judged(tmp_path, slo("ttft=500ms,tpot=50ms"), *_requests(single_token=False))
    assert cell.good == len(ORACLE["expect"]["good_ids_aiperf (missing metric => not good)"])
    assert (cell.ok, cell.judged) == (5, 4)


def test_limits_are_inclusive_and_only_what_is_limited_is_judged(tmp_path: Path) -> None:
    request = {"latency_ms": 1000.0, "streamed": False, "first_token_ms": 3.0, "output_tokens": 5}
    for number, (objective, told) in enumerate(
        {"e2e=1s": (1, 1), "e2e=999.9ms": (1, 0), "ttft=1s": (0, 0), "ttft=1s,e2e=1s": (0, 0)}.items()
    ):
        (tmp_path / str(number)).mkdir()
        cell = judged(tmp_path / str(number), slo(objective), request)
        assert (cell.judged, cell.good) == told, objective


def test_a_first_token_with_the_last_one_is_no_time_per_token_at_all(tmp_path: Path) -> None:
    request = {"latency_ms": 300.0, "streamed": True, "first_token_ms": 300.0, "output_tokens": 5}
    cell = judged(tmp_path, slo("tpot=1ms"), request, {**request, "first_token_ms": 301.0})
    assert (cell.judged, cell.good) == (1, 1)


def test_filtered_answers_are_attempts_and_buckets_are_none(tmp_path: Path) -> None:
    fine = {"latency_ms": 300.0}
    cell = judged(
        tmp_path, slo("e2e=1s"), fine, {**fine, "outcome": "filtered"}, {**fine, "grain": "bucket", "request_count": 50}
    )
    assert (cell.attempts, cell.ok, cell.good) == (2, 1, 1)


def test_how_requests_ended_is_not_known_where_no_log_tells_it(tmp_path: Path) -> None:
    rows = [ledgers.usage_row(number, outcome=outcome) for number, outcome in enumerate(("ok", "throttled", "unknown"))]
    (cell,) = ledgers.engine_over(tmp_path, rows).rollup(Question((Side("all", Filter()),), ()))
    assert (cell.requests, cell.error_count, cell.untold_count) == (3, 1, 1)
