"""Saved answers of the Cost Management Query API: pages of rows whose columns are told by name, and in any order.

A page is `{"properties": {"columns": [{"name": ...}], "rows": [[...]]}}`, as the API writes it, or the same without
`properties`, as SDKs do. An object holds one, a list of them, `{"value": [...]}`, or one on each line.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.bills.columns import Line, positions
from tokenaudit.providers.azure.decoding import RecordError, decode
from tokenaudit.providers.azure.values import text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_BOM = b"\xef\xbb\xbf"
_COSTS = frozenset(("cost", "pretaxcost", "costusd", "pretaxcostusd"))
_COLUMNS, _ROWS = b'"columns"', b'"rows"'
_LOG_TABLES = re.compile(rb'^\s*\{\s*"tables"')
_scanner = json.JSONDecoder()


@dataclass(frozen=True)
class Page:
    """One answer. `line` is where its document begins; `spreads` whether it was asked for amortised costs."""

    line: int
    names: tuple[str, ...]
    rows: tuple[Any, ...]
    spreads: bool

    def lines(self) -> Iterator[Line | Reject]:
        """Its rows, or why one cannot be read; a reject has no address yet."""
        at = positions(self.names)
        tells_currency = "currency" in at
        for number, row in enumerate(self.rows, 1):
            if not isinstance(row, list) or len(row) != len(self.names):
                yield Reject("", self.line, f"row {number}: not as many cells as the answer has columns")
                continue
            cells = {name: _cell(row[place]) for name, place in at.items()}
            line = Line(self.line, {name: cell for name, cell in cells.items() if cell}, f"row {number}: ")
            if "cost_usd" in at and (not tells_currency or "cost" not in at):
                # Without a currency of their own, only dollars are costs of which is known what they are.
                line.cells.pop("cost", None)
                line.cells.update({"cost": line.cells["cost_usd"]} if "cost_usd" in line.cells else {}, currency="USD")
            yield line


def looks_like_pages(head: bytes, *, whole: bool) -> bool:
    """Whether an object that begins so is a saved answer. Never raises."""
    content = head.removeprefix(_BOM).lstrip()
    if content[:1] not in {b"{", b"["} or _COLUMNS not in content:
        return False
    if whole:
        return _ROWS in content and _holds_a_page(content)
    first, newline, _ = content.partition(b"\n")
    if newline and _ROWS in first and _holds_a_page(first):
        return True
    return not _LOG_TABLES.match(content) and bool(_COSTS & set(_names_of_cut(content)))


def _holds_a_page(content: bytes) -> bool:
    return any(isinstance(found, Page) for found in pages(content))


def _names_of_cut(content: bytes) -> list[str]:
    """The names of the columns of an answer that is longer than what it is recognised by: they come before the rows."""
    rest = content[content.index(_COLUMNS) + len(_COLUMNS) :].decode("utf-8", "replace").lstrip(": \t\r\n")
    try:
        columns, _ = _scanner.raw_decode(rest)
    except (ValueError, RecursionError):
        return []
    return [name.casefold() for name in _names(columns)] if isinstance(columns, list) else []


def pages(content: bytes) -> Iterator[Page | tuple[int, RecordError]]:
    """The pages of an object; or, with a line, why there is none: a document that is cut off, or is something else."""
    content = content.removeprefix(_BOM)
    if not content.strip():
        return
    try:
        yield from _pages(decode(content), 1)
    except RecordError as reason:
        on_lines = list(_on_lines(content))
        yield from on_lines if any(isinstance(found, Page) for found in on_lines) else [(1, reason)]


def _on_lines(content: bytes) -> Iterator[Page | tuple[int, RecordError]]:
    for number, line in enumerate(content.splitlines(), 1):
        if line.strip():
            try:
                yield from _pages(decode(line), number)
            except RecordError as reason:
                yield number, reason


def _pages(value: Any, line: int, depth: int = 2) -> Iterator[Page | tuple[int, RecordError]]:
    inner = value.get("value") if isinstance(value, dict) else value
    if isinstance(inner, list) and depth:
        for each in inner:
            yield from _pages(each, line, depth - 1)
        return
    page = _page(value, line) if isinstance(value, dict) else None
    yield page or (line, RecordError("not an answer of the Query API"))


def _page(document: Mapping[str, Any], line: int) -> Page | None:
    properties = document.get("properties")
    answer = properties if isinstance(properties, dict) else document
    columns, rows = answer.get("columns"), answer.get("rows")
    if not isinstance(columns, list) or not isinstance(rows, list):
        return None
    names = _names(columns)
    if not _COSTS & {name.casefold() for name in names}:
        return None
    return Page(line, names, tuple(rows), _is_amortised(document))


def _names(columns: list[Any]) -> tuple[str, ...]:
    return tuple(str(each.get("name", "")) if isinstance(each, dict) else "" for each in columns)


def _is_amortised(document: Mapping[str, Any]) -> bool:
    """Whether the page was saved with its question, and that asked so. The answer by itself does not tell."""
    asked = [document, *(document.get(name) for name in ("request", "query", "parameters", "body"))]
    return any(str(each.get("type")).casefold() == "amortizedcost" for each in asked if isinstance(each, dict))


def _cell(value: object) -> str | None:
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        return format(Decimal(repr(value)), "f") if abs(value) < float("inf") else repr(value)
    return text(value)
