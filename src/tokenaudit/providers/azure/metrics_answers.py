"""A saved answer of Azure Monitor -> series of metrics.

`metrics.list` answers for one resource, `{"value": [metric...], "interval", "namespace", "resourceregion"}`, and
`metrics:getBatch` for several, `{"values": [{"resourceid", "value": [metric...]}...]}`. A metric is `{"id", "name",
"unit", "timeseries": [{"metadatavalues", "data"}]}`. Source: REST reference of Azure Monitor, api-version 2024-02-01.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from tokenaudit.providers.azure.values import moment, region, text
from tokenaudit.providers.measured import UnmeasuredError
from tokenaudit.providers.rows import Foreign

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

_METRIC = re.compile(r"/providers/microsoft\.insights/metrics/[^/]*$", re.IGNORECASE)
_ACCOUNT = re.compile(r"/providers/microsoft\.cognitiveservices/accounts/[^/]+$", re.IGNORECASE)
_NAMESPACE = "microsoft.cognitiveservices/accounts"
_INTERVAL = re.compile(r"P(?:(\d{1,3})D)?(?:T(?:(\d{1,4})H)?(?:(\d{1,5})M)?(?:(\d{1,6})S)?)?", re.IGNORECASE)
_SECONDS = (24 * 3600, 3600, 60, 1)


@dataclass(frozen=True)
class Series:
    """One series of one metric, and where it was measured. Equal ones are one series, read again."""

    resource: str | None
    region: str | None
    metric_ref: str
    unit: str | None
    period_s: int
    dimensions: tuple[tuple[str, str], ...]
    """Names and values as the answer spells them, sorted."""


@dataclass(frozen=True)
class Piece:
    """The points of a series: the time, None where that is none, and the point's object."""

    series: Series
    points: tuple[tuple[datetime | None, dict[str, Any]], ...]


def pieces(document: object) -> Iterator[Piece | UnmeasuredError | Foreign]:
    """Every series of an answer, or why it is not taken. Metrics of other kinds of resource are foreign."""
    if isinstance(document, dict):
        if isinstance(document.get("value"), list):
            yield from _of_resource(document)
            return
        if isinstance(document.get("values"), list):
            for each in document["values"]:
                if isinstance(each, dict) and isinstance(each.get("value"), list):
                    yield from _of_resource(each)
                else:
                    yield UnmeasuredError("not an answer of Azure Monitor")
            return
    yield UnmeasuredError("not an answer of Azure Monitor")


def _of_resource(answer: dict[str, Any]) -> Iterator[Piece | UnmeasuredError | Foreign]:
    try:
        period_s: int | None = _period_s(answer)
    except UnmeasuredError:
        period_s = None
    for metric in answer["value"]:
        try:
            yield from _of_metric(answer, period_s, metric)
        except UnmeasuredError as error:
            yield error


def _of_metric(
    answer: dict[str, Any], period_s: int | None, metric: object
) -> Iterator[Piece | UnmeasuredError | Foreign]:
    if not isinstance(metric, dict) or not isinstance(metric.get("timeseries"), list):
        raise UnmeasuredError("a metric has no series")
    resource = _resource(answer, metric)
    namespace = text(answer.get("namespace"))
    if (namespace and namespace.lower() != _NAMESPACE) or (resource and not _ACCOUNT.search(resource)):
        yield Foreign()
        return
    name = _value(metric.get("name"))
    if name is None:
        raise UnmeasuredError("a metric has no name")
    if text(metric.get("errorCode")) not in (None, "Success"):
        yield UnmeasuredError("the answer is partial: the service failed")
    place = (resource, region(answer.get("resourceregion")), name, text(metric.get("unit")))
    for each in metric["timeseries"]:
        try:
            points = _points(each)
            if points:
                yield Piece(Series(*place, _known(period_s), _dimensions(each)), points)
        except UnmeasuredError as error:
            yield error


def _known(period_s: int | None) -> int:
    if period_s is None:
        raise UnmeasuredError("the answer has no interval, and too few points to tell it")
    return period_s


def _resource(answer: dict[str, Any], metric: dict[str, Any]) -> str | None:
    said = text(answer.get("resourceid"))
    if said is None:
        address = text(metric.get("id"))
        said = _METRIC.sub("", address) if address and _METRIC.search(address) else None
    return said.rstrip("/").casefold() if said else None


def _period_s(answer: dict[str, Any]) -> int:
    """The interval of the answer, which may be another than was asked for; without one, the spacing of its points."""
    said = text(answer.get("interval"))
    if said is not None:
        parts = _INTERVAL.fullmatch(said)
        period_s = (
            sum(int(part or 0) * each for part, each in zip(parts.groups(), _SECONDS, strict=True)) if parts else 0
        )
        if period_s:
            return period_s
    times = sorted({at for metric in answer["value"] for at in _times(metric)})
    if len(times) < 2:
        raise UnmeasuredError("no interval")
    return max(1, int(min((after - before).total_seconds() for before, after in pairwise(times))))


def _times(metric: object) -> Iterator[datetime]:
    series = metric.get("timeseries") if isinstance(metric, dict) else None
    for each in series if isinstance(series, list) else ():
        points = each.get("data") if isinstance(each, dict) else None
        for point in points if isinstance(points, list) else ():
            at = moment(point.get("timeStamp")) if isinstance(point, dict) else None
            if at is not None:
                yield at


def _dimensions(series: object) -> tuple[tuple[str, str], ...]:
    found = series.get("metadatavalues") if isinstance(series, dict) else None
    pairs = []
    for each in found if isinstance(found, list) else ():
        name = _value(each.get("name")) if isinstance(each, dict) else None
        if name is None:
            raise UnmeasuredError("a dimension has no name")
        pairs.append((name, text(each.get("value")) or ""))
    return tuple(sorted(pairs))


def _points(series: object) -> tuple[tuple[datetime | None, dict[str, Any]], ...]:
    points = series.get("data") if isinstance(series, dict) else None
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        raise UnmeasuredError("a series has no points")
    return tuple((moment(point.get("timeStamp")), point) for point in points)


def _value(name: object) -> str | None:
    """Names are `{"value": ..., "localizedValue": ...}`."""
    return text(name.get("value")) if isinstance(name, dict) else None
