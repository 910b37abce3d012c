"""OTLP JSON, as the collector's file exporter writes it -> spans of model calls.

Source: the OTLP specification, JSON Protobuf encoding: ids are hex, 64-bit integers are decimal strings or numbers,
names are lowerCamelCase. The snake_case that some writers leave is read as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from tokenaudit.providers.otel.attributes import WANTED, is_model_call
from tokenaudit.providers.otel.span import RefusedError, Span

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_ERRORS = (2, "2", "STATUS_CODE_ERROR")
_NEVER = 1 << 64
"""Times are 64 bits long."""
_HEX = re.compile(r"[0-9a-fA-F]+")
_NO_LIST = "a list of spans is no list"
_SNAKE = {
    "resourceSpans": "resource_spans",
    "scopeSpans": "scope_spans",
    "traceId": "trace_id",
    "spanId": "span_id",
    "startTimeUnixNano": "start_time_unix_nano",
    "endTimeUnixNano": "end_time_unix_nano",
}


def is_document(value: Mapping[str, Any]) -> bool:
    """Whether this is a TracesData message."""
    return _field(value, "resourceSpans") is not None


def is_other_signal(value: Mapping[str, Any]) -> bool:
    """Whether this is a message of another signal, which one pipeline may write into the same file."""
    return any(name in value for name in ("resourceLogs", "resourceMetrics", "resourceProfiles"))


def spans(document: Mapping[str, Any]) -> Iterator[Span | RefusedError]:
    """Every model call among the document's spans; a span that cannot be understood comes as the refusal."""
    for of_resource in _list(document, "resourceSpans"):
        if isinstance(of_resource, RefusedError):
            yield of_resource
            continue
        described = of_resource.get("resource")
        resource = _attributes(described) if isinstance(described, Mapping) else {}
        for of_scope in _list(of_resource, "scopeSpans"):
            for span in [of_scope] if isinstance(of_scope, RefusedError) else _list(of_scope, "spans"):
                yield from [span] if isinstance(span, RefusedError) else _model_call(span, resource)


def _model_call(span: Mapping[str, Any], resource: dict[str, Any]) -> Iterator[Span | RefusedError]:
    attributes = _attributes(span)
    if not is_model_call(attributes):
        return
    try:
        yield _span(span, attributes, resource)
    except RefusedError as refusal:
        yield refusal


def _span(span: Mapping[str, Any], attributes: dict[str, Any], resource: dict[str, Any]) -> Span:
    trace_id, span_id = _id(span, "traceId"), _id(span, "spanId")
    start, end = _nanoseconds(span, "startTimeUnixNano"), _nanoseconds(span, "endTimeUnixNano")
    if start is None:
        raise RefusedError("the span has no start time")
    if end is not None and end < start:
        raise RefusedError("the span ends before it starts")
    try:
        started_at = _EPOCH + timedelta(microseconds=start // 1000)
    except OverflowError:
        raise RefusedError("the span's start time is out of range") from None
    status = span.get("status")
    return Span(
        trace_id=trace_id,
        span_id=span_id,
        started_at=started_at,
        latency_ms=(end - start) / 1e6 if end is not None and end > start else None,
        attributes=attributes,
        resource=resource,
        failed=isinstance(status, Mapping) and status.get("code") in _ERRORS,
    )


def _field(record: Mapping[str, Any], name: str) -> Any:
    value = record.get(name)
    return record.get(_SNAKE[name]) if value is None and name in _SNAKE else value


def _list(record: Mapping[str, Any], name: str) -> list[Mapping[str, Any] | RefusedError]:
    value = _field(record, name)
    if value is None:
        return []
    if not isinstance(value, list):
        return [RefusedError(_NO_LIST)]
    return [each if isinstance(each, Mapping) else RefusedError("a span is no object") for each in value]


def _attributes(holder: Mapping[str, Any]) -> dict[str, Any]:
    """The wanted ones of a list of `{"key", "value": AnyValue}`."""
    pairs = holder.get("attributes")
    found: dict[str, Any] = {}
    for pair in pairs if isinstance(pairs, list) else ():
        if isinstance(pair, Mapping) and isinstance(pair.get("key"), str) and pair["key"] in WANTED:
            found.setdefault(pair["key"], _plain(pair.get("value")))
    return found


def _plain(value: object) -> Any:
    if not isinstance(value, Mapping):
        return None
    for kind, content in value.items():
        if kind in ("arrayValue", "array_value"):
            items = content.get("values") if isinstance(content, Mapping) else None
            return [_plain(each) for each in items] if isinstance(items, list) else None
        if kind.replace("_", "").lower() in ("stringvalue", "boolvalue", "intvalue", "doublevalue"):
            return content
    return None


def _id(span: Mapping[str, Any], name: str) -> str:
    value = _field(span, name)
    if not isinstance(value, str) or not value.strip("0"):
        raise RefusedError("the span has no trace id or no span id")
    return value.lower() if _HEX.fullmatch(value) else value.encode("utf-8", "replace").decode("utf-8")


def _nanoseconds(span: Mapping[str, Any], name: str) -> int | None:
    """Nanoseconds since 1970; 0 is how protobuf writes nothing."""
    value = _field(span, name)
    if isinstance(value, str) and value.isascii() and value.isdigit() and len(value) <= 20:
        value = int(value)
    if value is None or value == "":
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < _NEVER:
        raise RefusedError("a time of the span is no number of nanoseconds")
    return value or None
