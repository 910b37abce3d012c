"""scripts/build_price_book.py: the shipped files are what it makes of its input, and of nothing else."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
import sys
from collections import Counter
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

ROOT = Path(__file__).resolve().parents[3]
DATA = ROOT / "src" / "tokenaudit" / "catalogue" / "data"
SHARED = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared")
SNAPSHOT = SHARED / "samples" / "prices" / "azure_genai_prices_snapshot_2026-08-11.json"
OFFER = ROOT / "fixtures" / "prices" / "aws" / "offer.json"
LIST, NOTES, BOOK = "price_list.csv", "price_notes.csv", "price_book.csv"
HEADER = DATA.joinpath(NOTES).read_text(encoding="utf-8").splitlines()[0]


def build(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(ROOT / "scripts" / "build_price_book.py"), "--data", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def page(items: Iterable[dict[str, object]]) -> str:
    """Prices as the Azure Retail Prices API answers them; the samples have the regions of a price in one row."""
    rows = [
        {
            "currencyCode": "USD",
            "tierMinimumUnits": 0.0,
            "retailPrice": item["retailPrice"],
            "armRegionName": region,
            "effectiveStartDate": item["effectiveStartDate"],
            "meterName": item["meterName"],
            "productName": item["productName"],
            "serviceName": "Foundry Models",
            "unitOfMeasure": item["unitOfMeasure"],
            "type": "Consumption",
        }
        for item in items
        for region in list(item["regions"])  # type: ignore[call-overload]
    ]
    return json.dumps({"BillingCurrency": "USD", "Items": rows, "NextPageLink": None, "Count": len(rows)})


def test_the_book_is_what_its_two_parts_make(tmp_path: Path) -> None:
    for name in (LIST, NOTES):
        shutil.copy(DATA / name, tmp_path / name)
    done = build(tmp_path)
    assert (done.returncode, done.stderr) == (0, "")
    for name in (LIST, NOTES, BOOK):
        assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), f"{name}: run scripts/build_price_book.py"
    assert sha256((DATA / BOOK).read_bytes()).hexdigest() in done.stdout


@pytest.mark.skipif(not SNAPSHOT.exists(), reason="TOKENAUDIT_SHARED has no samples of prices")
def test_the_shipped_list_is_what_the_sample_says(tmp_path: Path) -> None:
    shutil.copy(DATA / NOTES, tmp_path / NOTES)
    items = json.loads(SNAPSHOT.read_text(encoding="utf-8"))["items"]
    (tmp_path / "page.json").write_text(page(items), encoding="utf-8")
    for _ in ("from nothing", "on top of itself"):
        done = build(tmp_path, "--read-on", "2026-08-11", str(tmp_path / "page.json"))
        assert done.returncode == 0, done.stderr
        for name in (LIST, BOOK):
            assert (tmp_path / name).read_bytes() == (DATA / name).read_bytes(), name


def test_a_later_reading_ends_a_price_and_loses_none(tmp_path: Path) -> None:
    (tmp_path / NOTES).write_text(HEADER + "\n", encoding="utf-8")
    item = {"meterName": "gpt 5 inp glbl Tokens", "productName": "Azure OpenAI GPT5", "unitOfMeasure": "1K"}
    gone = item | {"meterName": "gpt 5 outp glbl Tokens"}
    first = [each | {"retailPrice": 0.002, "effectiveStartDate": "2026-01-01T00:00:00Z"} for each in (item, gone)]
    second = [item | {"retailPrice": 0.001, "effectiveStartDate": "2026-06-01T00:00:00Z"}]
    for day, items in (("2026-02-01", first), ("2026-07-01", second)):
        (tmp_path / "page.json").write_text(
            page(each | {"regions": ["eastus2", "westus"]} for each in items), encoding="utf-8"
        )
        assert build(tmp_path, "--read-on", day, str(tmp_path / "page.json")).returncode == 0
    with (tmp_path / LIST).open(encoding="utf-8", newline="") as file:
        rows = [
            (row["token_kind"], row["usd_per_mtok"], row["valid_from"], row["valid_until"], row["source_date"])
            for row in csv.DictReader(file)
        ]
    assert rows == [
        ("input", "2", "2026-01-01", "2026-06-01", "2026-02-01"),
        ("input", "1", "2026-06-01", "", "2026-07-01"),
        ("output", "2", "2026-01-01", "", "2026-02-01"),
    ]


def test_an_offer_of_aws_is_taken_in(tmp_path: Path) -> None:
    (tmp_path / NOTES).write_text(HEADER + "\n", encoding="utf-8")
    done = build(tmp_path, "--read-on", "2026-11-01", str(OFFER))
    assert done.returncode == 0, done.stderr
    with (tmp_path / BOOK).open(encoding="utf-8", newline="") as file:
        found = Counter((row["provider"], row["source"]) for row in csv.DictReader(file))
    assert found.keys() == {("aws.bedrock", "aws-price-list")}


def test_what_is_no_price_list_is_refused(tmp_path: Path) -> None:
    shutil.copy(DATA / NOTES, tmp_path / NOTES)
    (tmp_path / "page.json").write_text("{}", encoding="utf-8")
    done = build(tmp_path, "--read-on", "2026-08-11", str(tmp_path / "page.json"))
    assert done.returncode == 1
    assert "no price list of a cloud" in done.stderr
    assert not (tmp_path / BOOK).exists()


def test_the_files_are_small() -> None:
    assert sum((DATA / name).stat().st_size for name in (LIST, NOTES, BOOK)) < 2_000_000
