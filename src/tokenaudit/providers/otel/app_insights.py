"""Application Insights: rows of `dependencies` (classic) and `AppDependencies` (workspace) -> spans of model calls.

The Azure Monitor exporters write a client span as a dependency; its attributes are strings in `customDimensions` or
`Properties`, and numeric ones may stand in `customMeasurements` or `Measurements` instead. Columns: Azure Monitor table
reference, AppDependencies.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from tokenaudit.providers.otel.attributes import WANTED, first, flag, is_model_call, number, text
from tokenaudit.providers.otel.span import RefusedError, Span

# What a column is called in the classic table, in the workspace table, and in a diagnostic settings export.
_PROPERTIES = ("customDimensions", "Properties")
_MEASUREMENTS = ("customMeasurements", "Measurements")
_STARTED = ("timestamp", "TimeGenerated", "time")
_DURATION = ("duration", "DurationMs")
_TRACE = ("operation_Id", "OperationId")
_SPAN = ("id", "Id")
_SUCCESS = ("success", "Success")
_RESULT = ("resultCode", "ResultCode")
_COUNT = ("itemCount", "ItemCount")
_ROLE = ("cloud_RoleName", "AppRoleName")
_KIND = ("itemType", "Type", "category", "Category")
_KINDS = ("dependency", "AppDependencies")

_PORTAL_TIME = re.compile(r"(\d+)/(\d+)/(\d{4}), (\d+):(\d\d):(\d\d)(?:\.(\d{1,6})\d*)? ([AP])M")


def has_columns(names: Iterable[str]) -> bool:
    """Whether a record or a table with these columns can hold dependencies.

    Case counts: Azure's platform logs have `properties` and `durationMs`.
    """
    known = set(names)
    return {"customDimensions", "duration"} <= known or {"Properties", "DurationMs"} <= known


def is_dependency_kind(kind: str) -> bool:
    """Whether the value of a kind column (`Type` and the like) means dependencies."""
    return kind in _KINDS


def spans(row: Mapping[str, Any]) -> Iterator[Span | RefusedError]:
    """The model call that this row is, if it is one; or why it cannot be understood."""
    kind = text(row, *_KIND)
    if kind is not None and not is_dependency_kind(kind):
        return
    try:
        attributes = _bag(row, _MEASUREMENTS) | _bag(row, _PROPERTIES)
        if is_model_call(attributes):
            yield _span(row, attributes)
    except RefusedError as refusal:
        yield refusal


def _bag(row: Mapping[str, Any], names: tuple[str, str]) -> dict[str, Any]:
    """The wanted entries of a property bag, which CSV and the query API give as a JSON string."""
    bag = first(row, *names)
    if isinstance(bag, str):
        if "gen_ai." not in bag:
            return {}
        try:
            bag = json.loads(bag)
        except (ValueError, RecursionError):
            raise RefusedError("the properties are not valid JSON") from None
    return {key: value for key, value in bag.items() if key in WANTED} if isinstance(bag, Mapping) else {}


def _span(row: Mapping[str, Any], attributes: dict[str, Any]) -> Span:
    trace_id, span_id = text(row, *_TRACE), text(row, *_SPAN)
    if trace_id is None or span_id is None:
        raise RefusedError("the row has no operation id or no id")
    duration = number(first(row, *_DURATION))
    if duration is not None and duration < 0:
        raise RefusedError("the duration is negative")
    role = text(row, *_ROLE)
    return Span(
        trace_id=trace_id.lower(),
        span_id=span_id.lower(),
        started_at=_time(first(row, *_STARTED)),
        latency_ms=duration or None,
        attributes=attributes,
        resource={} if role is None else {"service.name": role},
        failed=flag(row, _SUCCESS) is False,
        result_code=text(row, *_RESULT),
        item_count=_item_count(row),
    )


def _item_count(row: Mapping[str, Any]) -> int:
    value = number(first(row, *_COUNT))
    if value is None and first(row, *_COUNT) is None:
        return 1
    if value is None or not value.is_integer() or not 1 <= value < 2**31:
        raise RefusedError("the item count is no whole number from 1")
    return int(value)


def _time(value: object) -> datetime:
    """ISO 8601, or the form in which the portal writes CSV; UTC where no offset is written."""
    if not isinstance(value, str):
        raise RefusedError("the row has no time")
    try:
        portal = _PORTAL_TIME.fullmatch(value.strip())
        if portal:
            month, day, year, hour, minute, second = (int(part) for part in portal.groups()[:6])
            fraction = int((portal[7] or "0").ljust(6, "0"))
            hour = hour % 12 + (12 if portal[8] == "P" else 0)
            return datetime(year, month, day, hour, minute, second, fraction, UTC)
        found = datetime.fromisoformat(value.strip())
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError("the time of the row is not understood") from None
