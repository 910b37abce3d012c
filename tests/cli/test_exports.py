"""Exports as a user runs them: whole files or none, every format, every table, the same numbers as on the screen."""

from __future__ import annotations

import csv
import io
import json
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import openpyxl
import pyarrow.parquet as pq
import pytest
from tests.properties import ledgers, logs

from tokenaudit.model.columns import CHARGES, METRICS, USAGE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds"
BILLS = Path(__file__).parents[2] / "fixtures" / "azure" / "cost_export"
FORMATS = ("csv", "csv.gz", "tsv", "json", "jsonl", "parquet", "xlsx")


@pytest.fixture(scope="module")
def week(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Path, str, Path]:
    """Options that name a ledger of the example, and its configuration."""
    folder = tmp_path_factory.mktemp("week") / "ledger"
    ledgers.taken(folder, [EXAMPLE / name for name in ("logs", "bills", "metrics")])
    return ("--ledger", folder, "--config", EXAMPLE / "tokenaudit.toml")


def test_every_table_in_every_format(inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]) -> None:
    for table in ("usage", "charges", "metrics", "compare", "focus"):
        for fmt in FORMATS:
            done = inside("export", table, *week, "-o", f"{table}.{fmt}", "--quiet", "--since", "2026-10-11")
            assert (done.code, done.out, done.err) == (0, "", ""), (table, fmt, done)
    assert len(list(here.iterdir())) == 5 * len(FORMATS)
    for table, names in (("usage", USAGE_NAMES), ("charges", [each.name for each in CHARGES])):
        frame = pq.read_table(here / f"{table}.parquet")
        assert frame.column_names == list(names)
        assert frame.num_rows == len(json.loads((here / f"{table}.json").read_text()))
        assert frame.num_rows == len((here / f"{table}.jsonl").read_text().splitlines())
        assert frame.num_rows == len(list(openpyxl.load_workbook(here / f"{table}.xlsx")[table])) - 1
    assert pq.read_table(here / "metrics.parquet").column_names == [each.name for each in METRICS]


def test_rows_come_in_their_order_and_through_the_filters(
    inside: Callable[..., Done], week: tuple[str | Path, ...]
) -> None:
    for table, order in (("charges", "charge_period_start"), ("metrics", "period_start"), ("usage", "started_at")):
        rows = [json.loads(line) for line in inside("export", table, *week, "--format", "jsonl").out.splitlines()]
        assert [row[order] for row in rows] == sorted(row[order] for row in rows)
        some = inside("export", table, *week, "--format", "jsonl", "--provider", "aws", "--model", "nova-pro").out
        chosen = [json.loads(line) for line in some.splitlines()]
        assert chosen == [row for row in rows if (row["provider"], row["model"]) == ("aws.bedrock", "amazon/nova-pro")]
        assert chosen
    tagged = inside("export", "charges", *week, "--format", "jsonl", "--tag", "team=search").out
    assert {json.loads(line)["tags"]["team"] for line in tagged.splitlines()} == {"search"}


def test_rows_that_are_told_twice_are_said_to_be(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    """Metrics and logs of the same requests are both rows; so are the lines of two bills."""
    told = inside("export", "usage", *week).err
    assert "note: aws.metrics tells requests that are in the file from another source too" in told
    assert inside("export", "usage", *week, "-o", "x.xlsx", "--quiet").err == ""
    facts = list(openpyxl.load_workbook(here / "x.xlsx")["Provenance"].values)
    assert any(fact[0] == "note" and str(fact[1]).startswith("aws.metrics tells requests") for fact in facts)
    assert inside("export", "usage", *week, "--provider", "azure").err == ""
    assert inside("export", "charges", *week).err == ""


def test_two_bills_of_one_month_are_said_to_be(inside: Callable[..., Done], here: Path, tmp_path: Path) -> None:
    ledger = ledgers.taken(tmp_path / "ledger", [EXAMPLE / "bills"])
    assert inside("export", "focus", "--ledger", ledger, "-o", "focus.csv").code == 0
    ledgers.take(ledger, [here / "focus.csv"])
    told = inside("export", "charges", "--ledger", ledger).err
    assert "note: focus tells lines of bills that are in the file from another source too" in told


def test_actual_and_amortised_costs_of_a_month_stand_in_one_line(
    inside: Callable[..., Done], here: Path, tmp_path: Path
) -> None:
    """With a reservation: its purchase is paid, and what it is spread over costs its share, used or not."""
    exports = [BILLS / f"ea_{name}.raw.csv" for name in ("actual", "amortised")]
    paid, spread = ([json.loads(line) for line in _charges(inside, tmp_path, each)] for each in exports)
    ledger = ledgers.taken(tmp_path / "ledger", exports)
    done = inside("export", "focus", "--ledger", ledger, "-o", "focus.jsonl")
    assert "17 lines of amortised costs are no lines of their own" in done.err
    lines = [json.loads(line) for line in (here / "focus.jsonl").read_text().splitlines()]
    assert len(lines) == len(paid) + 1
    assert sum(line["BilledCost"] for line in lines) == pytest.approx(sum(row["billed_cost"] for row in paid))
    assert sum(line["EffectiveCost"] for line in lines) == pytest.approx(sum(row["effective_cost"] for row in spread))
    committed = [
        (line["ChargeCategory"], line["CommitmentDiscountStatus"], line["BilledCost"], line["EffectiveCost"])
        for line in lines
        if line["CommitmentDiscountId"]
    ]
    assert sorted(committed, key=str) == [
        ("Purchase", None, 5200, 0),
        ("Usage", "Unused", 0, 42.73972602),
        ("Usage", "Used", 0, 128.21917806),
    ]


def _charges(inside: Callable[..., Done], folder: Path, export: Path) -> list[str]:
    ledger = ledgers.taken(folder / export.stem, [export])
    return inside("export", "charges", "--ledger", ledger, "--format", "jsonl").out.splitlines()


@pytest.mark.parametrize("fmt", ["csv", "jsonl", "parquet"])
def test_an_estimate_is_never_taken_for_a_bill(
    inside: Callable[..., Done], week: tuple[str | Path, ...], fmt: str
) -> None:
    assert inside("export", "focus", "--from", "usage", *week, "-o", f"x.{fmt}").code == 0
    done = inside("ingest", f"x.{fmt}", "--ledger", "other", "--format", "json")
    (row,) = (row for row in done.rows("ingest") if row["source"] == "focus.charges")
    assert (row["rows"], row["rejects"]) == (0, row["records"])
    assert row["records"] > 0
    assert "an estimate made of logs" in done.caveats["rejects"]


@pytest.mark.parametrize("fmt", ["tsv", "xlsx"])
def test_a_focus_file_for_a_spreadsheet_is_not_read_again_and_the_hint_says_which_is(
    inside: Callable[..., Done], week: tuple[str | Path, ...], fmt: str
) -> None:
    assert inside("export", "focus", *week, "-o", f"x.{fmt}").code == 0
    _, hint = inside("ingest", f"x.{fmt}", "--ledger", "other").refused(3)
    assert hint.endswith("tables as csv or Parquet")


@pytest.mark.parametrize("table", ["usage", "charges", "metrics", "focus"])
def test_a_filter_that_nothing_passes_is_said_to_be_one(
    inside: Callable[..., Done], week: tuple[str | Path, ...], table: str
) -> None:
    done = inside("export", table, *week, "--model", "no-such-model", "--format", "jsonl")
    assert (done.code, done.out) == (0, "")
    assert "note: no row passes these filters" in done.err


def test_a_table_that_is_empty_is_said_to_be(inside: Callable[..., Done], tmp_path: Path) -> None:
    ledger = ledgers.taken(tmp_path / "ledger", [logs.write(tmp_path / "a.json", [logs.bedrock(1)])])
    assert inside("export", "charges", "--ledger", ledger).err == (
        "note: the ledger holds nothing of this kind: the file has no row\n"
    )


def test_a_focus_file_of_logs_without_a_bill_is_told_how_to_be_had(inside: Callable[..., Done], tmp_path: Path) -> None:
    ledger = ledgers.taken(tmp_path / "ledger", [logs.write(tmp_path / "a.json", [logs.bedrock(1)])])
    focus = ("export", "focus", "--ledger", ledger)
    assert "--from usage writes it at list prices" in inside(*focus).err
    assert inside(*focus, "--from", "usage").out.count("\n") > 1
    for other in (("--from", "usage"), ("--model", "no-such-model")):
        assert "--from usage" not in inside(*focus, *other).err


@pytest.mark.parametrize("table", ["usage", "charges", "focus"])
def test_rows_are_not_grouped_and_the_note_says_what_groups(
    inside: Callable[..., Done], week: tuple[str | Path, ...], table: str
) -> None:
    done = inside("export", table, *week, "--by", "model", "--format", "csv")
    assert done.code == 0
    assert (
        "note: --by makes no difference to this command: rows are written as they are, export compare groups"
        in done.err
    )


def test_provenance_has_the_hashes_of_what_was_read(inside: Callable[..., Done], here: Path, tmp_path: Path) -> None:
    same, changed = (logs.write(tmp_path / f"{name}.json", [logs.bedrock(n)]) for n, name in enumerate("ab"))
    ledger = ledgers.taken(tmp_path / "ledger", [same, changed])
    changed.write_text("[]")
    assert inside("export", "compare", "--ledger", ledger, "-o", "x.xlsx").code == 0
    rows = list(openpyxl.load_workbook(here / "x.xlsx")["Provenance"].values)
    head = next(row for row in rows if row[1] == "object_uri")
    told = {row[1]: row[head.index("sha256")] for row in rows[rows.index(head) + 1 :]}
    assert told == {same.as_uri(): sha256(same.read_bytes()).hexdigest(), changed.as_uri(): None}


def test_a_report_s_file_says_what_its_command_says(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    for fmt in ("json", "jsonl", "csv"):
        shown = inside("compare", *week, "--format", fmt, "--by", "model,day").out
        assert inside("export", "compare", *week, "--format", fmt, "--by", "model,day").out == shown
    ours = inside("compare", *week, "--format", "json").rows()
    assert inside("export", "compare", *week, "-o", "x.parquet").code == 0
    theirs = pq.read_table(here / "x.parquet").to_pylist()
    assert [row["side"] for row in theirs] == [row["side"] for row in ours]
    assert [float(row["list_cost_usd"]) for row in theirs] == pytest.approx([row["list_cost_usd"] for row in ours])
    done = inside("export", "compare", *week, "--format", "tsv")
    assert "note: " in done.err
    assert "! " not in done.err, "one mark is enough"
    text = done.out
    assert [row["model"] for row in csv.DictReader(io.StringIO(text), delimiter="\t")] == [row["model"] for row in ours]


def test_a_workbook_has_its_sheets_and_every_caveat(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    for report in ("compare", "reconcile"):
        document = inside(report, *week, "--format", "json").report
        assert inside("export", report, *week, "-o", f"{report}.xlsx").err == ""
        book = openpyxl.load_workbook(here / f"{report}.xlsx")
        assert book.sheetnames[0] == "Summary"
        assert book.sheetnames[-2:] == ["Assumptions", "Provenance"]
        sections = {section["id"] for section in document["sections"]}
        assert sections - set(book.sheetnames) <= ({"totals"} if report == "reconcile" else set())
        said = {cell for row in book["Assumptions"].values for cell in row}
        assert {caveat["text"] for caveat in document["caveats"]} <= said
        told = {cell for row in book["Provenance"].values for cell in row}
        assert document["provenance"]["price_book"]["sha256"] in told
        assert any(str(cell).startswith("file:///") for cell in told)
        assert any(sheet._charts for sheet in book.worksheets)  # openpyxl has no other way  # noqa: SLF001


def test_a_price_has_one_cell_to_change_and_the_sheet_says_what_follows(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    """The week's logs name the tier of some calls and not of others: Claude's answers have one price all the same."""
    for report in ("compare", "reconcile"):
        inside("export", report, *week, "-o", f"{report}.xlsx")
    of_costs, of_gaps = (
        openpyxl.load_workbook(here / f"{report}.xlsx")["Assumptions"] for report in ("compare", "reconcile")
    )
    rows = [row for row in of_costs.values if str(row[0]).startswith("rate_")]
    head, rates = rows[0], [dict(zip(map(str, rows[0]), row, strict=True)) for row in rows[1:]]
    named = [tuple(rate[str(name)] for name in head if name not in ("rate_name", "assumed")) for rate in rates]
    assert len(named) == len(set(named))
    assert {rate["assumed"] for rate in rates} == {None, "tier", "tier (in part)"}
    assert "Summary, compare, totals and Costs follow" in of_costs["A2"].value
    assert "within_tolerance on sheet reconcile follows" in of_gaps["A2"].value


def test_an_export_ends_as_its_command_does(inside: Callable[..., Done], here: Path, week: tuple[str, ...]) -> None:
    assert inside("export", "reconcile", *week, "-o", "r.xlsx").code == 1
    assert (here / "r.xlsx").exists()
    inside("export", "compare", *week, "-o", "c.xlsx", "--since", "2031-01").refused(3)
    assert not (here / "c.xlsx").exists()


def test_nothing_is_replaced_unless_forced_and_nothing_half_is_left(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    (here / "x.xlsx").write_text("mine")
    for table in ("usage", "compare", "focus"):
        assert "exists" in inside("export", table, *week, "-o", "x.xlsx").refused(2)[0]
    assert (here / "x.xlsx").read_text() == "mine"
    assert inside("export", "usage", *week, "-o", "x.xlsx", "--force").code == 0
    assert [path.name for path in here.iterdir()] == ["x.xlsx"]


def test_a_device_takes_the_rows_as_they_come(
    tokenaudit: Callable[..., Done], inside: Callable[..., Done], here: Path, week: tuple[str, ...]
) -> None:
    done = tokenaudit("export", "charges", *week, "-o", "/dev/stdout", "--format", "jsonl")
    assert done.code == 0
    assert done.out == inside("export", "charges", *week, "-o", "-", "--format", "jsonl").out
    assert list(here.iterdir()) == []


def test_an_estimate_is_called_one(inside: Callable[..., Done], week: tuple[str | Path, ...]) -> None:
    done = inside("export", "focus", "--from", "usage", *week, "--format", "jsonl")
    assert "estimate" in done.err
    rows = [json.loads(line) for line in done.out.splitlines()]
    assert {row["ChargeDescription"].startswith("Estimate at list price") for row in rows} == {True}
    assert {row["InvoiceId"] for row in rows} == {None}
    listed = sum(row["list_cost_usd"] for row in inside("compare", *week, "--format", "json").rows("totals"))
    assert sum(row["ListCost"] or 0 for row in rows) == pytest.approx(listed)


def test_the_bills_of_the_example_come_back_from_their_focus_file(
    inside: Callable[..., Done], here: Path, week: tuple[str | Path, ...]
) -> None:
    """Every line, with what it cost and what it sold; and the file that is made of them then is the same."""
    said = (
        *("provider", "charge_period_start", "charge_category", "charge_description", "sku_meter", "resource_id"),
        *("billed_cost", "model", "token_kind", "scope", "tier", "tokens"),
    )

    def lines(*ledger: str | Path) -> list[tuple[object, ...]]:
        rows = [json.loads(line) for line in inside("export", "charges", *ledger, "--format", "jsonl").out.splitlines()]
        return sorted((tuple(row[name] for name in said) for row in rows), key=repr)

    def focus(*ledger: str | Path) -> list[str]:
        return sorted(inside("export", "focus", *ledger, "--format", "csv").out.splitlines())

    again = ("--ledger", here / "again", "--config", EXAMPLE / "tokenaudit.toml")
    assert inside("export", "focus", *week, "-o", "focus.csv", "--quiet").code == 0
    assert "other things" not in inside("ingest", "focus.csv", *again).out
    assert lines(*again) == lines(*week)
    assert focus(*again) == focus(*week)
