"""An object -> its lines about language models by FOCUS name, and how many others there are.

CSV and Parquet pass through Arrow, which leaves out the foreign mass before a line becomes a Python object; JSON lines
and a JSON list are read record by record.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from itertools import chain
from typing import TYPE_CHECKING, Any

import pyarrow.compute as pc

from tokenaudit.model.reject import Reject
from tokenaudit.providers.arrow_tables import LINE, batches
from tokenaudit.providers.focus.clouds import cloud_of, may_be_ours
from tokenaudit.providers.focus.names import HOMES, spelled

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    import pyarrow as pa

    from tokenaudit.model.ports import Blob

_BOM = b"\xef\xbb\xbf"
_EMPTY = frozenset(("", "NULL"))
_NOT_JSON = "not valid JSON"


@dataclass(frozen=True)
class Line:
    """One line of the bill: where it stands, whose it is, and its cells by FOCUS name, without the empty ones.

    `tells_invoices` says that the file has a column for the invoice, be it empty.
    """

    number: int
    provider: str
    cells: dict[str, str]
    tells_invoices: bool


_Record = tuple[int, dict[str, str], bool]


@dataclass(frozen=True)
class Foreign:
    """So many lines that are well formed and none of our business."""

    count: int


def lines_of(blob: Blob) -> Iterator[Line | Reject | Foreign]:
    """What the object holds, in its order; a count of foreign lines may follow later. Never raises for bad content."""
    pieces = iter(blob.slices)
    begin = b""
    for piece in pieces:
        begin += piece
        if begin.strip():
            break
    start = begin.removeprefix(_BOM).lstrip()[:1]
    content = chain((begin,), pieces)
    if start == b"{":
        yield from _ours(_json_lines(blob.uri, content))
    elif start == b"[":
        yield from _ours(_json_list(blob.uri, content))
    else:
        yield from _table(replace(blob, slices=content))


def json_names(head: bytes) -> tuple[str, ...]:
    """The fields of the first record of a JSON list or of JSON lines; none where that cannot be told."""
    if b"billedcost" not in head.lower():
        return ()  # said quickly: every object that is anything else passes here
    text = head.removeprefix(_BOM).decode("utf-8", "replace").lstrip()
    body = text[1:].lstrip() if text.startswith("[") else text.partition("\n")[0]
    if not body.startswith("{"):
        return ()
    try:
        record, _ = json.JSONDecoder().raw_decode(body)
    except (ValueError, RecursionError):
        return ()
    return tuple(record) if isinstance(record, dict) else ()


def _ours(records: Iterable[_Record | Reject]) -> Iterator[Line | Reject | Foreign]:
    foreign = 0
    for record in records:
        if isinstance(record, Reject):
            yield record
            continue
        number, cells, tells_invoices = record
        provider = cloud_of(cells)
        if provider is None:
            foreign += 1
        else:
            yield Line(number, provider, cells, tells_invoices)
    yield Foreign(foreign)


# --- CSV and Parquet ------------------------------------------------------------------------------------------------


def _table(blob: Blob) -> Iterator[Line | Reject | Foreign]:
    rejects: list[Reject] = []
    foreign = 0

    def wanted(table: pa.Table) -> Any:
        nonlocal foreign
        mask = may_be_ours(table)
        foreign += table.num_rows - (pc.sum(mask).as_py() or 0)
        return mask

    def broken(line: int, reason: str) -> None:
        rejects.append(Reject(blob.uri, line, reason))

    for table in batches(blob, None, broken, wanted):
        names = [spelled(name) for name in table.column_names[:-1]]
        yield from _ours(_records(names, table))
    yield from rejects
    yield Foreign(foreign)


def _records(names: list[str], table: pa.Table) -> Iterator[_Record]:
    columns = [column.to_pylist() for column in table.columns[:-1]]
    numbers = table.column(LINE).to_pylist()
    tells_invoices = _tells_invoices(names)
    for at, number in enumerate(numbers):
        cells = ((name, column[at]) for name, column in zip(names, columns, strict=True))
        yield (
            number,
            {name: value for name, value in cells if value is not None and value not in _EMPTY},
            tells_invoices,
        )


def _tells_invoices(names: Iterable[str]) -> bool:
    return not set(HOMES["invoice_id"]).isdisjoint(names)


# --- JSON -----------------------------------------------------------------------------------------------------------


def _json_lines(uri: str, content: Iterable[bytes]) -> Iterator[_Record | Reject]:
    number = 0
    for piece in content:
        for text in piece.removesuffix(b"\n").split(b"\n"):
            number += 1
            if text.strip() and text != _BOM:
                record = _loaded(text)
                yield _record(number, record) if isinstance(record, dict) else Reject(uri, number, _NOT_JSON)


def _json_list(uri: str, content: Iterable[bytes]) -> Iterator[_Record | Reject]:
    records = _loaded(b"".join(content))
    if not isinstance(records, list):
        yield Reject(uri, 0, _NOT_JSON)
        return
    for number, record in enumerate(records, 1):
        yield _record(number, record) if isinstance(record, dict) else Reject(uri, number, "not a JSON object")


def _loaded(content: bytes) -> Any:
    """The JSON value, its numbers as they are written; None where it is none."""
    try:
        text = content.removeprefix(_BOM).decode("utf-8", "replace")
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError):
        return None


def _record(number: int, record: Mapping[str, Any]) -> _Record:
    cells = {}
    for name, value in record.items():
        text = value if isinstance(value, str) or value is None else json.dumps(value, ensure_ascii=False)
        if text is not None and text not in _EMPTY:
            cells[spelled(name)] = text
    return number, cells, _tells_invoices(map(spelled, record))
