"""Bills on the command line: compare with what was billed, reconcile, explain; on the shipped example."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "two-clouds"
KINDS = ("input", "cache_read", "cache_write", "cache_write_1h", "output")
ALL = [EXAMPLE / name for name in ("logs", "bills", "metrics")]


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A ledger with everything of the example."""
    return ledgers.taken(tmp_path_factory.mktemp("two-clouds") / "ledger", ALL)


@pytest.fixture
def audit(inside: Callable[..., Done], example: Path) -> Callable[..., Done]:
    """A command on that ledger, with the example's configuration."""

    def run(command: str, *arguments: str | Path) -> Done:
        return inside(command, *arguments, "--ledger", example, "--config", EXAMPLE / "tokenaudit.toml")

    return run


def test_compare_tells_list_billed_discount_and_coverage(tokenaudit: Callable[..., Done]) -> None:
    done = tokenaudit("compare", *ALL, "--format", "json")
    assert done.code == 0
    totals = {row["side"]: row for row in done.rows("totals")}
    assert totals["bedrock"]["discount_ratio"] == pytest.approx(0.12)
    assert totals["azure"]["discount_ratio"] == pytest.approx(0, abs=1e-6)
    assert 0.97 < totals["bedrock"]["coverage_ratio"] < 0.99
    claude = {row["side"]: row for row in done.rows() if row["model"] == "anthropic/claude-sonnet-4-5"}
    assert (claude["bedrock"]["billed_basis"], claude["azure"]["billed_basis"]) == ("billed", "allocated")
    beside = {row["charge_category"]: row["billed_cost"] for row in done.rows("beside")}
    assert beside["Credit"] < 0 < beside["Tax"]
    assert sum(row["billed_cost"] for row in done.rows("bill") if row["side"] == "bedrock") == pytest.approx(
        totals["bedrock"]["billed_cost_usd"]
    )
    assert "requests" not in {name for row in done.rows("bill") for name in row}
    assert {"coverage", "allocated", "other_services"} <= done.caveats.keys()
    assert "billed_again" not in done.caveats, "actual and amortised costs of one month are no two bills"


@pytest.mark.parametrize("key", ["caller", "tag:team", "deployment", "tier"])
def test_whatever_is_asked_for_the_bill_is_divided_to_the_last_cent(audit: Callable[..., Done], key: str) -> None:
    whole = audit("compare", "--format", "json")
    parts = audit("compare", "--format", "json", "--by", key, "--cost", "billed")
    for side in ("bedrock", "azure"):
        billed = next(row["billed_cost_usd"] for row in whole.rows("totals") if row["side"] == side)
        divided = sum(row["billed_cost_usd"] or 0 for row in parts.rows() if row["side"] == side)
        assert divided == pytest.approx(billed, abs=1e-9)


def test_the_billed_price_is_the_list_price_less_the_discount(audit: Callable[..., Done]) -> None:
    listed, billed = (audit("compare", "--format", "json", "--cost", cost) for cost in ("list", "billed"))
    nova = [next(row for row in done.rows() if row["model"] == "amazon/nova-pro") for done in (listed, billed)]
    for name in ("usd_per_mtok_input", "usd_per_mtok_output", "usd_per_request"):
        assert nova[1][name] == pytest.approx(0.88 * nova[0][name], rel=1e-6), name


def test_bills_alone_are_compared(inside: Callable[..., Done]) -> None:
    done = inside("compare", EXAMPLE / "bills", "--format", "json")
    assert done.code == 0
    rows = done.rows()
    assert rows
    assert {row["requests"] for row in rows} == {None}
    assert all(row["billed_cost_usd"] is not None for row in rows)
    assert "billed_only" in done.caveats


def test_bills_that_are_in_no_row_are_not_said_to_be_absent(inside: Callable[..., Done], tmp_path: Path) -> None:
    """Bills do not know deployments, and what they say in another currency is in no sum."""
    done = inside("compare", EXAMPLE / "bills", "--by", "deployment")
    assert done.code == 3
    assert "what the bills of this window hold is in no row" in done.err
    (path,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    euros = gzip.decompress(path.read_bytes()).replace(b"USD", b"EUR")
    (tmp_path / "euros.csv").write_bytes(euros)
    done = inside("compare", tmp_path / "euros.csv")
    assert done.code == 3
    assert "--currency USD converts" in done.err
    assert inside("compare", tmp_path / "euros.csv", "--currency", "USD").code == 0
    done = inside("compare", EXAMPLE / "bills", "--since", "2020-01", "--until", "2020-02")
    assert "check --since, --until" in done.err


def test_a_condition_on_the_model_says_what_it_leaves_out_of_the_bill(audit: Callable[..., Done]) -> None:
    """Claude on Azure is sold by a consumption unit, which names no model."""
    claude = audit("compare", "--model", "anthropic/*", "--format", "json").caveats["bill_without_model"]
    assert claude.startswith("azure: ")
    one_side = audit("compare", "--left", "provider=bedrock,model=anthropic/*", "--format", "json")
    assert "bill_without_model" not in one_side.caveats
    nothing_else = audit("compare", "--model", "anthropic/*", "--provider", "azure", "--format", "json")
    assert "bill_without_model" in nothing_else.caveats, "also where no line is left that names a model"
    assert "bill_without_model" not in audit("compare", "--format", "json").caveats


def test_requests_without_a_name_and_their_bill_are_not_added_up(inside: Callable[..., Done], tmp_path: Path) -> None:
    """All of a model's requests went through a profile that nobody has named: its bill tells the same tokens."""
    logs = [gzip.decompress(each.read_bytes()).decode() for each in (EXAMPLE / "logs").rglob("*Z_*.json.gz")]
    lines = [line for each in logs for line in each.splitlines(keepends=True)]
    profiled = [line for line in lines if "application-inference-profile" in line]
    (tmp_path / "logs.jsonl").write_text("".join(profiled), encoding="utf-8")
    paths = (tmp_path / "logs.jsonl", EXAMPLE / "bills" / "aws")
    done = inside("compare", *paths, "--format", "json")
    total, _ = done.rows("totals")
    (nameless,) = (row for row in done.rows() if row["model"] is None)
    assert total["tokens"] == sum(nameless[f"{kind}_tokens"] or 0 for kind in KINDS)
    assert total["list_cost_usd"] is None
    assert "the totals hold these alone" in done.caveats["perhaps_logged"]
    other = tuple(line for line in lines if "amazon.nova-pro" in line)
    (tmp_path / "logs.jsonl").write_text("".join(other), encoding="utf-8")
    assert "perhaps_logged" not in inside("compare", *paths, "--format", "json").caveats


def test_a_request_of_no_model_and_no_tokens_takes_nothing_out_of_the_totals(
    inside: Callable[..., Done], tmp_path: Path
) -> None:
    """As making a thread is one: none of the bill's tokens can be its own."""
    record = {
        "category": "RequestResponse",
        "operationName": "Create_Thread",
        "correlationId": "a",
        "time": "2026-10-05T02:04:00Z",
        "durationMs": 30,
        "resultSignature": "200",
        "properties": {"apiName": "Azure OpenAI"},
    }
    (tmp_path / "thread.json").write_text(json.dumps(record), encoding="utf-8")
    bills = EXAMPLE / "bills" / "azure"
    alone = inside("compare", bills, "--format", "json").rows("totals")
    beside = inside("compare", tmp_path / "thread.json", bills, "--format", "json")
    assert alone[1]["tokens"]
    assert beside.rows("totals") == alone
    assert "perhaps_logged" not in beside.caveats


def test_reconcile_names_the_missing_hour_and_ends_with_1(audit: Callable[..., Done]) -> None:
    done = audit("reconcile", "--format", "json")
    assert (done.code, done.report["verdict"]) == (1, {"status": "mismatch", "exit_code": 1})
    bad = [row for row in done.rows("reconcile") if row["status"] not in ("ok", "discount")]
    assert {(row["status"], row["day"]) for row in bad} == {("unlogged_excess", "2026-10-08")}
    assert {row["provider"] for row in bad} == {"aws.bedrock"}
    (discount,) = done.rows("discounts")
    assert (discount["uniform"], discount["billed_ratio"]) == (True, pytest.approx(0.88))


def test_a_side_that_agrees_ends_with_0(audit: Callable[..., Done]) -> None:
    done = audit("reconcile", "--provider", "azure")
    assert (done.code, done.err) == (0, "")
    assert audit("reconcile", "--tolerance", "25%").code == 0


def test_without_a_bill_there_is_nothing_to_reconcile(inside: Callable[..., Done]) -> None:
    done = inside("reconcile", EXAMPLE / "logs")
    message, hint = done.refused(3)
    assert "nothing to reconcile" in message
    assert "cost export" in hint
    assert "other filters" in hint
    machine = inside("reconcile", EXAMPLE / "logs", "--format", "json")
    assert machine.code == 3
    assert json.loads(machine.out)["verdict"]["exit_code"] == 3


def test_a_gap_without_a_billed_price_costs_its_list_price(inside: Callable[..., Done], tmp_path: Path) -> None:
    (export,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    lines = gzip.decompress(export.read_bytes()).decode().splitlines(keepends=True)
    (tmp_path / "bill.csv").write_text("".join(line for line in lines if "Nova" not in line))
    done = inside("reconcile", EXAMPLE / "logs" / "bedrock", tmp_path, "--format", "json")
    assert done.code == 1
    unbilled = [row for row in done.rows("reconcile") if row["status"] == "overlogged"]
    assert {row["model"] for row in unbilled} == {"amazon/nova-pro"}
    usd_per_mtok = {"input": 0.8, "output": 3.2}
    for row in unbilled:
        assert row["gap_cost"] == pytest.approx(row["logs_tokens"] * usd_per_mtok[row["kind"]] / 1e6)
        assert row["billed_cost"] is None
    worst = [row["gap_cost"] for row in done.rows("worst")]
    assert worst == sorted(worst, reverse=True)
    totals = {(row["provider"], row["kind"], row["currency"]) for row in done.rows("totals")}
    assert len(totals) == len(done.rows("totals"))


def test_a_day_that_the_window_cuts_is_reconciled_whole(audit: Callable[..., Done]) -> None:
    """Half a day of logs against a bill by day was a gap that nobody has, and exit code 1."""
    azure = ("reconcile", "--provider", "azure", "--format", "json")
    whole = audit(*azure, "--since", "2026-10-06", "--until", "2026-10-08")
    cut = audit(*azure, "--since", "2026-10-06T09:30", "--until", "2026-10-07T12:00")
    assert (whole.code, cut.code) == (0, 0)
    assert cut.rows("reconcile") == whole.rows("reconcile")
    assert cut.report["window"] == whole.report["window"]
    assert "whole_days" in cut.caveats.keys() - whole.caveats.keys()


@pytest.mark.parametrize("wrong", [("--tolerance", "much"), ("--tolerance", "-1%"), ("--settle", "soon")])
def test_options_that_make_no_sense_are_refused(audit: Callable[..., Done], wrong: tuple[str, str]) -> None:
    audit("reconcile", *wrong).refused(2)


def test_young_days_are_shown_and_not_judged(audit: Callable[..., Done]) -> None:
    done = audit("reconcile", "--settle", "2026-10-08", "--format", "json")
    assert done.code == 0
    assert {row["status"] for row in done.rows("reconcile") if row["day"] >= "2026-10-08"} == {"late"}


def test_explain_leads_from_a_figure_to_rates_lines_and_objects(audit: Callable[..., Done]) -> None:
    done = audit("explain", "usd_per_mtok", "--model", "nova-pro", "--format", "json")
    assert done.code == 0
    steps = {row["step"]: row for row in done.rows("explain")}
    compared = audit("compare", "--model", "nova-pro", "--format", "json")
    assert steps["1"]["value"] == pytest.approx(compared.rows()[0]["usd_per_mtok"])
    assert "x 0.8 USD / 1,000,000" in steps["1.1.1.1"]["how"]
    assert "aws-price-list" in steps["1.1.1.1"]["source"]
    assert all(row["object_uri"].startswith("file://") for row in done.rows("objects"))


@pytest.mark.parametrize("part", [("--tag", "team=search"), ("--provider", "azure")])
def test_a_billed_cost_is_explained_as_it_is_compared(audit: Callable[..., Done], part: tuple[str, ...]) -> None:
    """A team's share of a bill that knows no teams is not the whole bill."""
    compared = audit("compare", *part, "--by", "account", "--format", "json")
    billed = sum(row["billed_cost_usd"] or 0 for row in compared.rows("totals"))
    done = audit("explain", "billed_cost_usd", *part, "--format", "json")
    root, *_ = done.rows("explain")
    assert billed
    assert root["value"] == pytest.approx(billed, abs=1e-5)
    assert "allocated" in done.caveats
    assert ("the share of these requests" in str(done.rows("explain"))) == ("--tag" in part)
    assert len({row["source"].partition(".")[2] for row in done.rows("objects")}) > 1, "logs and bill"


def test_lines_that_tell_no_tokens_are_not_explained_with_none(audit: Callable[..., Done]) -> None:
    rows = audit("explain", "billed_cost_usd", "--provider", "azure", "--format", "json").rows("explain")
    assert [row["how"] for row in rows if row["what"] == "no tokens"] == ["7 lines"]


def test_a_share_of_errors_is_explained_as_it_is_compared(inside: Callable[..., Done], tmp_path: Path) -> None:
    """The LLM logs of a gateway tell no outcome: what share of their requests failed is not known, and never 0."""
    llm_logs = logs.write(tmp_path / "logs" / "llm.json", [logs.llm("a"), logs.llm("b")])
    ledger = ledgers.taken(tmp_path / "ledger", [llm_logs])
    whole = inside("explain", "error_ratio", "--ledger", ledger, "--format", "json").rows("explain")
    steps = {row["what"]: row["value"] for row in whole}
    assert (steps["error_ratio"], steps["ended"], steps["requests"]) == (None, 0, 2)


@pytest.mark.parametrize("figure", ["bill_tokens", "gap_tokens"])
def test_a_whole_bill_is_not_held_against_a_part_of_the_logs(audit: Callable[..., Done], figure: str) -> None:
    """Of a team, the gap was all that the others had used. `reconcile` does without the condition, and says so."""
    whole = audit("explain", figure, "--since", "2026-10-05", "--until", "2026-10-06", "--format", "json")
    part = ("--tag", "team=search", "--since", "2026-10-05T12:00", "--until", "2026-10-05T18:00")
    asked = audit("explain", figure, *part, "--format", "json")
    assert asked.rows("explain") == whole.rows("explain")
    assert {"filter_ignored", "whole_days"} <= asked.caveats.keys()
    assert not {"filter_ignored", "whole_days"} & whole.caveats.keys()
    assert "filter_ignored" not in audit("explain", "logs_tokens", *part, "--format", "json").caveats


def test_explain_of_a_bill_and_of_a_gap(audit: Callable[..., Done]) -> None:
    billed = audit("explain", "billed_cost_usd", "--provider", "bedrock", "--format", "json")
    assert billed.rows("explain")[0]["value"] == pytest.approx(17.16, abs=0.01)
    assert any("discount lines" in (row["how"] or "") for row in billed.rows("explain"))
    day = ("--since", "2026-10-08", "--until", "2026-10-09", "--model", "nova-pro")
    gap = audit("explain", "gap_tokens", *day, "--format", "json").rows("explain")
    cells = audit("reconcile", *day, "--format", "json").rows("reconcile")
    assert gap[0]["value"] == sum(row["gap_tokens"] for row in cells)


def test_a_gap_is_explained_of_what_is_reconciled(audit: Callable[..., Done]) -> None:
    """Half a day and a team of the logs against the whole bill is a gap that nobody has."""
    part = ("--since", "2026-10-07T12:00Z", "--until", "2026-10-09", "--model", "nova-pro", "--tag", "team=search")
    reconciled = audit("reconcile", *part, "--format", "json")
    done = audit("explain", "gap_tokens", *part, "--format", "json")
    assert done.rows("explain")[0]["value"] == sum(row["gap_tokens"] for row in reconciled.rows("reconcile"))
    for code in ("filter_ignored", "whole_days"):
        assert done.caveats[code] == reconciled.caveats[code]


def test_an_unknown_figure_is_refused_with_the_nearest(audit: Callable[..., Done]) -> None:
    _, hint = audit("explain", "usd_per_mtk").refused(2)
    assert "usd_per_mtok" in hint
    audit("explain", "--since", "2030-01").refused(3)


def test_reading_the_bills_twice_or_an_older_run_later_changes_nothing(
    inside: Callable[..., Done], tmp_path: Path
) -> None:
    def billed() -> float:
        done = inside("compare", "--ledger", tmp_path / "ledger", "--format", "json")
        return float(next(row["billed_cost_usd"] for row in done.rows("totals") if row["side"] == "azure"))

    runs = sorted((EXAMPLE / "bills" / "azure").rglob("manifest.json"))
    assert len(runs) == 2
    for run in (runs[0], *reversed(runs)):
        assert inside("ingest", run.parent, "--ledger", tmp_path / "ledger").code == 0
    first = billed()
    assert inside("ingest", EXAMPLE / "bills", "--ledger", tmp_path / "ledger").code == 0
    assert billed() == first
