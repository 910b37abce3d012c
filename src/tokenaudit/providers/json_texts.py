"""JSON that is no lines of records: texts one after another, lists of them, pretty-printed or cut off."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from tokenaudit.model.reject import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator

NOT_JSON = "not valid JSON"
_BETWEEN = re.compile(r"[\s,\[\]\ufeff]*")
_TOKEN = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)"\s*(:?)|["{}\[\]]', re.DOTALL)


def texts(uri: str, content: str) -> Iterator[tuple[int, Any] | Reject]:
    """Each text with the line on which it begins; of a list at the top, each element.

    A broken one is a Reject; after it, reading goes on at the next line that begins with a brace.
    """
    decoder = json.JSONDecoder()
    at, line, counted = 0, 1, 0
    while True:
        between = _BETWEEN.match(content, at)
        at = between.end() if between else at
        if at >= len(content):
            return
        line, counted = line + content.count("\n", counted, at), at
        try:
            document, at = decoder.raw_decode(content, at)
        except (ValueError, RecursionError):
            yield Reject(uri, line, NOT_JSON)
            at = content.find("\n{", at) + 1
            if not at:
                return
            continue
        yield line, document


def top_names(text: str) -> set[str]:
    """The names at the top of the first object, or of the first object of a list, complete or not."""
    names: set[str] = set()
    depth, top = 0, 0
    for token in _TOKEN.finditer(text):
        mark = token[0]
        if mark == '"':
            break  # the text ends inside a string
        if mark in "{[":
            depth += 1
            if mark == "{" and not top:
                top = depth
        elif mark in "}]":
            depth -= 1
            if depth < top:
                break
        elif depth == top and token[2]:
            names.add(token[1])
    return names


def json_head(head: bytes) -> str:
    """The beginning of an object as text, nothing where it is not JSON."""
    text = head.decode("utf-8", "replace").lstrip("\ufeff \t\r\n")
    return text if text.startswith(("{", "[")) else ""
