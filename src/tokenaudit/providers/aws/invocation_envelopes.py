"""What invocation records come wrapped in when they do not come as plain lines.

CloudWatch Logs answers (`{"events": [{"message": "..."}]}`), subscription deliveries (`{"messageType": "DATA_MESSAGE",
"logEvents": [{"message": "..."}]}`), Logs Insights results, single events, and bare lists. The record is in `message`, as
text or as an object. Source: Amazon CloudWatch Logs API reference and user guide.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

_LISTS = ("events", "logEvents")


def unwrap(value: Any) -> Iterator[dict[str, Any] | bytes]:
    """The records inside: objects, or the JSON text of one. Control messages and empty pages hold none."""
    if isinstance(value, list):
        for item in value:
            yield from _insights_row(item) if _is_insights_row(item) else unwrap(item)
        return
    if not isinstance(value, dict):
        yield b""  # a bare number or string stands where a record should: it will be counted as unreadable
        return
    for key in _LISTS:
        if isinstance(value.get(key), list):
            yield from unwrap(value[key])
            return
    if isinstance(value.get("results"), list):
        yield from unwrap(value["results"])
    elif "message" in value and "modelId" not in value:
        message = value["message"]
        yield message.encode("utf-8", "replace") if isinstance(message, str) else message
    elif value.get("messageType") != "CONTROL_MESSAGE":
        yield value


def values(text: str) -> Iterator[Any]:
    """JSON values that stand one after the other, with or without white space between. Raises ValueError at the first
    that is no JSON, after yielding those before it."""
    decoder = json.JSONDecoder()
    at, end = 0, len(text)
    while True:
        while at < end and text[at] in " \t\r\n,":
            at += 1
        if at == end:
            return
        value, at = decoder.raw_decode(text, at)
        yield value


def _is_insights_row(item: Any) -> bool:
    return isinstance(item, list) and all(isinstance(cell, dict) and "field" in cell for cell in item)


def _insights_row(row: list[dict[str, Any]]) -> Iterator[bytes]:
    for cell in row:
        if cell["field"] == "@message" and isinstance(cell.get("value"), str):
            yield cell["value"].encode("utf-8", "replace")
