"""Which kind of Azure log an object is, from its beginning. By content only."""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any

from tokenaudit.providers.azure.decoding import RecordError, decode
from tokenaudit.providers.azure.envelope import csv_records, is_csv_header, unwrap, walk
from tokenaudit.providers.azure.record import KINDS, Kind, field_name, flatten, kind_of, kind_of_fields

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Sample

# For a first record that is longer than the sample. Inside of a JSON string the quotes would be escaped.
_CATEGORY = re.compile(r'"(?:category|Category|Type)"\s*:\s*"(?:[\w.]+/)?(\w+)"')
# What the columns of AzureDiagnostics are where the rest is inside of `properties_s`.
_DIAGNOSTICS = frozenset(("time", "category", "properties"))
_ENVELOPE = re.compile(r'"(?:resourceId|_ResourceId|correlationId|CorrelationId|time|TimeGenerated)"\s*:\s*"')


def kind_of_head(sample: Sample) -> Kind | None:
    """The kind of the first record of a kind that we know. Never raises."""
    head = sample.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not sample.whole and b"\n" in head:
        head = head[: head.rfind(b"\n") + 1]
    lines = head.splitlines(keepends=True)
    if not lines:
        return None
    if is_csv_header(lines[0]):
        return _first_kind(_csv_rows(lines)) or _kind_of_heading(lines[0])
    complete = False
    for reading in (_lines, _container, _document):
        found = list(reading(lines))
        complete = complete or bool(found)
        kind = _first_kind(found)
        if kind is not None:
            return kind
    return None if complete else _kind_of_empty(lines) or _kind_of_cut(sample.head.decode("utf-8", "replace"))


def _first_kind(raws: Iterable[dict[str, Any]]) -> Kind | None:
    for raw in raws:
        try:
            kind = kind_of(flatten(raw))
        except RecordError:
            continue
        if kind is not None:
            return kind
    return None


def _lines(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for line in lines:
        yield from _unwrapped(line)


def _container(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for _, item in walk(b"".join(lines).decode("utf-8", "replace")):
        if isinstance(item, dict):
            yield item


def _document(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    return _unwrapped(b"".join(lines))


def _unwrapped(content: bytes) -> Iterator[dict[str, Any]]:
    try:
        value = decode(content)
    except RecordError:
        return
    for item in unwrap(value):
        if isinstance(item, dict):
            yield item


def _csv_rows(lines: list[bytes]) -> Iterator[dict[str, Any]]:
    for _, item in csv_records(enumerate(lines, 1)):
        if isinstance(item, dict):
            yield item


def _kind_of_heading(line: bytes) -> Kind | None:
    """For a table whose first row is longer than the sample, or that has no rows."""
    names = next(csv.reader(io.StringIO(line.decode("utf-8", "replace"))), [])
    return kind_of_fields(frozenset(filter(None, map(field_name, names))))


def _kind_of_empty(lines: list[bytes]) -> Kind | None:
    """For answers of the query API without a row, which say by their columns what was asked for."""
    for line in lines:
        try:
            value = decode(line)
        except RecordError:
            return None
        tables = value.get("tables") if isinstance(value, dict) else None
        for table in tables if isinstance(tables, list) else ():
            columns = table.get("columns") if isinstance(table, dict) else None
            described = (each for each in (columns if isinstance(columns, list) else ()) if isinstance(each, dict))
            names = frozenset(filter(None, (field_name(str(each.get("name", ""))) for each in described)))
            kind = kind_of_fields(names) or ("request" if names >= _DIAGNOSTICS else None)
            if kind is not None:
                return kind
    return None


def _kind_of_cut(head: str) -> Kind | None:
    if not head.lstrip("\ufeff \t\r\n").startswith(("{", "[")) or not _ENVELOPE.search(head):
        return None
    return next((KINDS[name] for name in map(str.lower, _CATEGORY.findall(head)) if name in KINDS), None)
