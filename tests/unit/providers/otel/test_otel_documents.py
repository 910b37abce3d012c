"""An object becomes documents with the line on which each begins, whatever its layout, and damage stays where it is."""

from __future__ import annotations

from typing import Any

import pytest

from tokenaudit.model.reject import Reject
from tokenaudit.providers.otel import documents

NOT_JSON = "not valid JSON"


def read(*slices: bytes) -> list[Any]:
    found = documents.read("u", slices)
    return [(each.line, each.reason) if isinstance(each, Reject) else each for each in found]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b'{"a":1}\n\n{"a":2}\n', [(1, {"a": 1}), (3, {"a": 2})]),
        (b'\xef\xbb\xbf{"a":1}', [(1, {"a": 1})]),
        (b'{"a":1}\r\n{"a":2}\r\n', [(1, {"a": 1}), (2, {"a": 2})]),
        (b'[{"a":1},{"a":2}]\n[{"a":3}]', [(1, {"a": 1}), (1, {"a": 2}), (2, {"a": 3})]),
        (b'{"a":\n{"a":2}\n', [(1, NOT_JSON), (2, {"a": 2})]),
        (b'end"}]}\n{"a":2}\n', [(1, NOT_JSON), (2, {"a": 2})]),
        (b'{\n "a": 1\n}\n{\n "a": 2\n}\n', [(1, {"a": 1}), (4, {"a": 2})]),
        (b'[\n {\n  "a": 1\n },\n {\n  "a": 2\n }\n]\n', [(2, {"a": 1}), (5, {"a": 2})]),
        (b'{\n "a": \n}\n{\n "a": 2\n}\n', [(1, NOT_JSON), (4, {"a": 2})]),
        (b'[\n{"a":1},\n{"a":', [(2, {"a": 1}), (3, NOT_JSON)]),
        (b'{"a":"\xff"}\n', [(1, {"a": "\ufffd"})]),
        (b"", []),
    ],
)
def test_json_in_every_layout(content: bytes, expected: list[Any]) -> None:
    assert read(content) == expected


def test_line_numbers_run_on_across_slices() -> None:
    assert read(b'{"a":1}\n{"a"\n', b'{"a":3}\n') == [(1, {"a": 1}), (2, NOT_JSON), (3, {"a": 3})]


def test_csv_cells_may_span_lines_and_rows_must_fit_the_header() -> None:
    content = b'id,time [UTC]\r\nx,"two\r\nlines"\r\nshort\r\ny,\xff\r\n'
    expected = [(2, {"id": "x", "time": "two\r\nlines"}), (4, "the row does not fit the header")]
    assert read(content) == [*expected, (5, {"id": "y", "time": "\ufffd"})]


def test_csv_cells_may_be_large() -> None:
    assert read(b"id,text\nx," + b"y" * 300_000) == [(2, {"id": "x", "text": "y" * 300_000})]
