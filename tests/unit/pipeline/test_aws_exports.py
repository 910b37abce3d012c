"""Trees of AWS cost exports, as they lie in a bucket: which lines of which run count."""

from __future__ import annotations

import gzip
import json
import os
import shutil
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from tests.properties import ledgers

from tokenaudit.ledger.ledger import open_for_reading

ROOT = Path(__file__).resolve().parents[3]
TREE = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples/aws/synthetic/cur2_tree"
needs_samples = pytest.mark.skipif(not TREE.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")

MONTH = "BILLING_PERIOD=2026-10"
HEADER = (
    "identity_line_item_id,bill_billing_period_start_date,line_item_usage_start_date,line_item_product_code,"
    "line_item_usage_type,line_item_usage_amount,line_item_unblended_cost,pricing_unit\n"
)


def bill(*costs: int, code: str = "AmazonBedrock") -> bytes:
    lines = [
        f"line{cost},2026-10-01,2026-10-05,{code},USE1-NovaPro-input-tokens,1000,{cost},1K tokens\n" for cost in costs
    ]
    return gzip.compress((HEADER + "".join(lines)).encode())


def write(path: Path, content: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)


def deliver(root: Path, run: str, *parts: bytes, name: str = "daily", named: int | None = None) -> None:
    """A run in a folder of its own, as "create new" does it, or (without a name) over the one before."""
    folder = "/".join(each for each in (f"exports/{name}/data", MONTH, run) if each)
    files = [f"{folder}/{name}-{number:05}.csv.gz" for number in range(1, len(parts) + 1)]
    for path, content in zip(files, parts, strict=True):
        write(root / path, content)
    document = {"exportName": name, "dataFiles": [f"s3://bucket/{path}" for path in files[:named]]}
    at = "/".join(each for each in (f"exports/{name}/metadata", MONTH, run, f"{name}-Manifest.json") if each)
    write(root / at, json.dumps(document).encode())


def charges(ledger: Path) -> list[dict[str, Any]]:
    files = open_for_reading(ledger).charges_files()
    return [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]


def total(ledger: Path) -> Decimal:
    return sum((row["billed_cost"] for row in charges(ledger)), Decimal(0))


@needs_samples
def test_the_sample_tree_counts_once_also_after_a_second_ingest(tmp_path: Path) -> None:
    root, ledger = tmp_path / "bucket", tmp_path / "ledger"
    shutil.copytree(TREE, root, copy_function=shutil.copyfile)
    first, second = ledgers.take(ledger, [root], [root])
    assert first.unrecognised == []
    assert [name.rpartition("/")[2] for name in first.left_over] == ["tokenaudit-cur2-00002.csv.gz"]
    assert second.by_source["aws.cur"].skipped == 1
    rows = charges(ledger)
    assert len(rows) == len({row["charge_id"] for row in rows}) == 7
    assert sum(row["tokens"] or 0 for row in rows) == 1_000_000 + 10_000 + 500_000


def test_an_older_execution_beside_it_does_not_count(tmp_path: Path) -> None:
    root, ledger = tmp_path / "bucket", tmp_path / "ledger"
    deliver(root, "2026-11-02T06-00-00-b", bill(1, 2))
    deliver(root, "2026-11-01T06-00-00-a", bill(1, 2, 3), bill(4))
    ledgers.take(ledger, [root], [root])
    assert total(ledger) == 3
    deliver(root, "2026-11-03T06-00-00-0", bill(7))
    ledgers.take(ledger, [root])
    assert total(ledger) == 7


def test_a_month_that_is_written_over_is_replaced_and_its_surplus_chunk_is_not_read(tmp_path: Path) -> None:
    root, ledger = tmp_path / "bucket", tmp_path / "ledger"
    deliver(root, "", bill(1, 2), bill(3))
    ledgers.take(ledger, [root])
    assert total(ledger) == 6
    deliver(root, "", bill(1, 5), b"", named=1)
    ledgers.take(ledger, [root], [root])
    assert total(ledger) == 6
    (root / "exports/daily/data" / MONTH / "daily-00002.csv.gz").write_bytes(bill(3))
    ledgers.take(ledger, [root])
    assert total(ledger) == 6


def legacy(root: Path, assembly: str, content: bytes, written: int) -> None:
    folder = f"bills/monthly/20261001-20261101/{assembly}"
    write(root / folder / "monthly-00001.csv.gz", content)
    document = {
        "assemblyId": assembly,
        "account": "111122223333",
        "reportName": "monthly",
        "billingPeriod": {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"},
        "reportKeys": [f"{folder}/monthly-00001.csv.gz"],
    }
    manifest = root / folder / "monthly-Manifest.json"
    write(manifest, json.dumps(document).encode())
    os.utime(manifest, (written, written))


@pytest.mark.parametrize("newest", ["aaaa", "ffff"])
def test_of_legacy_reports_the_one_whose_manifest_was_written_last_counts(tmp_path: Path, newest: str) -> None:
    root, ledger = tmp_path / "bucket", tmp_path / "ledger"
    legacy(root, "cccc", bill(10, 20), 1_790_000_000)
    legacy(root, newest, bill(11), 1_790_086_400)
    ledgers.take(ledger, [root], [root])
    assert total(ledger) == 11


def test_lines_of_other_services_are_counted_and_dropped(tmp_path: Path) -> None:
    deliver(tmp_path / "bucket", "", bill(1), bill(2, 3, code="AmazonEC2"))
    (result,) = ledgers.take(tmp_path / "ledger", [tmp_path / "bucket"])
    assert result.foreign["aws.cur"] == 2
    assert result.by_source["aws.cur"].rows == 1
    assert not result.rejects
