"""Cost and Usage Reports: recognised by their columns, the same in both formats, and never in the way of the logs."""

from __future__ import annotations

import gzip
import io
import os
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from tokenaudit import registry
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.providers.aws import cur_csv
from tokenaudit.providers.aws.bill_maps import entries, tags_of
from tokenaudit.providers.aws.cur import CostAndUsageReport
from tokenaudit.providers.aws.line_types import line_type
from tokenaudit.providers.tabular import column_names

if TYPE_CHECKING:
    from tokenaudit.model.reject import Reject

ROOT = Path(__file__).resolve().parents[4]
SAMPLES = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared") / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="TOKENAUDIT_SHARED names no folder with samples")
BILLS = sorted((ROOT / "fixtures" / "aws").glob("cur/*.raw.*")) + sorted(
    (ROOT / "fixtures" / "aws").glob("cost_explorer/*.raw.*")
)
LOGS = sorted((ROOT / "fixtures" / "aws" / "invocation_logs").glob("*.raw.*"))
OURS = ("aws.cur", "aws.cost_explorer")

HEADER = b"line_item_product_code,line_item_usage_type,line_item_usage_start_date,line_item_unblended_cost\n"
LINE = b"AmazonBedrock,USE1-NovaPro-input-tokens,2026-10-05,1\n"
FOREIGN = b"AmazonEC2,USE1-BoxUsage:m5.large,2026-10-05,1\n"


def read(*slices: bytes) -> tuple[list[dict[str, Any]], list[Reject], int]:
    parts = list(CostAndUsageReport().normalise([Blob("x", slices)]))
    rows = [row for part in parts for row in part.batch.to_pylist()]
    return rows, [each for part in parts for each in part.rejects], sum(part.foreign["x"] for part in parts)


def content_of(path: Path) -> bytes:
    raw = path.read_bytes()
    return gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw


def recognised_by(path: Path) -> list[str]:
    content = content_of(path)
    sample = Sample(content[: 256 * 1024], len(content) <= 256 * 1024, path.name, column_names(content, path))
    return [source.name for source in registry.sources() if source.recognise(sample)]


@pytest.mark.parametrize("path", [*BILLS, *LOGS], ids=lambda path: path.name)
def test_bills_and_logs_are_told_apart(path: Path) -> None:
    assert recognised_by(path) == [f"aws.{path.parent.name}"]


@needs_samples
@pytest.mark.parametrize(
    ("name", "rows", "foreign"),
    [
        ("aws/cur2_third_party_rows.csv", 4, 1),
        ("aws/cur_legacy_third_party.csv", 1, 0),
        ("aws/synthetic/cur2_bedrock_rows.csv", 7, 0),
    ],
)
def test_samples_of_others_are_read(name: str, rows: int, foreign: int) -> None:
    path = SAMPLES / name
    assert recognised_by(path) == ["aws.cur"]
    found, rejects, others = read(path.read_bytes())
    assert (len(found), rejects, others) == (rows, [], foreign)
    assert all(row["billed_cost"] is not None for row in found)


@needs_samples
def test_no_other_sample_is_taken_for_a_bill() -> None:
    theirs = [*(SAMPLES / "azure").rglob("*"), *(SAMPLES / "focus").rglob("*")]
    assert [path.name for path in theirs if path.is_file() and set(recognised_by(path)) & set(OURS)] == []


@pytest.mark.parametrize("lines", [1, 7, 200])
def test_csv_and_parquet_say_the_same(lines: int) -> None:
    content = HEADER + b"".join(LINE if number % 3 else FOREIGN for number in range(lines))
    table = pa_csv.read_csv(io.BytesIO(content))
    dates = table.column("line_item_usage_start_date").cast(pa.timestamp("ms"))
    table = table.set_column(2, "line_item_usage_start_date", dates)
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=50)
    written = stream.getvalue()
    rows, rejects, foreign = read(written)
    expected, _, others = read(content)
    assert foreign == others
    assert not rejects
    unlike = {"charge_id"}  # the text of a time is part of it, and that differs
    assert [{k: v for k, v in row.items() if k not in unlike} for row in rows] == [
        {k: v for k, v in row.items() if k not in unlike} for row in expected
    ]


def test_a_row_group_without_bedrock_is_counted_and_not_read() -> None:
    table = pa_csv.read_csv(io.BytesIO(HEADER + FOREIGN * 30 + LINE))
    stream = io.BytesIO()
    pq.write_table(table, stream, row_group_size=10)
    rows, _, foreign = read(stream.getvalue())
    assert (len(rows), foreign) == (1, 30)


def test_a_surplus_chunk_holds_no_lines() -> None:
    assert CostAndUsageReport().recognise(
        Sample(HEADER, whole=True, name="x", columns=tuple(HEADER.decode().split(",")))
    )
    assert read(HEADER) == ([], [], 0)


def test_pieces_are_parsed_as_the_whole_is(monkeypatch: pytest.MonkeyPatch) -> None:
    content = HEADER + (LINE + FOREIGN * 5) * 100
    expected = read(content)
    monkeypatch.setattr(cur_csv, "PIECE", 300)
    lines = content.splitlines(keepends=True)
    assert read(*(b"".join(lines[start : start + 7]) for start in range(0, len(lines), 7))) == expected
    assert len(expected[0]) == 100
    assert expected[2] == 500


@pytest.mark.parametrize("content", [b"PAR1", b"PAR1" + b"\0" * 100 + b"PAR1", b"PAR1 and then a text\n"])
def test_a_damaged_parquet_file_is_one_reject(content: bytes) -> None:
    rows, rejects, _ = read(content)
    assert rows == []
    assert [(each.line, each.reason) for each in rejects] == [(0, "the object is damaged: no whole Parquet file")]


def test_a_torn_last_line_is_a_reject_and_the_others_are_rows() -> None:
    rows, rejects, _ = read(HEADER + LINE + LINE[:30])
    assert len(rows) == 1
    assert [each.line for each in rejects] == [3]


def test_a_stray_quote_costs_nothing_but_its_own_line() -> None:
    odd = b'AmazonBedrock,24" disk,2026-10-05,1\n'
    rows, rejects, foreign = read(HEADER + odd + LINE + FOREIGN + LINE)
    assert len(rows) + len(rejects) + foreign == 4
    assert len([row for row in rows if row["model"] == "amazon/nova-pro"]) == 2


def test_of_bytes_that_are_no_utf_8_only_these_are_lost() -> None:
    rows, rejects, _ = read(HEADER + LINE.replace(b"NovaPro", b"Nova\xffPro") + LINE)
    assert [row["sku_meter"] for row in rows] == ["USE1-Nova\ufffdPro-input-tokens", "USE1-NovaPro-input-tokens"]
    assert rejects == []


def test_a_report_without_most_columns_says_little_and_invents_nothing() -> None:
    (row,), _, _ = read(HEADER + LINE)
    assert row["billed_cost"] == Decimal(1)
    assert row["charge_category"] == "Usage"
    assert row["charge_period_start"] == row["charge_period_end"]
    unknown = ("tokens", "pricing_quantity", "list_cost", "billing_currency", "sub_account_id", "invoice_id")
    assert [row[name] for name in unknown] == [None] * len(unknown)
    assert row["provisional"] is False
    assert row["quantity_scale"] == "unknown"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"a":"1","b":""}', (("a", "1"),)),
        ('[{"key":"a","value":"1"}]', (("a", "1"),)),
        ('[["a","1"]]', (("a", "1"),)),
        ("{a=1, b=2}", (("a", "1"), ("b", "2"))),
        ('{"a":{"b":1}}', (("a", '{"b": 1}'),)),
        ("[1, 2]", ()),
        ("7", ()),
        ("{}", ()),
        ("{", ()),
        (None, ()),
    ],
)
def test_maps_are_read_leniently(text: str | None, expected: tuple[tuple[str, str], ...]) -> None:
    assert entries(text) == expected


def test_a_resources_tag_counts_before_the_callers_and_a_category_last() -> None:
    tags = '{"iamPrincipal/team":"caller","resourceTags/team":"resource","iamPrincipal/app":"caller"}'
    found = dict(tags_of((), "arn", None, tags, '{"team":"category","app":"category","unit":"category"}'))
    assert found == {"team": "resource", "app": "caller", "unit": "category", "iam_principal": "arn"}
    found = dict(tags_of(("user:team", "user_app"), None, '{"user_team":"map"}', None, None, "column", "bot"))
    assert found == {"team": "map", "app": "bot"}


@pytest.mark.parametrize(
    ("name", "category", "usage"),
    [
        ("Usage", "Usage", True),
        (None, "Usage", True),
        ("EdpDiscount", "Usage", False),
        ("Enterprise Discount Program Discount", "Usage", False),
        ("Bundled discount", "Usage", False),
        ("Savings Plan Negation", "Usage", False),
        ("SavingsPlanUpfrontFee", "Purchase", False),
        ("Refund", "Credit", False),
        ("Tax", "Tax", False),
        ("Whatever", "Adjustment", False),
    ],
)
def test_types_of_line(name: str | None, category: str, usage: bool) -> None:  # noqa: FBT001 - a column of the table
    assert (line_type(name).category, line_type(name).counts_usage) == (category, usage)
