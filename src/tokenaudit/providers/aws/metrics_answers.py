"""A saved answer of CloudWatch -> series: what was asked for and, where the answer has them, the points.

The saved form is the answer of GetMetricData with the question beside it: `{"Namespace", "AccountId", "Region",
"MetricDataQueries", "MetricDataResults"}`. Without the queries nobody can say what a series is of.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa

from tokenaudit.providers.aws.timestamps import parse_timestamps
from tokenaudit.providers.measured import UnmeasuredError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_NO_QUERY = "the query of this series is missing: its metric, dimensions, period and statistic are unknown"
_EXPRESSION = "the series is computed by an expression: it has no metric and no dimensions of its own"
_STATISTICS = "an answer of GetMetricStatistics does not say which dimensions and period it is for"
_NO_DIMENSIONS = "the query's dimensions are no names and values"
_TOLD = {"PartialData": "the answer is partial", "Forbidden": "the answer is partial: access was denied"}
_LONGEST_S = 366 * 24 * 3600
# CloudWatch keeps metrics for 15 months, Bedrock is of 2023; it also keeps the arithmetic on times in range.
_YEARS = range(2015, 2100)


@dataclass(frozen=True)
class Series:
    """What a series is of. Equal ones are pieces of one series, on however many pages they came."""

    namespace: str
    account: str | None
    region: str | None
    metric_ref: str
    statistic_ref: str
    period_s: int
    dimensions: tuple[tuple[str, str], ...]
    """Names and values, sorted."""


@dataclass(frozen=True)
class Piece:
    """The points of a series on one page, and how the service says that they are incomplete; None where they are not.

    A point is its time, None where that is none, and whatever stands for its value.
    """

    series: Series
    points: tuple[tuple[datetime | None, Any], ...]
    incomplete: str | None


def pieces(document: object) -> Iterator[Piece | UnmeasuredError]:
    """Every series of an answer, or why it is not taken."""
    if isinstance(document, dict):
        if isinstance(document.get("MetricDataResults"), list):
            queries = _queries(document.get("MetricDataQueries"))
            for result in document["MetricDataResults"]:
                try:
                    yield _piece(document, queries, result)
                except UnmeasuredError as error:
                    yield error
            return
        if "Label" in document and isinstance(document.get("Datapoints"), list):
            yield UnmeasuredError(_STATISTICS)
            return
    yield UnmeasuredError("not an answer of CloudWatch")


def _queries(queries: object) -> dict[object, dict[str, Any]]:
    found = queries if isinstance(queries, list) else []
    return {each["Id"]: each for each in found if isinstance(each, dict) and isinstance(each.get("Id"), str)}


def _piece(answer: dict[str, Any], queries: dict[object, dict[str, Any]], result: object) -> Piece:
    if not isinstance(result, dict):
        raise UnmeasuredError("a series is not an object")
    identifier = result.get("Id")
    query = queries.get(identifier) if isinstance(identifier, str) else None
    if query is None:
        raise UnmeasuredError(_NO_QUERY)
    if "Expression" in query:
        raise UnmeasuredError(_EXPRESSION)
    times, values = result.get("Timestamps"), result.get("Values")
    if not isinstance(times, list) or not isinstance(values, list) or len(times) != len(values):
        raise UnmeasuredError("a series has not as many values as times")
    moments = parse_timestamps(pa.array([_text(each) for each in times], pa.string())).to_pylist()
    code = result.get("StatusCode", "Complete")
    return Piece(
        _series(answer, query),
        tuple((at if at and at.year in _YEARS else None, value) for at, value in zip(moments, values, strict=True)),
        None if code == "Complete" else _TOLD.get(str(code), "the answer is partial: the service failed"),
    )


def _series(answer: dict[str, Any], query: dict[str, Any]) -> Series:
    """The nesting of `MetricStat` and `Metric` is the API's; a query may also have it all at its top."""
    asked = _object(query.get("MetricStat", query))
    metric = _object(asked.get("Metric", asked))
    period_s = asked.get("Period")
    if isinstance(period_s, bool) or not isinstance(period_s, int) or not 0 < period_s <= _LONGEST_S:
        raise UnmeasuredError("the query has no period")
    name, stat = _text(metric.get("MetricName")), _text(asked.get("Stat"))
    namespace = _text(metric.get("Namespace")) or _text(answer.get("Namespace"))
    if name is None or stat is None or namespace is None:
        raise UnmeasuredError("the query lacks a namespace, a metric or a statistic")
    return Series(
        namespace,
        _text(query.get("AccountId")) or _text(answer.get("AccountId")),
        _text(answer.get("Region")),
        name,
        stat,
        period_s,
        _dimensions(metric.get("Dimensions", [])),
    )


def _dimensions(dimensions: object) -> tuple[tuple[str, str], ...]:
    try:
        pairs = [(_text(each["Name"]), _text(each["Value"])) for each in dimensions]  # type: ignore[attr-defined]
    except (TypeError, KeyError):
        raise UnmeasuredError(_NO_DIMENSIONS) from None
    known = [(name, value) for name, value in pairs if name is not None and value is not None]
    if len(known) < len(pairs):
        raise UnmeasuredError(_NO_DIMENSIONS)
    return tuple(sorted(known))


def _object(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: object) -> str | None:
    """A string that is not empty, else None. Lone surrogates, which no ledger can hold, are replaced."""
    return value.encode("utf-8", "replace").decode() if isinstance(value, str) and value else None
