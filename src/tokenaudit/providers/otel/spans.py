"""`otel.spans`: spans of model calls, from the collector's file exporter and from Application Insights.

See README.md beside this file for the formats and what each field means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from tokenaudit.model.reject import Reject
from tokenaudit.providers.otel import app_insights, documents, otlp, recognition
from tokenaudit.providers.otel.row import row_of
from tokenaudit.providers.otel.span import RefusedError, Span
from tokenaudit.providers.rows import Row, normalise_rows

if TYPE_CHECKING:
    from tokenaudit.model.ports import Blob, Normalised, Sample


class Spans:
    """The source. Rows are whole requests, or several where a sampled span stands for more than one."""

    name = "otel.spans"
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """By the names that the first record, or the header, has at its top."""
        return recognition.is_otlp(sample.head) or recognition.is_app_insights(sample.head)

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows in the form of `schema.usage()`. Spans that are no model call are no records."""
        return normalise_rows(blobs, _rows_of)


def _rows_of(blob: Blob) -> Iterator[Row | Reject]:
    for found in documents.read(blob.uri, blob.slices):
        if isinstance(found, Reject):
            yield found
            continue
        line, document = found
        for span in _spans(document):
            try:
                if isinstance(span, RefusedError):
                    raise span
                yield row_of(span, blob.uri)
            except RefusedError as refusal:
                yield Reject(blob.uri, line, str(refusal))


def _spans(document: object) -> Iterator[Span | RefusedError]:
    """A document is OTLP, a dependency, or a wrapping of the query API (`tables`) or of an Event Hub (`records`)."""
    if isinstance(document, Mapping):
        if otlp.is_document(document):
            yield from otlp.spans(document)
            return
        if app_insights.has_columns(document):
            yield from app_insights.spans(document)
            return
        if isinstance(document.get("tables"), list):
            yield from _tables(document["tables"])
            return
        if isinstance(document.get("records"), list):
            for each in document["records"]:
                yield from _spans(each)
            return
        if otlp.is_other_signal(document):
            return
    yield RefusedError("neither OpenTelemetry spans nor a dependency of Application Insights")


def _tables(tables: list[Any]) -> Iterator[Span | RefusedError]:
    for table in tables:
        try:
            names = [str(column["name"]) for column in table["columns"]]
            rows = list(table["rows"])
        except (TypeError, KeyError):
            yield RefusedError("a table without columns or rows")
            continue
        for row in rows:
            if isinstance(row, list) and len(row) == len(names):
                yield from _spans(dict(zip(names, row, strict=True)))
            else:
                yield RefusedError("the row does not fit the table's columns")
