"""Ledger rows as csv: one line a row, whatever the cells hold; a cell that a spreadsheet would run is made harmless."""

from __future__ import annotations

import csv
import io
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.properties import ledgers

from tokenaudit import schema
from tokenaudit.export.csv_rows import lines
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.schema import RowBuffer


def exported(*rows: dict[str, Any]) -> str:
    buffer = RowBuffer(schema.usage())
    for row in rows:
        buffer.add(row)
    return b"".join(lines([buffer.take()], USAGE_NAMES)).decode()


def cells(**columns: Any) -> dict[str, str]:
    (row,) = csv.DictReader(io.StringIO(exported(ledgers.usage_row(1, **columns)), newline=""))
    return row


def test_the_header_is_the_ledger_s_columns_even_without_rows() -> None:
    assert exported() == ",".join(USAGE_NAMES) + "\n"
    assert b"".join(lines([], ("a", "b"))) == b"a,b\n"


@pytest.mark.parametrize(
    ("column", "value", "text"),
    [
        ("input_tokens", None, ""),
        ("input_tokens", 0, "0"),
        ("input_tokens", 2**53, "9007199254740992"),
        ("latency_ms", 0.1, "0.1"),
        ("latency_ms", 1234.0, "1234.0"),
        ("latency_ms", 1e-7, "1e-07"),
        ("streamed", True, "true"),
        ("streamed", False, "false"),
        ("started_at", datetime(2026, 10, 1, 8, 0, 0, 5, tzinfo=UTC), "2026-10-01T08:00:00.000005Z"),
        ("started_at", datetime(2026, 10, 1, tzinfo=UTC), "2026-10-01T00:00:00.000000Z"),
        ("tags", {}, ""),
        ("tags", {"b": "2", "a": 'ü,"'}, '{"a": "\\u00fc,\\"", "b": "2"}'),
        ("caller", "a,b", "a,b"),
        ("caller", 'say "hi"', 'say "hi"'),
        ("caller", "two\nlines", "two\nlines"),
        ("caller", "=1+1", "'=1+1"),
        ("caller", "+49", "'+49"),
        ("caller", "-x", "'-x"),
        ("caller", "@me", "'@me"),
        ("caller", "\tx", "'\tx"),
        ("caller", "\rx", "'\rx"),
        ("caller", "a=b", "a=b"),
        ("status", "", ""),
    ],
)
def test_cells(column: str, value: Any, text: str) -> None:
    assert cells(**{column: value})[column] == text


def test_what_a_terminal_would_obey_is_made_visible() -> None:
    assert "\x1b" not in cells(caller="\x1b[31mred")["caller"]


def test_lines_end_in_lf_only_and_there_are_as_many_as_rows() -> None:
    text = exported(*(ledgers.usage_row(number) for number in range(3)))
    assert text.count("\n") == 4
    assert "\r" not in text
