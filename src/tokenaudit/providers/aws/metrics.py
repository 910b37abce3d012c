"""`aws.metrics`: saved answers of CloudWatch about Bedrock.

See README.md beside this file for the saved form, the names of the metrics and how buckets are made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.metrics_answers import Series, pieces
from tokenaudit.providers.aws.metrics_buckets import bucket_rows, model_of, model_reference
from tokenaudit.providers.aws.metrics_names import NAMESPACES, metric, statistic
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

NAME = "aws.metrics"
_ANSWERS = (frozenset(("MetricDataResults",)), frozenset(("MetricDataQueries",)), frozenset(("Label", "Datapoints")))


class Metrics:
    """The source. Points become rows of `metrics`; sums of tokens become bucket rows of `usage` as well."""

    name = NAME
    version = 2

    def recognise(self, sample: Sample) -> bool:
        """By the names at the top of the first object, which are those of the API's answers."""
        names = top_names(json_head(sample.head))
        return any(answer <= names for answer in _ANSWERS)

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows in the forms of `schema.metrics()` and `schema.usage()`; series of other services are foreign."""
        return normalise_tables(blobs, _items, ("metrics", "usage"))


def _items(blob: Blob) -> Iterator[Item]:
    points: dict[tuple[Series, datetime], float] = {}
    incomplete: dict[Series, Reject | None] = {}
    for found in texts(blob.uri, b"".join(blob.slices).decode("utf-8", "replace")):
        if isinstance(found, Reject):
            yield found
            continue
        line, document = found
        for piece in pieces(document):
            if isinstance(piece, UnmeasuredError):
                yield Reject(blob.uri, line, str(piece))
            elif piece.series.namespace not in NAMESPACES:
                yield Foreign()
            else:
                # A later page of a series completes it: only what the last page says of it counts.
                reason = piece.incomplete
                incomplete[piece.series] = Reject(blob.uri, line, reason) if reason else None
                for at, value in piece.points:
                    try:
                        points[piece.series, _moment(at)] = _number(value, piece.series)
                    except UnmeasuredError as error:
                        yield Reject(blob.uri, line, str(error))
    yield from (reject for reject in incomplete.values() if reject)
    rows = list(_rows(points, blob.uri))
    yield from (("metrics", row) for row in rows)
    yield from (("usage", row) for row in bucket_rows(rows))


def _moment(at: datetime | None) -> datetime:
    if at is None:
        raise UnmeasuredError("a point has no time")
    return at


def _number(value: object, series: Series) -> float:
    return number(value, metric(series.metric_ref).name, statistic(series.statistic_ref))


def _rows(points: dict[tuple[Series, datetime], float], uri: str) -> Iterator[Row]:
    """One row a point. The number of samples is known where it was asked for beside the other statistics."""
    samples = {
        (_without_statistic(series), at): int(value)
        for (series, at), value in points.items()
        if statistic(series.statistic_ref) == "sample_count"
    }
    for (series, at), value in points.items():
        dimensions = dict(series.dimensions)
        name = model_of(dimensions, series.account, series.region)
        known, told = metric(series.metric_ref), statistic(series.statistic_ref)
        yield {
            "provider": BEDROCK,
            "source": NAME,
            "day": at.date(),
            "account": series.account,
            "region": series.region,
            "resource": name.resource,
            "deployment": name.deployment,
            "model": name.model,
            "model_ref": model_reference(dimensions),
            "metric": known.name,
            "statistic": told,
            "period_start": at,
            "period_s": series.period_s,
            "value": value,
            "sample_count": samples.get((_without_statistic(series), at)),
            "unit": "count" if told == "sample_count" else known.unit,
            "metric_ref": series.metric_ref,
            "dimensions": dimensions,
            "object_uri": uri,
        }


def _without_statistic(series: Series) -> tuple[object, ...]:
    return (
        series.namespace,
        series.account,
        series.region,
        series.metric_ref,
        series.period_s,
        series.dimensions,
    )
