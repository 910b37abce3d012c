"""The workbook of a report, worked out again by real spreadsheet programs: it says what we say, and follows a rate."""

from __future__ import annotations

import csv
import gzip
import io
import zipfile
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.spreadsheets import formulas_of, gnumeric, opened, program, values_of
from tests.properties import ledgers

if TYPE_CHECKING:
    from collections.abc import Callable

    from openpyxl import Workbook
    from tests.cli.conftest import Done
    from tests.live.spreadsheets import Program


__all__ = ("gnumeric", "program")

# openpyxl says what it leaves out of another program's workbook.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning:openpyxl")

EXAMPLE = Path(__file__).parents[2] / "examples" / "two-clouds"
SOURCES = [EXAMPLE / name for name in ("logs", "bills", "metrics")]
START, USAGE = "line_item_usage_start_date", "line_item_usage_type"
CENT = Decimal("0.01")
CONTRACT = """
[[prices.discounts]]
provider = "aws.bedrock"
model = "anthropic/*"
percent = 12
valid_from = 2026-10-07
"""


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example, read once."""
    return ledgers.taken(tmp_path_factory.mktemp("example") / "ledger", SOURCES)


@pytest.fixture
def exported(inside: Callable[..., Done], here: Path, ledger: Path) -> Callable[..., Path]:
    """Exports a report of the example."""

    def run(report: str, *options: str) -> Path:
        path = here / f"{report}.xlsx"
        known = () if "--config" in options else ("--config", EXAMPLE / "tokenaudit.toml")
        done = inside("export", report, "--ledger", ledger, *known, "-o", path, "--quiet", *options)
        assert done.code in (0, 1), done
        assert done.out == ""
        return path

    return run


def table(book: Workbook, name: str) -> list[dict[str, Any]]:
    head, *body = book[name].iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in body if row[0] is not None]


def agree(ours: dict[Any, Any], theirs: dict[Any, Any], places: set[Any]) -> list[tuple[Any, ...]]:
    """Where they differ by more than rounding."""
    return [
        (place, ours.get(place), theirs.get(place))
        for place in sorted(places)
        if not _same(ours.get(place), theirs.get(place))
    ]


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return bool(one == other)


@pytest.mark.parametrize(
    ("report", "options"),
    [
        ("compare", ()),
        ("compare", ("--by", "model,day", "--match", "nova-pro=gpt-4.1-mini")),
        ("compare", ("--cost", "billed")),
        ("reconcile", ()),
    ],
    ids=["compare", "compare by day", "compare billed", "reconcile"],
)
def test_every_formula_gives_the_value_that_we_cached(
    exported: Callable[..., Path], program: Program, tmp_path: Path, report: str, options: tuple[str, ...]
) -> None:
    path = exported(report, *options)
    formulas = formulas_of(path)
    assert len(formulas) > 100
    recalculated = program.recalculated(path, tmp_path / "again")
    assert agree(values_of(path), values_of(recalculated), set(formulas)) == []


def test_the_totals_are_ours_to_the_cent(
    exported: Callable[..., Path], gnumeric: Program, inside: Callable[..., Done], tmp_path: Path, ledger: Path
) -> None:
    known = ("--ledger", ledger, "--config", EXAMPLE / "tokenaudit.toml")
    ours = inside("compare", *known, "--format", "json").rows("totals")
    book = opened(gnumeric.recalculated(exported("compare"), tmp_path / "again"), values=True)
    for mine, theirs in zip(ours, table(book, "totals"), strict=True):
        for name in ("list_cost_usd", "billed_cost_usd"):
            assert Decimal(theirs[name]).quantize(CENT) == Decimal(mine[name]).quantize(CENT)


def test_a_changed_rate_changes_every_cost_that_is_made_of_it(
    exported: Callable[..., Path], program: Program, tmp_path: Path
) -> None:
    path = exported("compare")
    before = opened(path, values=True)
    changed = opened(path, values=False)
    costs = table(before, "Costs")
    name = next(row["rate_name"] for row in costs if (row["model"], row["token_kind"]) == ("amazon/nova-pro", "output"))
    more = 5.0
    ((sheet, address),) = changed.defined_names[name].destinations
    changed[sheet][address] = changed[sheet][address].value + more
    changed.save(tmp_path / "changed.xlsx")
    after = opened(program.recalculated(tmp_path / "changed.xlsx", tmp_path / "again"), values=True)
    tokens = sum(row["tokens"] for row in costs if row["rate_name"] == name)
    added = tokens * more / 1_000_000
    old, new = (table(book, "totals")[0] for book in (before, after))
    assert new["list_cost_usd"] == pytest.approx(old["list_cost_usd"] + added, abs=1e-9)
    assert new["billed_cost_usd"] == old["billed_cost_usd"]
    old, new = (
        next(row for row in table(book, "compare") if row["model"] == "amazon/nova-pro") for book in (before, after)
    )
    dearer = added * 1_000_000 / old["output_tokens"]
    assert new["usd_per_mtok_output"] == pytest.approx(old["usd_per_mtok_output"] + dearer)
    assert new["usd_per_mtok_input"] == pytest.approx(old["usd_per_mtok_input"])
    assert new["usd_per_request"] == pytest.approx(old["usd_per_request"] + added / old["requests"])
    assert after["Summary"]["C5"].value == pytest.approx(before["Summary"]["C5"].value + added, abs=1e-9)
    old, new = ({name: value or 0 for name, value in table(book, "compare")[-1].items()} for book in (before, after))
    assert agree(old, new, set(old)) == []


def test_a_missing_rate_can_be_filled_in(
    exported: Callable[..., Path], gnumeric: Program, tmp_path: Path, here: Path
) -> None:
    (here / "tokenaudit.toml").write_text("", encoding="utf-8")
    path = exported("compare", "--config", "tokenaudit.toml")
    before, changed = opened(path, values=True), opened(path, values=False)
    unpriced = [row for row in table(before, "Costs") if row["why_unpriced"]]
    assert unpriced
    assert all(row["cost_usd"] in (None, "") for row in unpriced)
    for name in {row["rate_name"] for row in unpriced}:
        ((sheet, address),) = changed.defined_names[name].destinations
        assert changed[sheet][address].value is None
        changed[sheet][address] = 3
    changed.save(tmp_path / "changed.xlsx")
    after = opened(gnumeric.recalculated(tmp_path / "changed.xlsx", tmp_path / "again"), values=True)
    added = sum(row["tokens"] for row in unpriced) * 3 / 1_000_000
    old, new = (sum(row["list_cost_usd"] or 0 for row in table(book, "totals")) for book in (before, after))
    assert new == pytest.approx(old + added)
    old, new = (table(book, "totals")[0]["priced_ratio"] for book in (before, after))
    assert old < new == pytest.approx(1)
    heads = [cell.value for cell in after["Summary"][4]]
    shown = heads.index("priced_ratio")
    assert [book["Summary"][5][shown].value for book in (before, after)] == [old, new]


def test_the_contract_s_costs_live_too(
    exported: Callable[..., Path], gnumeric: Program, tmp_path: Path, here: Path
) -> None:
    text = (EXAMPLE / "tokenaudit.toml").read_text(encoding="utf-8")
    (here / "contract.toml").write_text(text + CONTRACT, encoding="utf-8")
    path = exported("compare", "--config", "contract.toml", "--cost", "contracted")
    formulas = formulas_of(path)
    assert any("contracted" in formula for formula in formulas.values())
    recalculated = gnumeric.recalculated(path, tmp_path / "again")
    assert agree(values_of(path), values_of(recalculated), set(formulas)) == []
    totals = table(opened(recalculated, values=True), "totals")[0]
    assert totals["contracted_cost_usd"] < totals["list_cost_usd"]


def test_list_costs_that_the_bill_does_not_tell_follow_their_rates(
    gnumeric: Program, inside: Callable[..., Done], tmp_path: Path, here: Path
) -> None:
    """A bill whose list costs were left out is held against the book, and a gap without a bill costs what logs cost."""
    (export,) = (EXAMPLE / "bills" / "aws").rglob("*.csv.gz")
    lines = list(csv.DictReader(io.StringIO(gzip.decompress(export.read_bytes()).decode())))
    kept = [line for line in lines if line[START] < "2026-10-10" or not line[USAGE].endswith("NovaPro-output-tokens")]
    with (tmp_path / "bill.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(lines[0]))
        writer.writeheader()
        writer.writerows({**line, "pricing_public_on_demand_cost": ""} for line in kept)
    ledger = ledgers.taken(tmp_path / "ledger", [EXAMPLE / "logs" / "bedrock", tmp_path / "bill.csv"])
    path = here / "r.xlsx"
    known = ("--ledger", ledger, "--config", EXAMPLE / "tokenaudit.toml")
    assert inside("export", "reconcile", *known, "-o", path, "--quiet").code == 1
    before, changed = opened(path, values=True), opened(path, values=False)
    costs = [
        row for row in table(before, "Costs") if (row["model"], row["token_kind"]) == ("amazon/nova-pro", "output")
    ]
    assert {row["side"] for row in costs} == {"logs", "bill"}
    (name,) = {row["rate_name"] for row in costs}
    ((sheet, address),) = changed.defined_names[name].destinations
    changed[sheet][address] = 2 * changed[sheet][address].value
    changed.save(tmp_path / "changed.xlsx")
    after = opened(gnumeric.recalculated(tmp_path / "changed.xlsx", tmp_path / "again"), values=True)
    old, new = (
        [row for row in table(book, "reconcile") if (row["model"], row["kind"]) == ("amazon/nova-pro", "output")]
        for book in (before, after)
    )
    billed = [row for row in old if row["bill_tokens"]]
    assert billed
    assert len(billed) < len(old)
    for one, other in zip(old, new, strict=True):
        if one["bill_tokens"]:
            assert other["list_cost"] == pytest.approx(2 * one["list_cost"])
            assert other["gap_cost"] == pytest.approx(one["gap_cost"])
        else:
            assert other["gap_cost"] == pytest.approx(2 * one["gap_cost"])
    added = sum(row["cost_usd"] for row in costs if row["side"] == "bill")
    old, new = (
        next(row["list_cost"] for row in table(book, "Summary") if row["kind"] == "output") for book in (before, after)
    )
    assert new == pytest.approx(old + added)


def test_the_totals_are_the_sum_of_their_rows_where_only_the_bill_knows_some(
    gnumeric: Program, inside: Callable[..., Done], tmp_path: Path, here: Path
) -> None:
    """Of one of three models nobody kept logs."""
    logs = [gzip.decompress(each.read_bytes()).decode() for each in (EXAMPLE / "logs").rglob("*Z_*.json.gz")]
    kept = [line for each in logs for line in each.splitlines(keepends=True) if "amazon." in line]
    (tmp_path / "logs.jsonl").write_text("".join(kept), encoding="utf-8")
    ledger = ledgers.taken(tmp_path / "ledger", [tmp_path / "logs.jsonl", EXAMPLE / "bills" / "aws"])
    compared = inside("compare", "--ledger", ledger, "--format", "json")
    rows = compared.rows("compare")
    assert "in no cost by day" in compared.caveats["billed_only"]
    assert [row["model"] for row in rows if row["requests"] is None] == ["anthropic/claude-sonnet-4-5"]
    path = here / "c.xlsx"
    assert inside("export", "compare", "--ledger", ledger, "-o", path, "--quiet").code == 0
    again = gnumeric.recalculated(path, tmp_path / "again")
    assert agree(values_of(path), values_of(again), set(formulas_of(path))) == []
    total, _ = table(opened(again, values=True), "totals")
    listed = sum(row["list_cost_usd"] for row in rows)
    kinds = ("input", "cache_read", "cache_write", "cache_write_1h", "output")
    assert total["tokens"] == sum(row[f"{kind}_tokens"] or 0 for row in rows for kind in kinds)
    assert total["list_cost_usd"] == pytest.approx(listed)
    assert total["usd_per_mtok"] == pytest.approx(listed * 1_000_000 / total["tokens"])


def test_a_side_that_looks_like_a_formula_is_none_on_a_chart(
    exported: Callable[..., Path], gnumeric: Program, tmp_path: Path
) -> None:
    path = exported("compare", "--right", "tag:team==cmd|' /C calc'!A0")
    with zipfile.ZipFile(path) as parts:
        charts = [parts.read(name).decode() for name in parts.namelist() if name.startswith("xl/charts/")]
    assert charts
    assert not any("<c:f>tag" in chart for chart in charts)
    assert all(chart.count("<c:v>tag:team==cmd|' /C calc'!A0</c:v>") == 1 for chart in charts)
    assert gnumeric.recalculated(path, tmp_path / "again")


def test_a_changed_tolerance_judges_the_cells_again(
    exported: Callable[..., Path], gnumeric: Program, tmp_path: Path
) -> None:
    path = exported("reconcile")
    changed = opened(path, values=False)
    for name in ("tolerance_tokens", "tolerance_ratio"):
        ((sheet, address),) = changed.defined_names[name].destinations
        changed[sheet][address] = 1e12
    changed.save(tmp_path / "changed.xlsx")
    after = opened(gnumeric.recalculated(tmp_path / "changed.xlsx", tmp_path / "again"), values=True)
    before = {row["within_tolerance"] for row in table(opened(path, values=True), "reconcile")}
    assert "no" in before
    assert {row["within_tolerance"] for row in table(after, "reconcile")} <= {"yes", None, ""}
