"""Latency figures against worked examples (fixtures/oracles) and published percentiles, through the engine itself."""

from __future__ import annotations

import csv
import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.properties import ledgers

from tokenaudit.model.question import Filter, Question, Side

if TYPE_CHECKING:
    from tokenaudit.model.cells import LatencyCell

ROOT = Path(__file__).parents[3]
ORACLES = json.loads((ROOT / "fixtures" / "oracles" / "methods_oracles.json").read_text(encoding="utf-8"))
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples" / "latency"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")


def measured(folder: Path, *requests: dict[str, Any]) -> LatencyCell:
    """The latency cell of these requests, all in one group."""
    rows = [ledgers.usage_row(number, **request) for number, request in enumerate(requests)]
    (cell,) = ledgers.engine_over(folder, rows).latency(Question((Side("all", Filter()),), by=()))
    return cell


def test_a_single_stream(tmp_path: Path) -> None:
    given, expect = (ORACLES["latency_single_stream"][part] for part in ("input", "expect"))
    cell = measured(
        tmp_path,
        {
            "latency_ms": (given["last_chunk"] - given["sent"]) * 1000,
            "first_token_ms": (given["first_chunk"] - given["sent"]) * 1000,
            "output_tokens": given["output_tokens"],
            "streamed": True,
        },
    )
    assert cell.first_token_p50_ms == pytest.approx(expect["ttft_s"] * 1000)
    assert cell.latency_p50_ms == pytest.approx(expect["e2e_s"] * 1000)
    assert cell.tpot_p50_ms == pytest.approx(expect["tpot_s_vllm_genaiperf_otel"] * 1000)
    assert cell.output_tokens_per_s_p50 == pytest.approx(expect["output_tps_per_user_aiperf (=1/ITL)"])


def test_a_request_that_was_not_streamed_has_no_first_token(tmp_path: Path) -> None:
    given, expect = (ORACLES["latency_edge"]["non_streamed"][part] for part in ("input", "expect"))
    cell = measured(
        tmp_path,
        {
            "latency_ms": given["e2e_s"] * 1000,
            "output_tokens": given["output_tokens"],
            "streamed": False,
            "first_token_ms": 700.0,  # whatever a log calls the first token of an answer that came whole
        },
    )
    assert (cell.latency_n, cell.latency_p50_ms) == (1, 3000)
    assert cell.first_token_n == 0
    assert (cell.first_token_p50_ms, cell.tpot_p50_ms) == (expect["ttft_s"], expect["tpot_s"])
    assert cell.output_tokens_per_s_p50 is None


def test_a_single_token_has_no_time_per_token(tmp_path: Path) -> None:
    given, expect = (ORACLES["latency_edge"]["one_token"][part] for part in ("input", "expect"))
    cell = measured(
        tmp_path,
        {"latency_ms": 400.0, "first_token_ms": 400.0, "output_tokens": given["output_tokens"], "streamed": True},
    )
    assert (cell.first_token_p50_ms, cell.tpot_p50_ms) == (expect["ttft_s"] * 1000, expect["tpot_s"])


def test_a_failed_request_is_in_no_percentile(tmp_path: Path) -> None:
    failed = {"latency_ms": 5.0, "first_token_ms": 1.0, "output_tokens": 0, "streamed": True, "outcome": "server_error"}
    fine = {"latency_ms": 1000.0, "first_token_ms": 200.0, "output_tokens": 9, "streamed": True}
    cell = measured(tmp_path, failed, {**failed, "outcome": "throttled"}, {**failed, "outcome": "filtered"}, fine)
    assert (cell.latency_n, cell.latency_p50_ms, cell.tpot_p50_ms) == (1, 1000, 100)


def test_alone_a_failed_request_leaves_every_figure_unknown(tmp_path: Path) -> None:
    cell = measured(tmp_path, {"latency_ms": 5.0, "outcome": "server_error", "output_tokens": 0})
    assert (cell.latency_n, cell.first_token_n) == (0, 0)
    assert {cell.latency_p50_ms, cell.first_token_p50_ms, cell.tpot_p50_ms, cell.output_tokens_per_s_p50} == {None}


def test_the_median_of_speeds_is_not_a_ratio_of_medians(tmp_path: Path) -> None:
    given, expect = (ORACLES["ratio_of_medians_pitfall"][part] for part in ("input", "expect"))
    requests = [
        {"latency_ms": float(whole), "first_token_ms": float(first), "output_tokens": tokens + 1, "streamed": True}
        for whole, first, tokens in given["requests_e2e_ms_ttft_ms_out"]
    ]  # one token more: the oracle divides by all tokens, the ledger's definition by those after the first
    cell = measured(tmp_path, *requests)
    assert cell.output_tokens_per_s_p50 == pytest.approx(expect["median_of_otps"])
    assert cell.output_tokens_per_s_p50 != pytest.approx(expect["aws_p50_formula"])


def test_quantiles_interpolate(tmp_path: Path) -> None:
    given, expect = (ORACLES["quantiles_type7"][part] for part in ("input", "expect"))
    cell = measured(tmp_path, *({"latency_ms": value} for value in given))
    found = (cell.latency_p50_ms, cell.latency_p95_ms, cell.latency_p99_ms)
    assert found == pytest.approx((expect["p50"], expect["p95"], expect["p99"]), rel=1e-12)


@needs_samples
@pytest.mark.parametrize("run", ["anyscale_70b", "groq_70b", "together_70b"])
def test_published_percentiles_of_real_runs(tmp_path: Path, run: str) -> None:
    """llmperf's runs: linear interpolation over requests without an error."""
    requests = json.loads((SAMPLES / f"{run}.json").read_text(encoding="utf-8"))
    cell = measured(
        tmp_path,
        *(
            {
                "latency_ms": each["end_to_end_latency_s"],
                "first_token_ms": each["ttft_s"],
                "output_tokens": each["number_output_tokens"],
                "streamed": True,
                "outcome": "ok" if each["error_code"] is None else "server_error",
            }
            for each in requests
        ),
    )
    found = {
        ("end_to_end_latency_s", "0.5"): cell.latency_p50_ms,
        ("end_to_end_latency_s", "0.95"): cell.latency_p95_ms,
        ("end_to_end_latency_s", "0.99"): cell.latency_p99_ms,
        ("ttft_s", "0.5"): cell.first_token_p50_ms,
        ("ttft_s", "0.95"): cell.first_token_p95_ms,
    }
    with (SAMPLES / "quantile_oracle.csv").open(encoding="utf-8", newline="") as stream:
        published = {(row["metric"], row["q"]): row for row in csv.DictReader(stream) if row["run"] == run}
    for key, value in found.items():
        assert value == pytest.approx(float(published[key]["published"]), rel=1e-9)
    assert cell.latency_n == int(published["ttft_s", "0.5"]["n_ok"])
