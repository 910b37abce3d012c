"""`azure.metrics`: saved answers of Azure Monitor about Azure OpenAI and Foundry accounts.

See README.md beside this file for the saved forms, the names of the metrics and how buckets are made.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import AZURE
from tokenaudit.model.reject import Reject
from tokenaudit.providers.azure.metrics_answers import Piece, Series, pieces
from tokenaudit.providers.azure.metrics_buckets import bucket_rows, names_of
from tokenaudit.providers.azure.metrics_names import metric
from tokenaudit.providers.azure.parts import account_columns
from tokenaudit.providers.json_texts import json_head, texts, top_names
from tokenaudit.providers.measured import UnmeasuredError, number
from tokenaudit.providers.rows import Foreign
from tokenaudit.providers.tables import normalise_tables

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tokenaudit.model.ports import Blob, Normalised, Sample
    from tokenaudit.providers.rows import Row
    from tokenaudit.providers.tables import Item

NAME = "azure.metrics"
_SERIES = re.compile(r'"timeseries"\s*:\s*\[')
_EMPTY = frozenset(("value", "timespan", "interval"))
_STATISTICS = {
    "total": "sum",
    "average": "average",
    "minimum": "minimum",
    "maximum": "maximum",
    "count": "sample_count",
}

Key = tuple[Series, "datetime", str]
"""What makes a point one and the same: its series, its time and its statistic."""


class Metrics:
    """The source. Points become rows of `metrics`; totals of tokens become bucket rows of `usage` as well."""

    name = NAME
    version = 2

    def recognise(self, sample: Sample) -> bool:
        """By the names at the top of the first object, and its series."""
        text = json_head(sample.head)
        names = top_names(text)
        return names >= _EMPTY or (not names.isdisjoint(("value", "values")) and bool(_SERIES.search(text)))

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows in the forms of `schema.metrics()` and `schema.usage()`; metrics of other resources are foreign."""
        return normalise_tables(blobs, _items, ("metrics", "usage"))


def _items(blob: Blob) -> Iterator[Item]:
    points: dict[Key, Row] = {}
    for found in texts(blob.uri, b"".join(blob.slices).decode("utf-8", "replace")):
        if isinstance(found, Reject):
            yield found
            continue
        line, document = found
        for piece in pieces(document):
            if isinstance(piece, Foreign):
                yield piece
            elif isinstance(piece, UnmeasuredError):
                yield Reject(blob.uri, line, str(piece))
            else:
                for refused in _take(piece, points, blob.uri):
                    yield Reject(blob.uri, line, str(refused))
    rows = list(points.values())
    yield from (("metrics", row) for row in rows)
    yield from (("usage", row) for row in bucket_rows(rows))


def _take(piece: Piece, points: dict[Key, Row], uri: str) -> Iterator[UnmeasuredError]:
    """Adds the rows of a piece to `points`. What is told again counts once, as it was told last."""
    shared = _shared(piece.series, uri)
    for at, point in piece.points:
        try:
            moment, numbers = _moment(at), _numbers(piece.series, point)
        except UnmeasuredError as error:
            yield error
            continue
        for statistic, columns in numbers.items():
            points[piece.series, moment, statistic] = {
                **shared,
                "day": moment.date(),
                "period_start": moment,
                "statistic": statistic,
                "sample_count": numbers["sample_count"]["value"] if "sample_count" in numbers else None,
                **columns,
            }


def _moment(at: datetime | None) -> datetime:
    if at is None:
        raise UnmeasuredError("a point has no time")
    return at


def _numbers(series: Series, point: dict[str, Any]) -> dict[str, Row]:
    """`value` and `unit` by statistic. A stretch of time in which nothing happened may hold none, or null."""
    known, divisor = metric(series.metric_ref, series.unit)
    found: dict[str, Row] = {}
    for name, statistic in _STATISTICS.items():
        if point.get(name) is None:
            continue
        value = number(point[name], known.name, statistic)
        if statistic == "sample_count":
            found[statistic] = {"value": int(value), "unit": "count"}
        else:
            found[statistic] = {"value": value / divisor, "unit": known.unit}
    return found


def _shared(series: Series, uri: str) -> Row:
    """The columns that all points of a series share."""
    dimensions = dict(series.dimensions)
    names = names_of(dimensions)
    known, _ = metric(series.metric_ref, series.unit)
    return {
        "provider": AZURE,
        "source": NAME,
        "account": None,
        "resource": None,
        **account_columns({"resourceid": series.resource}),
        "region": series.region,
        "deployment": names["deployment"],
        "model": names["model"],
        "model_ref": names["model_ref"],
        "metric": known.name,
        "period_s": series.period_s,
        "metric_ref": series.metric_ref,
        "dimensions": dimensions,
        "object_uri": uri,
    }
