"""`compare`: latency like for like, service levels, intervals and drawings, of logs as the clouds write them."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.cli.test_terminal import _lines, _shown, _width
from tests.properties import logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

SECTIONS = ["compare", "totals"]
EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds" / "logs"
WEEKS = ("--left", "tag:week=1", "--right", "tag:week=2")


def _record(number: int, week: str, latency_ms: int, prompt: int, output: int = 50) -> dict[str, Any]:
    """A streamed call of one of two weeks; its first token comes after a tenth of the time."""
    chunks = {
        "usage": {"inputTokens": prompt, "outputTokens": output},
        "metrics": {"latencyMs": latency_ms},
        "stopReason": "end_turn",
    }
    return logs.bedrock(
        number,
        logs.after(seconds=10 * number),
        requestMetadata={"week": week},
        input={"inputContentType": "application/json", "inputTokenCount": prompt},
        output={"outputContentType": "application/json", "outputBodyJson": chunks, "outputTokenCount": output},
    )


@pytest.fixture(scope="module")
def weeks(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The second week is slower at everything, and has more of what is quick: 40 long and 160 short for 160 and 40."""
    records = []
    for week, slower, short in (("1", 0, 40), ("2", 300, 160)):
        for number in range(200):
            is_short = number < short
            base = (1000 if is_short else 8000) + slower + (number % 7) * 10
            records.append(_record(1000 * int(week) + number, week, base, 500 if is_short else 5000))
    failed = [
        logs.bedrock(
            9000 + number,
            logs.after(hours=1),
            requestMetadata={"week": "2"},
            output=None,
            errorCode="ThrottlingException",
        )
        for number in range(10)
    ]
    folder = tmp_path_factory.mktemp("weeks")
    logs.write(folder / "logs.json.gz", [*records, *failed])
    return folder


@pytest.fixture
def compare(inside: Callable[..., Done], weeks: Path) -> Callable[..., Done]:
    def run(*arguments: str) -> Done:
        done = inside("compare", weeks, "--quiet", "--format", "json", *WEEKS, *arguments)
        assert done.code == 0, done
        return done

    return run


def test_a_reversal_is_in_the_report(compare: Callable[..., Done]) -> None:
    done = compare()
    assert [section["id"] for section in done.report["sections"]] == [*SECTIONS, "latency_standardised"]
    one, two = done.rows("latency_standardised")
    assert (one["side"], two["side"]) == WEEKS[1::2]
    assert one["mean_ms"] > two["mean_ms"]
    assert one["standardised_mean_ms"] == pytest.approx(4530, abs=1)
    assert two["standardised_mean_ms"] == pytest.approx(4830, abs=1)
    assert one["lower_ms"] < one["standardised_mean_ms"] < one["upper_ms"] < two["lower_ms"]
    assert (one["covered_ratio"], one["reversal"], two["reversal"], one["n"]) == (1, True, True, 200)
    assert "like for like tag:week=1 is the faster one" in done.caveats["reversal"]
    assert {each["name"] for each in done.report["sections"][2]["columns"]} == set(one)


def test_the_order_in_which_logs_are_read_changes_no_digit(
    inside: Callable[..., Done], weeks: Path, tmp_path: Path, compare: Callable[..., Done]
) -> None:
    import gzip  # noqa: PLC0415  # only here

    lines = gzip.decompress((weeks / "logs.json.gz").read_bytes()).splitlines(keepends=True)
    for name, part in (("a", lines[::-2]), ("b", lines[-2::-2])):
        (tmp_path / f"{name}.json").write_bytes(b"".join(part))
    other = inside("compare", tmp_path, "--quiet", "--format", "json", *WEEKS, "--intervals")
    assert other.code == 0, other
    one = compare("--intervals")
    for section in ("compare", "latency_standardised", "latency_percentiles"):
        assert other.rows(section) == one.rows(section)


def test_percentiles_have_intervals_where_they_are_asked_for(compare: Callable[..., Done]) -> None:
    rows = {(row["side"], row["quantile"]): row for row in compare("--intervals").rows("latency_percentiles")}
    assert set(rows) == {(side, quantile) for side in WEEKS[1::2] for quantile in (0.5, 0.95, 0.99)}
    median = rows["tag:week=1", 0.5]
    assert (median["metric"], median["n"]) == ("latency_ms", 200)
    assert median["lower_ms"] <= median["value_ms"] <= median["upper_ms"]
    assert rows["tag:week=1", 0.99]["lower_ms"] is rows["tag:week=1", 0.99]["upper_ms"] is None


def test_a_service_level_counts_what_failed(compare: Callable[..., Done]) -> None:
    done = compare("--slo", "e2e=2s", "--slo-target", "75%")
    one, two = done.rows("slo")
    assert "requests" not in one
    assert (one["attempts"], one["ok"], one["applicable"], one["good"], one["meets"]) == (200, 200, 200, 40, False)
    assert (two["attempts"], two["ok"], two["applicable"], two["good"]) == (210, 200, 200, 160)
    assert two["attainment_ratio"] == pytest.approx(160 / 210)
    assert (two["meets"], two["cheapest"]) == (True, True)
    costs = {row["side"]: row["list_cost_usd"] for row in done.rows()}
    assert two["usd_per_good_request"] == pytest.approx(costs["tag:week=2"] / 160)
    assert one["goodput_per_s"] == pytest.approx(40 / (1990 + 8.030 + 0.01), rel=1e-3)
    assert "tag:week=2 anthropic/claude-sonnet-4-5" in done.caveats["slo_cheapest"]


def test_what_the_logs_do_not_tell_is_not_judged(compare: Callable[..., Done]) -> None:
    done = compare("--slo", "mlperf-interactive")
    for row in done.rows("slo"):
        assert (row["applicable"], row["good"], row["attainment_ratio"], row["cheapest"]) == (0, None, None, None)
    assert "400 of 400 answers" in done.caveats["slo_unjudged"]


def test_charts_bring_their_sections(compare: Callable[..., Done]) -> None:
    done = compare("--charts")
    days = done.rows("cost_by_day")
    assert [(row["day"], row["side"]) for row in days] == [
        (logs.after().date().isoformat(), side) for side in WEEKS[1::2]
    ]
    assert sum(row["list_cost_usd"] for row in days) == pytest.approx(sum(row["list_cost_usd"] for row in done.rows()))
    bins = done.rows("latency_histogram")
    assert {side: sum(row["n"] for row in bins if row["side"] == side) for side in WEEKS[1::2]} == dict.fromkeys(
        WEEKS[1::2], 200
    )
    assert all(set(row) == {"side", "lower_ms", "upper_ms", "n"} for row in bins)


@pytest.mark.parametrize(
    ("arguments", "message", "hint"),
    [
        (("--slo", "ttfb=1s"), "--slo: there is no limit on 'ttfb'", "did you mean ttft?"),
        (("--slo", "mlperf-interctive"), "--slo: 'mlperf-interctive' is no limit and no preset", "mlperf-interactive?"),
        (("--slo", "ttft=1"), "--slo: 'ttft=1' is no limit", "with its unit"),
        (("--slo", "e2e=1s", "--slo-target", "99"), "'99' is no share", "0.5%"),
    ],
)
def test_a_service_level_that_says_nothing_is_refused(
    inside: Callable[..., Done], weeks: Path, arguments: tuple[str, ...], message: str, hint: str
) -> None:
    said, told = inside("compare", weeks, "--quiet", *arguments).refused(2)
    assert said == message
    assert hint in told


def test_the_example_is_faster_on_azure_like_for_like_too(inside: Callable[..., Done]) -> None:
    done = inside("compare", EXAMPLE, "--quiet", "--format", "json")
    bedrock, azure = done.rows("latency_standardised")
    assert bedrock["model"] == azure["model"] == "anthropic/claude-sonnet-4-5"
    assert azure["upper_ms"] < bedrock["lower_ms"]
    assert bedrock["reversal"] is False
    assert min(bedrock["covered_ratio"], azure["covered_ratio"]) > 0.9
    assert (bedrock["vantage"], azure["vantage"]) == ("provider", "gateway")
    assert "anthropic/claude-sonnet-4-5" in done.caveats["vantages_differ"]


def test_pairs_of_models_are_compared_like_for_like(inside: Callable[..., Done]) -> None:
    done = inside("compare", EXAMPLE, "--quiet", "--format", "json", "--match", "nova-pro=gpt-4.1")
    rows = {(row["match"], row["side"]): row for row in done.rows("latency_standardised")}
    assert rows["nova-pro = gpt-4.1", "azure"]["model"] == "openai/gpt-4.1"
    assert "own_tokens" in done.caveats
    assert len(done.rows("latency_standardised_overall")) == 2


def test_means_of_a_cloud_stand_in_where_no_log_tells(inside: Callable[..., Done], tmp_path: Path) -> None:
    names = [("InputTokenCount", "Sum", [1000.0, 10.0]), ("InvocationLatency", "Average", [1000.0, 4000.0])]
    names.append(("InvocationLatency", "SampleCount", [30.0, 10.0]))
    times = [logs.iso(logs.after(hours=hour)) for hour in range(2)]
    model = [{"Name": "ModelId", "Value": "amazon.nova-pro-v1:0"}]
    queries = [
        {
            "Id": f"m{place}",
            "MetricStat": {"Metric": {"MetricName": name, "Dimensions": model}, "Period": 3600, "Stat": stat},
        }
        for place, (name, stat, _) in enumerate(names)
    ]
    results = [
        {"Id": f"m{place}", "Timestamps": times, "Values": values, "StatusCode": "Complete"}
        for place, (_, _, values) in enumerate(names)
    ]
    document = {"Namespace": "AWS/Bedrock", "AccountId": logs.AWS_ACCOUNT, "Region": "us-east-1"}
    (tmp_path / "metrics.json").write_text(
        json.dumps({**document, "MetricDataQueries": queries, "MetricDataResults": results})
    )
    done = inside(
        *("compare", tmp_path, EXAMPLE / "azure", "--quiet", "--format", "json", "--match", "nova-pro=gpt-4.1"),
        *("--config", EXAMPLE.parent / "tokenaudit.toml"),
    )
    cloud, requests = done.rows("latency_standardised")
    assert (cloud["basis"], cloud["n"], cloud["mean_ms"]) == ("metrics", 40, 1750)
    assert cloud["standardised_mean_ms"] is requests["standardised_mean_ms"] is cloud["covered_ratio"] is None
    assert (requests["basis"], requests["n"]) == ("requests", 200)
    assert "bedrock: no log tells the latency of nova-pro = gpt-4.1" in done.caveats["mean_from_metrics"]


ALL_OF_IT = ("--slo", "mlperf-server,e2e=3s", "--intervals", "--charts", *WEEKS)


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_all_of_it_fits_a_terminal(home: Path, weeks: Path, columns: int) -> None:
    sent, code = _shown(home, columns, "compare", weeks, *ALL_OF_IT)
    assert code == 0
    assert [line for line in _lines(sent) if _width(line) > columns] == []
    assert "\u2588" in sent


def test_a_terminal_without_unicode_is_drawn_on_too(home: Path, weeks: Path) -> None:
    plain, code = _shown(home, 80, "compare", weeks, *ALL_OF_IT, "--color", "never", PYTHONIOENCODING="ascii")
    assert code == 0
    assert "###" in plain
    assert plain.isascii()


def test_nothing_is_drawn_that_was_not_asked_for(inside: Callable[..., Done], weeks: Path) -> None:
    plain = inside("compare", weeks, *WEEKS).out
    assert not re.search("[\u2581-\u2588]", plain)
    assert "Latency like for like" in plain
    for heading in ("Service level", "intervals", "by day", "How long"):
        assert heading not in plain
    assert "\x1b" not in inside("compare", weeks, *WEEKS, "--charts").out
