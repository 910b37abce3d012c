"""Rows in every format: what a text holds is lost nowhere that programs read, and acts nowhere."""

from __future__ import annotations

import csv
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.escape import unescape
from tests.properties import ledgers
from tests.unit.export.hostile import ACTS, HOSTILE

from tokenaudit import schema
from tokenaudit.errors import UsageError
from tokenaudit.export.formats import FORMATS, Table, target, write_rows
from tokenaudit.export.workbook import rows as workbook_rows
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    import pyarrow as pa

Row = dict[str, Any]
_AS_IT_IS = ("json", "jsonl", "parquet")


def batch(rows: list[Row]) -> pa.RecordBatch:
    buffer = RowBuffer(schema.usage())
    for row in rows:
        buffer.add(row)
    return buffer.take()


def written(fmt: str, *rows: Row, suffix: str = "") -> bytes:
    stream = io.BytesIO()
    pieces = [batch(list(rows[:1])), batch(list(rows[1:]))]
    write_rows(Table("usage", schema.usage(), pieces), target(Path(f"x.{fmt}{suffix}"), None), stream)
    return stream.getvalue()


def read(fmt: str, content: bytes) -> list[Row]:
    """The rows as a program of that format's world reads them."""
    if fmt in ("csv", "tsv"):
        lines = csv.DictReader(io.StringIO(content.decode(), newline=""), delimiter="," if fmt == "csv" else "\t")
        return list(lines)
    if fmt == "json":
        found: list[Row] = json.loads(content)
        return found
    if fmt == "jsonl":
        return [json.loads(line) for line in content.splitlines()]
    if fmt == "parquet":
        return pq.read_table(io.BytesIO(content)).to_pylist()
    sheet = openpyxl.load_workbook(io.BytesIO(content)).worksheets[0]
    head, *body = sheet.iter_rows(values_only=True)
    return [dict(zip(map(str, head), row, strict=True)) for row in body]


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_columns_are_the_ledger_s_and_the_rows_as_many_as_there_are(fmt: str) -> None:
    for count in (0, 1, 3):
        rows = read(fmt, written(fmt, *(ledgers.usage_row(number) for number in range(count))))
        assert [row["usage_id"] for row in rows] == [f"test/{number}" for number in range(count)]
        assert all(list(row) == list(schema.usage().names) for row in rows)


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("fmt", _AS_IT_IS)
def test_programs_read_what_the_log_said(fmt: str, text: str) -> None:
    (row,) = read(fmt, written(fmt, ledgers.usage_row(1, caller=text, tags={text: text})))
    assert row["caller"] == text
    assert dict(row["tags"]) == {text: text}


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("fmt", ["csv", "tsv", "json", "jsonl"])
def test_nothing_acts_in_a_text_file(fmt: str, text: str) -> None:
    content = written(fmt, ledgers.usage_row(1, caller=text, tags={"k": text})).decode()
    breaks = {"\t", "\r"} if fmt in ("csv", "tsv") else set()
    assert ACTS.intersection(content) - breaks == set()
    if fmt in ("csv", "tsv"):
        (row,) = read(fmt, content.encode())
        assert not row["caller"].startswith(("=", "+", "-", "@", "\t", "\r"))


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_nothing_acts_in_a_workbook(text: str) -> None:
    content = written("xlsx", ledgers.usage_row(1, caller=text, tags={"k": text}))
    book = openpyxl.load_workbook(io.BytesIO(content))
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n", "d", "b", "inlineStr"}
    assert all(cell.hyperlink is None for cell in cells)
    shown = next(cell.value for cell in cells if cell.coordinate == "AH2")
    assert ACTS.intersection(str(shown)) == set()
    if len(text) < 100 and text.isprintable() and not text.startswith("<r>"):
        assert unescape(shown) == text


def test_a_cell_that_is_too_long_is_cut_and_said() -> None:
    stream = io.BytesIO()
    rows = batch([ledgers.usage_row(1, caller="\U0001f600" * 20_000), ledgers.usage_row(2, caller="x" * 32_767)])
    notes = workbook_rows.write(stream, "usage", [rows], schema.usage(), ())
    assert notes == ["1 cells held more than 32,767 characters and were cut"]
    first, second = read("xlsx", stream.getvalue())
    assert first["caller"].endswith(" [cut]")
    assert len(first["caller"].encode("utf-16-le")) // 2 <= 32_767
    assert second["caller"] == "x" * 32_767


def test_a_full_sheet_is_followed_by_another() -> None:
    stream = io.BytesIO()
    rows = batch([ledgers.usage_row(number) for number in range(7)])
    notes = workbook_rows.write(stream, "usage", [rows], schema.usage(), (("exported", "usage"),), sheet_rows=4)
    assert notes == ["7 rows are on 3 sheets: one holds 3"]
    book = openpyxl.load_workbook(stream)
    assert book.sheetnames == ["usage", "usage 2", "usage 3", "Provenance"]
    ids = [row[0] for sheet in book.worksheets[:3] for row in sheet.iter_rows(min_row=2, values_only=True)]
    assert ids == [f"test/{number}" for number in range(7)]
    assert all(sheet["A1"].value == "usage_id" for sheet in book.worksheets[:3])
    assert ("note", notes[0]) in list(book["Provenance"].values)


def test_the_first_sheet_is_plain() -> None:
    book = openpyxl.load_workbook(io.BytesIO(written("xlsx", ledgers.usage_row(1, latency_ms=12.5, streamed=True))))
    sheet = book.worksheets[0]
    values = dict(zip((cell.value for cell in sheet[1]), sheet[2], strict=True))
    assert values["started_at"].is_date
    assert "UTC" in values["started_at"].number_format
    assert (values["latency_ms"].value, values["streamed"].value) == (12.5, True)
    assert values["input_tokens"].value is None
    assert sheet.freeze_panes == "A2"
    assert sheet.page_setup.orientation == "landscape"


@pytest.mark.parametrize("fmt", FORMATS)
def test_the_same_rows_give_the_same_bytes(fmt: str) -> None:
    rows = [ledgers.usage_row(number, tags={"b": "1", "a": "2"}) for number in range(2)]
    assert written(fmt, *rows) == written(fmt, *rows)


@pytest.mark.parametrize("fmt", ["csv", "tsv", "json", "jsonl"])
def test_text_may_be_compressed_without_a_name_or_a_time(fmt: str) -> None:
    rows = [ledgers.usage_row(number) for number in range(2)]
    packed = written(fmt, *rows, suffix=".gz")
    assert gzip.decompress(packed) == written(fmt, *rows)
    assert packed[3:8] == bytes(5)


@given(amount=st.decimals(allow_nan=False, allow_infinity=False, places=12, min_value=-(10**20), max_value=10**20))
def test_amounts_have_all_their_digits_wherever_they_are_text(amount: Decimal) -> None:
    buffer = RowBuffer(schema.charges())
    at = ledgers.usage_row(1)["started_at"]
    times = {"billing_period": at.date(), "charge_period_start": at, "charge_period_end": at}
    said = {"charge_id": "1", "provider": "aws.bedrock", "source": "aws.cur", "charge_category": "Usage"}
    rest = {"quantity_scale": "units", "provisional": False, "tags": {}, "focus_extra": {}, "object_uri": "x"}
    buffer.add({**said, **times, **rest, "billed_cost": amount})
    rows = buffer.take()
    for fmt in ("csv", "jsonl"):
        stream = io.BytesIO()
        write_rows(Table("charges", schema.charges(), [rows]), target(None, fmt), stream)
        if fmt == "csv":
            (row,) = read(fmt, stream.getvalue())
        else:
            row = json.loads(stream.getvalue(), parse_float=Decimal)
        assert Decimal(row["billed_cost"]) == amount


@pytest.mark.parametrize(
    ("name", "fmt", "found"),
    [
        ("x.CSV", None, ("csv", False)),
        ("x.csv.gz", None, ("csv", True)),
        ("x.ndjson", None, ("jsonl", False)),
        ("x.dat", "tsv", ("tsv", False)),
        ("x.gz", "json", ("json", True)),
        (None, None, ("csv", False)),
        (None, "xlsx", ("xlsx", False)),
    ],
)
def test_names_of_formats(name: str | None, fmt: str | None, found: tuple[str, bool]) -> None:
    to = target(Path(name) if name else None, fmt)
    assert (to.fmt, to.compressed) == found


@pytest.mark.parametrize("name", ["x", "x.pdf", "x.gz", "x.xlsx.gz", "x.parquet.gz"])
def test_names_that_say_nothing_are_refused(name: str) -> None:
    with pytest.raises(UsageError):
        target(Path(name), None)
