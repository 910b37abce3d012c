"""What Azure wraps its log records in. Every form comes out as (line, record); the line is where the record begins.

* newline-delimited JSON: append blobs of diagnostic settings (PT1H.json), data exports, captures. A line is a record,
  or any of the next two.
* `{"records": [...]}`: the payload of an Event Hub message. A bare object or an array of them is accepted as well.
* `{"tables": [{"columns": [{"name": ...}], "rows": [[...]]}]}`: an answer of the Log Analytics query API.
* CSV with a header: an export of the Azure portal.

Form of the diagnostic records: https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs
"""

from __future__ import annotations

import csv
import itertools
import json
import re
from typing import TYPE_CHECKING, Any

from tokenaudit.providers.azure.decoding import RecordError, decode
from tokenaudit.providers.azure.record import field_name

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Item = dict[str, Any] | RecordError

_BOM = b"\xef\xbb\xbf"
_PUNCTUATION = b" \t\r\n,[]{}"
_ARRAY = re.compile(r"(?:\[|\{\s*\"records\"\s*:\s*\[)")
_TABLES = re.compile(r"\{\s*\"tables\"\s*:\s*\[")
_COLUMNS = re.compile(r"\"columns\"\s*:\s*")
_ROWS = re.compile(r"\s*,\s*\"rows\"\s*:\s*\[")
_BETWEEN = re.compile(r"[\s,\]}]*")
_CUT = "not valid JSON, or cut off, from here on"
# Prompts in a cell exceed the csv module's 128 KB.
_MAX_CELL = 64 * 1024 * 1024
_scanner = json.JSONDecoder()


def records(slices: Iterable[bytes]) -> Iterator[tuple[int, Item]]:
    """Every record of an object, or why one is not to be had, with its line (from 1). Never raises for bad content."""
    lines = _lines(slices)
    first = next((each for each in lines if each[1].strip()), None)
    if first is None:
        return
    lines = itertools.chain([first], lines)
    if is_csv_header(first[1]):
        yield from csv_records(lines)
    else:
        yield from _json_records(lines)


def unwrap(value: object, depth: int = 2) -> Iterator[Item]:
    """The records inside one JSON value: at most an array of messages that hold arrays."""
    if isinstance(value, list) and depth:
        for each in value:
            yield from unwrap(each, depth - 1)
    elif not isinstance(value, dict):
        yield RecordError("not a JSON object")
    elif isinstance(value.get("records"), list) and depth:
        yield from unwrap(value["records"], 1)
    elif isinstance(value.get("tables"), list):
        for table in value["tables"]:
            yield from _table(table)
    else:
        yield value


def is_csv_header(line: bytes) -> bool:
    """Whether a line is a heading of an export: it names at least two fields that we know."""
    if line[:1] in (b"{", b"["):
        return False
    return len({name for name in map(field_name, _cells(line)) if name}) > 1


def csv_records(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Item]]:
    """Records of a CSV, the heading first. Cells may hold line breaks; a row of another length is refused."""
    csv.field_size_limit(_MAX_CELL)
    start = 0

    def decoded() -> Iterator[str]:
        nonlocal start
        for number, line in lines:
            start = start or number
            yield line.decode("utf-8", "replace")

    reader = csv.reader(decoded())
    header: list[str] | None = None
    while True:
        start = 0
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield start, RecordError("not a row of CSV")
            continue
        if header is None:
            header = row
        elif len(row) == len(header):
            yield start, dict(zip(header, row, strict=True))
        elif row:
            yield start, RecordError("the row has not as many cells as the heading")


def walk(document: str) -> Iterator[tuple[int, Item]]:
    """Records of JSON that spans lines, or is cut off: values one after another, containers opened, each with its line.

    What stands before the damage is kept, and one RecordError says where the damage begins.
    """
    names: list[str] | None = None
    is_open = False
    at, line = 0, 1
    while True:
        begins = _end_of(_BETWEEN, document, at)
        line += document.count("\n", at, begins)
        is_open = is_open and "]" not in document[at:begins]
        at = begins
        if at == len(document):
            if is_open:
                yield line, RecordError(_CUT)
            return
        opening = _ARRAY.match(document, at) if names is None else None
        if opening:
            value, end, is_open = None, opening.end(), True
        else:
            try:
                value, end = _scanner.raw_decode(document, at)
            except (ValueError, RecursionError):
                names, end = ([], 0) if names else _open_table(document, at)
                value, is_open = None, True
            if not end:
                yield line, RecordError(_CUT)
                return
        if value is not None:
            for item in unwrap(value) if names is None else _rows(names, [value]):
                yield line, item
        line += document.count("\n", at, end)
        at = end


def _json_records(lines: Iterator[tuple[int, bytes]]) -> Iterator[tuple[int, Item]]:
    """Line by line, unless the first line is only the beginning of something."""
    number, first = next(lines)
    try:
        value = decode(first)
    except RecordError:
        yield from _document(number, [first, *(line for _, line in lines)])
        return
    for item in unwrap(value):
        yield number, item
    yield from _by_line(lines)


def _document(number: int, lines: list[bytes]) -> Iterator[tuple[int, Item]]:
    """The first line is no JSON by itself: it begins a document of many lines, or it is torn and others are not."""
    last: Item = {}
    line = 1
    for line, last in walk(b"".join(lines).decode("utf-8", "replace")):
        yield number + line - 1, last
    if isinstance(last, RecordError):
        # Lines that stand by themselves are records of their own; inside of a damaged document there are none.
        rest = list(_by_line(enumerate(lines[line:], number + line)))
        if any(not isinstance(item, RecordError) for _, item in rest):
            yield from rest


def _by_line(lines: Iterable[tuple[int, bytes]]) -> Iterator[tuple[int, Item]]:
    for number, line in lines:
        if not line.strip(_PUNCTUATION):
            continue
        try:
            value = decode(line.rstrip().removesuffix(b","))
        except RecordError as reason:
            yield number, reason
            continue
        for item in unwrap(value):
            yield number, item


def _lines(slices: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    number = 0
    for block in slices:
        for line in block.splitlines(keepends=True):
            number += 1
            yield number, line.removeprefix(_BOM) if number == 1 else line


def _cells(line: bytes) -> list[str]:
    try:
        return next(csv.reader([line.decode("utf-8", "replace")]), [])
    except csv.Error:
        return []


def _open_table(document: str, at: int) -> tuple[list[str] | None, int]:
    """Column names of the first table of a cut answer, and where its rows begin, or 0 when there is no such table.

    The API writes columns before rows.
    """
    if not _TABLES.match(document, at):
        return None, 0
    columns = _COLUMNS.search(document, at)
    if columns is None:
        return None, 0
    try:
        described, end = _scanner.raw_decode(document, columns.end())
    except (ValueError, RecursionError):
        return None, 0
    return _names(described), _end_of(_ROWS, document, end)


def _end_of(pattern: re.Pattern[str], document: str, at: int) -> int:
    found = pattern.match(document, at)
    return found.end() if found else 0


def _table(table: object) -> Iterator[Item]:
    if not isinstance(table, dict) or not isinstance(table.get("rows"), list):
        yield RecordError("not a table of the query API")
        return
    yield from _rows(_names(table.get("columns")), table["rows"])


def _names(columns: object) -> list[str]:
    described = columns if isinstance(columns, list) else []
    return [str(each.get("name", "")) if isinstance(each, dict) else "" for each in described]


def _rows(names: list[str], rows: list[Any]) -> Iterator[Item]:
    for row in rows:
        if isinstance(row, list) and len(row) == len(names):
            yield dict(zip(names, row, strict=True))
        else:
            yield RecordError("the row has not as many cells as the table has columns")
