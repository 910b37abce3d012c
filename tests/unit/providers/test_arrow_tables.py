"""Tables as strings: CSV and Parquet, in pieces, damaged or not."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tokenaudit.model.ports import Blob
from tokenaudit.providers.arrow_tables import LINE, batches

if TYPE_CHECKING:
    from collections.abc import Iterable

CSV = b'\xef\xbb\xbfName,Cost,name\r\na,"1,5",x\r\nb,,y\r\n"two\nlines",3,z\r\n'


def rows(content: bytes | Iterable[bytes], *args: Any, **more: Any) -> list[dict[str, Any]]:
    pieces = (content,) if isinstance(content, bytes) else content
    return [row for table in batches(Blob("x", pieces), *args, **more) for row in table.to_pylist()]


def parquet(columns: dict[str, Any], row_group_size: int = 2) -> bytes:
    stream = io.BytesIO()
    pq.write_table(pa.table(columns), stream, row_group_size=row_group_size)
    return stream.getvalue()


def test_columns_are_found_whatever_their_case_and_missing_ones_are_null() -> None:
    assert rows(CSV, ("cost", "NAME", "Tags")) == [
        {"cost": "1,5", "NAME": "a", "Tags": None, LINE: 2},
        {"cost": None, "NAME": "b", "Tags": None, LINE: 3},
        {"cost": "3", "NAME": "two\nlines", "Tags": None, LINE: 4},
    ]


def test_all_columns_by_the_name_of_the_file_and_of_equal_names_the_first() -> None:
    assert rows(CSV)[0] == {"Name": "a", "Cost": "1,5", LINE: 2}


def test_none_of_the_columns_still_counts_the_rows() -> None:
    assert rows(CSV, ("Tags",)) == [{"Tags": None, LINE: line} for line in (2, 3, 4)]


def test_any_split_at_line_ends_reads_the_same() -> None:
    lines = [line + b"\n" for line in CSV.split(b"\n")[:-1]]
    assert rows([b"", *lines, b""], None) == rows(CSV, None)


def test_a_line_of_other_length_is_told_and_costs_only_itself() -> None:
    told: list[tuple[int, str]] = []
    found = rows(b"a,b\n1,2\n3\n4,5\n6,7,8\n9,10\n", None, lambda line, reason: told.append((line, reason)))
    assert [(row["a"], row[LINE]) for row in found] == [("1", 2), ("4", 4), ("9", 6)]
    assert told == [(3, "a line of 1 cells in a table of 2 columns"), (5, "a line of 3 cells in a table of 2 columns")]


def test_bytes_that_are_no_utf8_are_replaced() -> None:
    assert rows(b"a,b\n\xff,2\n")[0]["a"] == "\ufffd"


@pytest.mark.parametrize("content", [b"", b"\n", b"a,b", b"a,b\n", b"\xef\xbb\xbf"])
def test_a_table_without_rows_gives_none(content: bytes) -> None:
    assert rows(content) == []


def test_rows_are_left_out_before_nested_values_are_written() -> None:
    content = parquet(
        {"n": ["a", "b", "c"], "t": pa.array([[("k", "1")], [("k", "2")], None], pa.map_("string", "string"))}
    )
    seen = []

    def wanted(table: pa.Table) -> Any:
        seen.extend(table.column("t").to_pylist())
        return pc.is_in(table.column("n"), value_set=pa.array(["b", "c"]))

    assert rows(content, None, None, wanted) == [
        {"n": "b", "t": '{"k": "2"}', LINE: 2},
        {"n": "c", "t": None, LINE: 3},
    ]
    assert seen == [None, None, None]
    assert rows(CSV, ("Name",), None, lambda table: pc.equal(table.column("Name"), "b")) == [{"Name": "b", LINE: 3}]


def test_types_of_parquet_become_text() -> None:
    content = parquet(
        {
            "Dec": pa.array([Decimal("0.000000001200"), Decimal("-2.5"), None], pa.decimal128(38, 12)),
            "f": [1e-7, 2.5, None],
            "at": pa.array([datetime(2026, 9, 1, 10, tzinfo=UTC), datetime(2026, 9, 1, 0, 0, 0, 5, UTC), None]),
            "day": pa.array([date(2026, 9, 1), None, None]),
            "word": pa.array(["a", "b", None]).dictionary_encode(),
            "raw": pa.array([b"a", b"\xff", None]),
        }
    )
    found = rows(content, ("dec", "f", "AT", "day", "word", "raw"))
    assert [Decimal(row["dec"]) for row in found[:2]] == [Decimal("0.0000000012"), Decimal("-2.5")]
    assert [(row["f"], row["AT"], row["day"], row["word"], row["raw"], row[LINE]) for row in found] == [
        ("1e-7", "2026-09-01T10:00:00.000000Z", "2026-09-01", "a", "a", 1),
        ("2.5", "2026-09-01T00:00:00.000005Z", None, "b", "\ufffd", 2),
        (None, None, None, None, None, 3),
    ]


def test_texts_of_parquet_that_are_no_utf8_are_read_as_far_as_they_are() -> None:
    odd = pa.array([b"caf\xe9", None, b"ok"]).view(pa.string())
    assert [row["a"] for row in rows(parquet({"a": odd}))] == ["caf\ufffd", None, "ok"]


def test_parquet_is_read_from_the_object_itself_where_that_can_be() -> None:
    content = parquet({"a": ["1", "2", "3"]})
    (table,) = batches(Blob("x", (b"never looked at",), lambda: io.BytesIO(content)))
    assert table.to_pylist() == rows(content)


def test_a_damaged_table_is_told_and_raises_nothing() -> None:
    told: list[int] = []
    rows(parquet({"a": ["1"]})[:-6], None, lambda line, _: told.append(line))
    rows(b"PAR1", None, lambda line, _: told.append(line))
    assert told == [0, 0]
