"""Trees of Cost Management exports, as they lie in a storage account: which lines of which run count."""

from __future__ import annotations

import itertools
import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from tests.properties import ledgers
from tests.unit.providers.azure.made_bills import COVERED, FOREIGN, SUBSCRIPTION, bill

from tokenaudit.ledger.ledger import open_for_reading

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

MONTH = "20261001-20261031"
EARLY, LATE = "2026-10-03T06:00:00Z", "2026-10-04T06:00:00.1234567Z"


def deliver(
    root: Path, name: str, run: str, submitted: str, *parts: Sequence[Mapping[str, str]], kind: str = "ActualCost"
) -> Path:
    """A run: its files and its manifest in a folder of its own."""
    folder = root / "bills" / name / MONTH / run
    folder.mkdir(parents=True)
    names = [f"bills/{name}/{MONTH}/{run}/part_{number}_0001.csv" for number in range(len(parts))]
    for path, lines in zip(names, parts, strict=True):
        (root / path).write_bytes(bill(*lines))
    resource = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CostManagement/exports/{name}"
    document = {
        "blobCount": len(names),
        "exportConfig": {"exportName": name, "resourceId": resource, "type": kind},
        "runInfo": {"submittedTime": submitted, "runId": run, "startDate": "2026-10-01T00:00:00"},
        "blobs": [{"blobName": each, "byteCount": 1} for each in names],
    }
    (folder / "manifest.json").write_text(json.dumps(document))
    return folder


def charges(ledger: Path) -> list[dict[str, Any]]:
    """Every charge in force."""
    files = open_for_reading(ledger).charges_files()
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def total(ledger: Path, column: str = "billed_cost") -> Decimal:
    return sum((row[column] for row in charges(ledger) if row[column] is not None), Decimal(0))


def on(day: int, **cells: str) -> dict[str, str]:
    return {"Date": f"10/{day:02}/2026", **cells}


@pytest.mark.parametrize("order", [("one", "two"), ("two", "one"), ("both",)])
def test_of_the_runs_of_a_month_the_newest_counts_whatever_came_first(tmp_path: Path, order: tuple[str, ...]) -> None:
    root, ledger = tmp_path / "container", tmp_path / "ledger"
    folders = {
        "one": deliver(root, "daily", "run-a", EARLY, [on(1), on(2)], [on(2)]),
        "two": deliver(root, "daily", "run-b", LATE, [on(1), on(2)], [on(2), on(3), on(3, **FOREIGN)]),
        "both": root,
    }
    ledgers.take(ledger, *[[folders[name]] for name in order])
    assert total(ledger) == Decimal(20)
    assert len({row["charge_id"] for row in charges(ledger)}) == 4


def test_a_month_may_shrink(tmp_path: Path) -> None:
    root, ledger = tmp_path / "container", tmp_path / "ledger"
    deliver(root, "daily", "run-a", EARLY, [on(1), on(2), on(3)], [on(3)])
    ledgers.take(ledger, [root])
    assert total(ledger) == Decimal(20)
    deliver(root, "daily", "run-b", LATE, [on(1)])
    ledgers.take(ledger, [root])
    assert total(ledger) == Decimal(5)


@pytest.mark.parametrize("order", list(itertools.permutations(["billed", "spread"])))
def test_actual_and_amortised_exports_lie_side_by_side(tmp_path: Path, order: tuple[str, ...]) -> None:
    """Also where nothing in a part tells which costs it holds: its manifest does."""
    root, ledger = tmp_path / "container", tmp_path / "ledger"
    bought = {**COVERED, "ChargeType": "Purchase", "CostInBillingCurrency": "260", "Quantity": "1", "UnitPrice": "260"}
    covered = {**COVERED, "Quantity": "24", "EffectivePrice": "0.35"}
    for name in order:
        if name == "billed":
            lines = [on(1, **bought), on(1, **{**covered, "CostInBillingCurrency": "0"})]
            deliver(root, name, "run-a", EARLY, lines, [on(2)])
        else:
            lines = [on(1, **{**covered, "CostInBillingCurrency": "8.4"})]
            deliver(root, name, "run-b", EARLY, lines, [on(2)], kind="AmortizedCost")
    ledgers.take(ledger, *[[root / "bills" / name] for name in order])
    assert total(ledger, "billed_cost") == Decimal(265)
    assert total(ledger, "effective_cost") == Decimal("13.4")
    assert all((row["billed_cost"] is None) != (row["effective_cost"] is None) for row in charges(ledger))


def test_a_manifest_is_neither_a_log_nor_unknown(tmp_path: Path) -> None:
    root = tmp_path / "container"
    deliver(root, "daily", "run-a", EARLY, [on(1), on(1, **FOREIGN)])
    (result,) = ledgers.take(tmp_path / "ledger", [root])
    assert result.unrecognised == []
    assert result.foreign["azure.cost_export"] == 1
    assert result.by_source["azure.cost_export"].rows == 1


def test_a_file_of_the_month_that_the_run_does_not_name_is_left_over(tmp_path: Path) -> None:
    root, ledger = tmp_path / "container", tmp_path / "ledger"
    folder = deliver(root, "daily", "run-a", EARLY, [on(1)])
    (folder / "part_1_0001.csv").write_bytes(bill(on(2)))
    (result,) = ledgers.take(ledger, [root])
    assert [name.rpartition("/")[2] for name in result.left_over] == ["part_1_0001.csv"]
    assert total(ledger) == Decimal(5)


def test_a_file_of_a_run_that_was_copied_only_in_part_is_told_and_takes_no_lines_away(tmp_path: Path) -> None:
    """A copy that had got no further than the name of the newest run's file left a month without a bill."""
    root, ledger = tmp_path / "container", tmp_path / "ledger"
    deliver(root, "daily", "run-a", EARLY, [on(1)])
    part = deliver(root, "daily", "run-b", LATE, [on(1), on(2)]) / "part_0_0001.csv"
    whole = part.read_bytes()
    ledgers.take(ledger, [root])
    part.write_bytes(b"")
    (result,) = ledgers.take(ledger, [root])
    assert ([name.rpartition("/")[2] for name in result.missing], result.left_over) == (["part_0_0001.csv"], [])
    assert total(ledger) == Decimal(10)
    part.write_bytes(whole)
    (result,) = ledgers.take(ledger, [root])
    assert (result.missing, total(ledger)) == ([], Decimal(10))


def test_an_export_without_a_manifest_is_replaced_by_itself_and_its_copy_counts_once(tmp_path: Path) -> None:
    files, ledger = tmp_path / "files", tmp_path / "ledger"
    files.mkdir()
    (files / "daily_guid.csv").write_bytes(bill(on(1)))
    (files / "daily_guid (1).csv").write_bytes(bill(on(1)))
    ledgers.take(ledger, [files])
    assert total(ledger) == Decimal(5)
    for path in files.iterdir():
        path.write_bytes(bill(on(1), on(2)))
    ledgers.take(ledger, [files])
    assert total(ledger) == Decimal(10)
