"""The containers: what comes out, on which line, and what a damaged one costs."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tokenaudit.providers.azure.decoding import RecordError
from tokenaudit.providers.azure.envelope import records

A, B, C = {"category": "Audit", "n": 1}, {"category": "Audit", "n": 2}, {"category": "Audit", "n": 3}


def read(content: bytes, *, piece: int | None = None) -> list[tuple[int, Any]]:
    lines = content.splitlines(keepends=True)
    slices = [content] if piece is None else [b"".join(lines[i : i + piece]) for i in range(0, len(lines), piece)]
    return [(line, "refused" if isinstance(item, RecordError) else item) for line, item in records(slices)]


def dumped(*values: object) -> bytes:
    return b"\n".join(json.dumps(value).encode() for value in values)


@pytest.mark.parametrize(
    ("content", "lines"),
    [
        (dumped(A, B, C), [1, 2, 3]),
        (dumped(A, B, C) + b"\n", [1, 2, 3]),
        (b"\xef\xbb\xbf" + dumped(A, B, C).replace(b"\n", b"\r\n"), [1, 2, 3]),
        (b"\n\n" + dumped(A) + b"\n\n" + dumped(B, C), [3, 5, 6]),
        (dumped({"records": [A, B]}, C), [1, 1, 2]),
        (dumped([A, B], [C]), [1, 1, 2]),
        (dumped([{"records": [A, B]}, C]), [1, 1, 1]),
        (json.dumps({"records": [A, B, C]}, indent=1).encode(), [3, 7, 11]),
        (json.dumps([A, B, C], indent=1).encode(), [2, 6, 10]),
        (b"[\n" + dumped(A) + b",\n" + dumped(B) + b"\n," + dumped(C) + b"]", [2, 3, 4]),
        (b"\n".join(json.dumps(value, indent=1).encode() for value in (A, B, C)), [1, 5, 9]),
    ],
    ids=str,
)
def test_every_container_gives_the_same_records_with_their_lines(content: bytes, lines: list[int]) -> None:
    for piece in (None, 1, 2):
        assert read(content, piece=piece) == list(zip(lines, (A, B, C), strict=True))


def test_an_answer_of_the_query_api_gives_records_of_every_table() -> None:
    columns = [{"name": "category"}, {"name": "n"}]
    answer = {
        "tables": [{"columns": columns, "rows": [["Audit", 1]]}, {"columns": columns, "rows": [["Audit", 2], [1]]}]
    }
    assert [item for _, item in read(dumped(answer))] == [A, B, "refused"]
    assert [item for _, item in read(json.dumps(answer, indent=2).encode())] == [A, B, "refused"]


def test_a_torn_line_costs_itself_only() -> None:
    assert read(dumped(A)[:-5] + b"\n" + dumped(B, C)) == [(1, "refused"), (2, B), (3, C)]
    assert read(dumped(A) + b"\n" + dumped(B)[:-5] + b"\n" + dumped(C)) == [(1, A), (2, "refused"), (3, C)]
    assert read(dumped(A, B, C)[:-5]) == [(1, A), (2, B), (3, "refused")]
    assert read(dumped({"records": [A, B]})[:-20] + b"\n" + dumped(C)) == [(1, A), (1, "refused"), (2, C)]


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("wrapped", [[A, B, C], {"records": [A, B, C]}])
def test_what_stands_before_the_cut_is_kept(wrapped: object, indent: int | None) -> None:
    whole = json.dumps(wrapped, indent=indent).encode()
    found = [item for _, item in read(whole[: whole.index(b"3") - 2])]
    assert found == [A, B, "refused"]
    between = [item for _, item in read(whole[: whole.index(b"3") + 1].rpartition(b"{")[0])]
    assert between == [A, B, "refused"]


def test_a_cut_answer_of_the_query_api_keeps_the_rows_before_the_cut() -> None:
    answer = {
        "tables": [
            {"name": "t", "columns": [{"name": "category"}, {"name": "n"}], "rows": [["Audit", 1], ["Audit", 2]]}
        ]
    }
    assert [item for _, item in read(dumped(answer)[:-8])] == [A, "refused"]


def test_lax_json_is_read() -> None:
    found = read(b'{"n": NaN}\n{"n": "\\ud800"}\n{"n": "\xff"}\n{"n": 639264170277847539}')
    assert [list(item) for _, item in found] == [["n"]] * 4
    assert found[3][1]["n"] == 639264170277847539


@pytest.mark.parametrize("content", [b"", b"\n \n", b"{}\n", b"[]", b"[\n]"])
def test_nothing_is_in_nothing(content: bytes) -> None:
    assert [item for _, item in read(content) if item != {}] == []


@pytest.mark.parametrize(
    "content", [b"7", b'"text"', b"[" * 100_000, b"[[[[1]]]]", b'{"records": [[[{}]]]}', b"\xff\xfe\x00"]
)
def test_what_holds_no_record_is_refused_once(content: bytes) -> None:
    assert read(content) == [(1, "refused")]


def test_cells_of_a_csv_may_hold_line_breaks() -> None:
    content = b'TimeGenerated [UTC],Category,x\r\n1,"a\r\nb ""c""\n",3\r\n\r\n4,5\r\n6,7,8\r\n'
    for piece in (None, 1, 2):
        found = read(content, piece=piece)
        assert [line for line, _ in found] == [2, 6, 7]
        assert [item if isinstance(item, str) else list(item.values()) for _, item in found] == [
            ["1", 'a\r\nb "c"\n', "3"],
            "refused",
            ["6", "7", "8"],
        ]


def test_a_cell_may_be_longer_than_the_csv_module_likes() -> None:
    content = b"TimeGenerated,Category\n1," + b"x" * 200_000 + b"\n2,3\n"
    assert [line for line, item in read(content) if item != "refused"] == [2, 3]
