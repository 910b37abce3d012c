"""Bills that cannot be taken at their word: told twice, cut by the window, half told, or mixed. The figures say so."""

from __future__ import annotations

import csv
import gzip
import json
import re
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "two-clouds"


def test_a_month_that_is_there_twice_is_told(inside: Callable[..., Done], tmp_path: Path) -> None:
    """Downloaded as it was then and as it is now: nothing says which is the newer, and no sum is silently doubled."""
    (path,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    month = gzip.decompress(path.read_bytes()).splitlines(keepends=True)
    (tmp_path / "then.csv").write_bytes(b"".join(month[:-40]))
    once = inside("compare", tmp_path, "--format", "json")
    assert "billed_again" not in once.caveats
    (tmp_path / "now.csv").write_bytes(b"".join(month))
    for command in ("compare", "reconcile"):
        twice = inside(command, tmp_path, "--format", "json")
        assert {"then.csv", "now.csv"} <= set(re.findall(r"\w+\.csv", twice.caveats["billed_again"])), command
    ledger = ledgers.taken(tmp_path / "ledger", [tmp_path / "then.csv", tmp_path / "now.csv"])
    explained = inside("explain", "billed_cost_usd", "--ledger", ledger, "--format", "json")
    assert "billed_again" in explained.caveats
    for what in ("charges", "focus"):
        assert "counted again" in inside("export", what, "--ledger", ledger, "-o", tmp_path / f"{what}.csv").err


def _report(path: Path, since: str, until: str) -> None:
    """The example's report of AWS, as far as its lines begin in this time."""
    (whole,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    head, *lines = gzip.decompress(whole.read_bytes()).decode().splitlines(keepends=True)
    begin = head.split(",").index("line_item_usage_start_date")
    path.write_text("".join((head, *(line for line in lines if since <= line.split(",")[begin] < until))))


def _cost_explorer(path: Path, usd: str, *periods: tuple[str, str], costs: tuple[str, ...] = ("Unblended",)) -> None:
    """A saved answer: a thousand input tokens of Nova Pro for so much in each period."""
    keys = [{"Type": "DIMENSION", "Key": key} for key in ("SERVICE", "USAGE_TYPE")]
    tokens = {"Amount": "1", "Unit": "1K tokens"}
    figures = {f"{cost}Cost": {"Amount": usd, "Unit": "USD"} for cost in costs} | {"UsageQuantity": tokens}
    groups = [{"Keys": ["Amazon Bedrock", "USE1-NovaPro-input-tokens"], "Metrics": figures}]
    by_time = [{"TimePeriod": {"Start": start, "End": end}, "Groups": groups} for start, end in periods]
    path.write_text(json.dumps({"GroupDefinitions": keys, "ResultsByTime": by_time}))


def test_a_month_that_is_asked_for_by_day_and_by_month_is_told(inside: Callable[..., Done], tmp_path: Path) -> None:
    _cost_explorer(tmp_path / "daily.json", "2.0000001", ("2026-10-05", "2026-10-06"), ("2026-10-06", "2026-10-07"))
    _cost_explorer(tmp_path / "lately.json", "3", ("2026-10-07", "2026-10-08"))
    assert "billed_again" not in inside("compare", tmp_path, "--format", "json").caveats
    _cost_explorer(tmp_path / "monthly.json", "4.0000002", ("2026-10-01", "2026-11-01"))
    told = inside("compare", tmp_path, "--format", "json").caveats["billed_again"]
    assert set(re.findall(r"\w+\.json", told)) == {"daily.json", "monthly.json"}
    assert told.startswith("1 line of bills counted again")


@pytest.mark.parametrize(
    ("window", "billed", "said"),
    [
        (("--until", "2026-10-15"), 0.8, "bedrock: 1 line of bills that end after the window"),
        (("--since", "2026-10-15"), None, "bedrock: 1 line of bills that began before the window"),
        (("--since", "2026-10", "--until", "2026-11"), 0.8, ""),
    ],
)
def test_a_line_that_the_window_cuts_is_told(
    inside: Callable[..., Done], tmp_path: Path, window: tuple[str, ...], billed: float | None, said: str
) -> None:
    """The bill of a whole month stood beside half a month of requests, or none at all, and nobody said so."""
    _cost_explorer(tmp_path / "month.json", "0.8", ("2026-10-01", "2026-11-01"))
    days = [datetime(2026, 10, day, 10, tzinfo=UTC) for day in (3, 20)]
    logs.write(tmp_path / "logs.json", [logs.bedrock(day.day, day, modelId="amazon.nova-pro-v1:0") for day in days])
    done = inside("compare", tmp_path, *window, "--format", "json")
    assert [row["billed_cost_usd"] for row in done.rows()] == [billed]
    assert done.caveats.get("bill_cut", "").rpartition(":")[0] == said
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [tmp_path]))
    explained = inside("explain", "billed_cost_usd", *window, *ledger, "--format", "json")
    assert explained.rows("explain")[0]["value"] == billed
    for figure in ("billed_cost_usd", "bill_tokens"):
        told = inside("explain", figure, *ledger, *window, "--format", "json").caveats.get("bill_cut", "")
        assert told.rpartition(":")[0] == said.replace("bedrock", "explained")
    for what in ("charges", "focus"):
        told = inside("export", what, *ledger, *window, "-o", tmp_path / f"{what}.csv").err
        assert (f"note: {said.replace('bedrock', 'the file')}: " in told) == bool(said)


def test_a_better_bill_that_begins_late_is_told(inside: Callable[..., Done], tmp_path: Path) -> None:
    """What the other bills for the days before it is in no sum: nobody is to take that sum for the month."""
    _report(tmp_path / "report.csv", "2026-10-06", "2026-10-08")
    days = [(f"2026-10-{day:02}", f"2026-10-{day + 1:02}") for day in (4, 5, 6, 7)]
    _cost_explorer(tmp_path / "answer.json", "2", *days)
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [tmp_path]))
    for command in (("compare",), ("explain", "billed_cost_usd")):
        told = inside(*command, *ledger, "--format", "json").caveats["bill_begins_late"]
        assert "begins on 2026-10-06; what aws.cost_explorer bills for days before it is in no sum" in told
    before = inside("compare", *ledger, "--until", "2026-10-06", "--format", "json")
    assert before.rows("totals")[0]["billed_cost_usd"] == 4
    assert "bill_begins_late" not in before.caveats
    since = inside("compare", *ledger, "--since", "2026-10-06", "--format", "json")
    assert "bill_begins_late" not in since.caveats


def test_a_cut_line_is_told_where_the_window_has_no_better_bill(inside: Callable[..., Done], tmp_path: Path) -> None:
    """The report begins later: in the month it keeps the line out, and in these days that stands there whole."""
    _report(tmp_path / "report.csv", "2026-10-02", "2026-11")
    _cost_explorer(tmp_path / "month.json", "30", ("2026-10-01", "2026-11-01"))
    done = inside("compare", tmp_path, "--until", "2026-10-02", "--format", "json")
    assert done.rows("totals")[0]["billed_cost_usd"] == 30
    assert done.caveats["bill_cut"].startswith("bedrock: 1 line of bills that end after the window")


def test_an_effective_cost_of_some_months_alone_is_said_to_be_that(inside: Callable[..., Done], tmp_path: Path) -> None:
    both = ("Unblended", "Amortized")
    _cost_explorer(tmp_path / "october.json", "2", ("2026-10-05", "2026-10-06"), costs=both)
    _cost_explorer(tmp_path / "september.json", "3", ("2026-09-05", "2026-09-06"))
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [tmp_path]), "--format", "json")
    for command in (("compare", "--cost", "effective"), ("explain", "effective_cost_usd")):
        told = inside(*command, *ledger).caveats["partial_effective_cost"]
        assert "aws.cost_explorer tells no effective cost on 2026-09-05" in told
    assert "partial_effective_cost" not in inside("compare", *ledger, "--since", "2026-10").caveats


def test_a_report_of_today_does_not_keep_the_days_after_it_out(inside: Callable[..., Done], tmp_path: Path) -> None:
    """What a better bill tells of a day counts, its credits count, and what only another tells of later days does."""
    _report(tmp_path / "today.csv", "2026-10", "2026-10-08")
    alone = inside("compare", tmp_path, "--format", "json").rows("totals")[0]["billed_cost_usd"]
    days = [(f"2026-10-{day:02}", f"2026-10-{day + 1:02}") for day in (6, 7, 8, 9)]
    _cost_explorer(tmp_path / "answer.json", "2", *days)
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [tmp_path]), "--format", "json")
    done = inside("compare", *ledger)
    assert done.rows("totals")[0]["billed_cost_usd"] == pytest.approx(alone + 4)
    for command in (("compare",), ("explain", "billed_cost_usd"), ("reconcile",)):
        told = inside(*command, *ledger).caveats["bill_goes_on"]
        assert "goes through 2026-10-07" in told
        assert told.endswith("aws.cost_explorer goes on until 2026-10-09: usage of these days is counted from there")
    assert inside("export", "focus", *ledger[:2], "-o", tmp_path / "focus.csv").code == 0
    with (tmp_path / "focus.csv").open(encoding="utf-8", newline="") as exported:
        days_told = sorted({row["ChargePeriodStart"][:10] for row in csv.DictReader(exported)})
    assert days_told[-3:] == ["2026-10-07", "2026-10-08", "2026-10-09"]


def test_a_bill_that_only_goes_on_is_neither_left_out_nor_told_twice(
    inside: Callable[..., Done], tmp_path: Path
) -> None:
    """Sums were right, and yet an export was said to hold lines twice of which it holds each once."""
    _report(tmp_path / "today.csv", "2026-10", "2026-10-08")
    _cost_explorer(tmp_path / "answer.json", "2", ("2026-10-08", "2026-10-09"))
    ledger = ("--ledger", ledgers.taken(tmp_path / "ledger", [tmp_path]))
    told = inside("compare", *ledger, "--format", "json").caveats
    assert "bill_goes_on" in told
    assert "bill_choice" not in told
    assert "counts them twice" not in inside("export", "charges", *ledger, "-o", tmp_path / "lines.csv").err
    _cost_explorer(tmp_path / "answer.json", "2", ("2026-10-07", "2026-10-08"), ("2026-10-08", "2026-10-09"))
    ledgers.take(ledger[1], [tmp_path])
    assert "bill_choice" in inside("compare", *ledger, "--format", "json").caveats
    assert "counts them twice" in inside("export", "charges", *ledger, "-o", tmp_path / "again.csv").err


@pytest.mark.parametrize(("net", "of_discount"), [("", ""), ("0.88", ""), ("0.88", "0"), ("1", "own")])
def test_a_discount_is_counted_once_however_net_cost_is_told(
    inside: Callable[..., Done], tmp_path: Path, net: str, of_discount: str
) -> None:
    """In lines of its own, in the net cost of what it discounts, or in both: which of them AWS writes is not known."""
    (path,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    rows = list(csv.DictReader(gzip.decompress(path.read_bytes()).decode().splitlines()))
    for row in rows:
        cost, kind = row["line_item_unblended_cost"], row["line_item_line_item_type"]
        told = f"{float(cost) * float(net):.10f}" if net else ""
        if kind.endswith("Discount"):
            told = cost if of_discount == "own" else of_discount
        row["line_item_net_unblended_cost"] = told
    with (tmp_path / "bill.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    (once, _), (total, _) = (
        inside("compare", paid, "--format", "json").rows("totals") for paid in (path, tmp_path / "bill.csv")
    )
    for cost in ("billed_cost_usd", "effective_cost_usd"):
        assert total[cost] == pytest.approx(once[cost])
    assert total["discount_ratio"] == pytest.approx(0.12)
    ledger = ledgers.taken(tmp_path / "ledger", [tmp_path / "bill.csv"])
    for what in ("charges", "focus"):
        said = inside("export", what, "--ledger", ledger, "-o", tmp_path / f"{what}.csv").err
        assert ("a sum over all lines: discounts of " in said) == (net == "0.88" and not of_discount), what


def test_an_answer_that_may_hold_credits_says_so(inside: Callable[..., Done], tmp_path: Path) -> None:
    """A hundred dollars of usage and a credit of twenty are eighty, and nothing in the answer tells them apart."""
    _cost_explorer(tmp_path / "answer.json", "80", ("2026-10-05", "2026-10-06"))
    for command in ("compare", "reconcile"):
        told = inside(command, tmp_path, "--format", "json").caveats["mixed_charges"]
        assert told.startswith("aws.cost_explorer: 1 line may hold credits, refunds and tax")
    saved = json.loads((tmp_path / "answer.json").read_text())
    asked = {"Not": {"Dimensions": {"Key": "RECORD_TYPE", "Values": ["Credit", "Refund", "Tax"]}}}
    (tmp_path / "answer.json").write_text(json.dumps(saved | {"Filter": asked}))
    assert "mixed_charges" not in inside("compare", tmp_path, "--format", "json").caveats


def test_a_bill_of_months_is_not_held_against_a_day(inside: Callable[..., Done], tmp_path: Path) -> None:
    """A month's tokens against those of its first day would be a gap that nobody has."""
    _cost_explorer(tmp_path / "month.json", "0.8", ("2026-10-01", "2026-11-01"))
    tokens = {"input": {"inputTokenCount": 9000}, "output": {"outputTokenCount": 2000}}
    logs.write(tmp_path / "day.json", [logs.bedrock(1, datetime(2026, 10, 1, 10, tzinfo=UTC), **tokens)])
    done = inside("reconcile", tmp_path, "--format", "json")
    assert done.code == 3
    assert [row["status"] for row in done.rows("reconcile")] == ["no_bill", "no_bill"]
    assert "1 line for more than a day" in done.caveats["longer_than_a_day"]
