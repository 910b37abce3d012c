"""What invocation records come wrapped in when they do not come as plain lines.

CloudWatch Logs answers (`{"events": [{"message": "..."}]}`), subscription deliveries (`{"messageType": "DATA_MESSAGE",
"logEvents": [{"message": "..."}]}`), Logs Insights results (of the API, or saved from the console with `@message`),
single events, and bare lists. The record is in the message, as text or as an object. Source: Amazon CloudWatch Logs API
reference and user guide.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

_LISTS = ("events", "logEvents", "results")
_MESSAGES = ("message", "@message")
_SPACE = " \t\r\n"

_NOTHING = b""
"""Stands for a value that cannot be a record, such as a bare number: it will be counted as unreadable."""


def unwrap(value: Any) -> Iterator[dict[str, Any] | bytes]:
    """The records inside: objects, or the JSON text of one. Control messages and empty pages hold none."""
    if isinstance(value, list):
        if _is_insights_row(value):
            yield _message({cell["field"]: cell.get("value") for cell in value if isinstance(cell["field"], str)})
            return
        for item in value:
            yield from unwrap(item)
    elif not isinstance(value, dict):
        yield _NOTHING
    elif "requestId" in value:
        yield value  # a record, whatever else it may carry
    elif value.get("messageType") != "CONTROL_MESSAGE":
        inner = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
        if inner is not None:
            yield from unwrap(inner)
        else:
            yield _message(value) if any(key in value for key in _MESSAGES) else value


def values(text: str) -> Iterator[tuple[int, Any]]:
    """JSON values that stand one after the other, each with its place in the text; of a list, those that are in it.

    So what precedes the damage in a list that is cut off is not lost. Raises ValueError at the first that is no JSON,
    or a bare number or text outside of a list, after yielding those before it. Raw control characters inside of strings
    are tolerated.
    """
    decoder = json.JSONDecoder(strict=False)
    at, end, in_list, between = 0, len(text), False, _SPACE
    while True:
        while at < end and text[at] in between:
            at += 1
        if at == end:
            break
        if text[at] == ("]" if in_list else "["):
            in_list, at = not in_list, at + 1
        elif not in_list and text[at] not in "[{":
            raise ValueError("neither an object nor a list")
        else:
            begin = at
            value, at = decoder.raw_decode(text, at)
            yield begin, value
        between = _SPACE + ","
    if in_list:
        raise ValueError("the list does not end")


def _is_insights_row(items: list[Any]) -> bool:
    return bool(items) and all(isinstance(item, dict) and "field" in item for item in items)


def _message(event: dict[str, Any]) -> dict[str, Any] | bytes:
    message = next((event[key] for key in _MESSAGES if key in event), None)
    if isinstance(message, str):
        return message.encode("utf-8", "replace")
    return message if isinstance(message, dict) else _NOTHING
