"""The content of an object -> its JSON documents or CSV rows, each with the line on which it begins."""

from __future__ import annotations

import csv
import io
import json
import re
from itertools import chain
from typing import TYPE_CHECKING, Any

from tokenaudit.model.reject import Reject
from tokenaudit.providers.json_texts import NOT_JSON, texts

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_BOM = b"\xef\xbb\xbf"
_CELL_MAX = 2**31 - 1
_HEADER_MAX = 64 * 1024
# The portal writes the time zone behind the name of a time column.
_ZONE = re.compile(r" \[UTC\]$")


def read(uri: str, slices: Iterable[bytes]) -> Iterator[tuple[int, Any] | Reject]:
    """Documents of an object that is newline-delimited JSON, plain JSON, several JSON texts in a row, or CSV.

    A list at the top is given element by element, a CSV row as a mapping by column name. What cannot be read is one
    Reject, and costs no more than itself where the object is made of lines.
    """
    pieces = (piece for piece in slices if piece.strip())
    begin = next(pieces, b"").removeprefix(_BOM)
    content = chain((begin,), pieces)
    if not begin.lstrip().startswith((b"{", b"[")) and is_csv(begin):
        yield from _rows(uri, content)
    elif _is_line_delimited(begin):
        yield from _lines(uri, content)
    else:
        yield from texts(uri, b"".join(content).decode("utf-8", "replace"))


def is_csv(content: bytes) -> bool:
    """Whether the first line can be the header of a CSV file: several names, none of them JSON."""
    names = header(content)
    return len(names) > 1 and not any(mark in name for name in names for mark in "{}")


def header(content: bytes) -> list[str]:
    """The column names on the first line; none where it is no line of CSV, as in a binary file."""
    line = content.removeprefix(_BOM).lstrip().split(b"\n", 1)[0][:_HEADER_MAX].decode("utf-8", "replace")
    try:
        return _names(next(csv.reader([line.rstrip("\r")]), []))
    except csv.Error:
        return []


def _names(cells: list[str]) -> list[str]:
    return [_ZONE.sub("", cell.strip()) for cell in cells]


def _is_line_delimited(begin: bytes) -> bool:
    """One JSON text a line. A torn first line does not hide it: then the second begins a text of its own."""
    opening, _, rest = begin.lstrip().partition(b"\n")
    if not opening.startswith((b"{", b"[")):
        return True
    return is_json(opening) or (opening.startswith(b"{") and rest.startswith(b"{"))


def is_json(line: bytes) -> bool:
    """Whether a line is a whole JSON text, perhaps behind a byte-order mark."""
    try:
        json.loads(line.decode("utf-8-sig", "replace"))
    except (ValueError, RecursionError):
        return False
    return True


def _lines(uri: str, content: Iterable[bytes]) -> Iterator[tuple[int, Any] | Reject]:
    number = 0
    for piece in content:
        for line in piece.removesuffix(b"\n").split(b"\n"):
            number += 1
            if not line.strip():
                continue
            try:
                document = json.loads(line.decode("utf-8", "replace"))
            except (ValueError, RecursionError):
                yield Reject(uri, number, NOT_JSON)
                continue
            for each in document if isinstance(document, list) else (document,):
                yield number, each


def _rows(uri: str, content: Iterable[bytes]) -> Iterator[tuple[int, Any] | Reject]:
    limit = csv.field_size_limit(_CELL_MAX)
    try:
        reader = csv.reader(line for piece in content for line in io.StringIO(piece.decode("utf-8", "replace"), "\n"))
        names = _names(next(reader, []))
        line = reader.line_num + 1
        for cells in reader:
            if len(cells) == len(names):
                yield line, dict(zip(names, cells, strict=True))
            elif cells:
                yield Reject(uri, line, "the row does not fit the header")
            line = reader.line_num + 1
    except csv.Error:
        yield Reject(uri, line, "not valid CSV")
    finally:
        csv.field_size_limit(limit)
