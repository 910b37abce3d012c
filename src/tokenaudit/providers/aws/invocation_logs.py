"""`aws.invocation_logs`: what Bedrock's model invocation logging writes to S3 and CloudWatch Logs.

See README.md beside this file for where the logs are and what each field means.
"""

from __future__ import annotations

import re
from itertools import chain
from typing import TYPE_CHECKING

from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.invocation_decode import Line, Slice, Unreadable, document, lines
from tokenaudit.providers.aws.invocation_rows import InvocationRows

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.ports import Blob, Normalised, Sample

NAME = "aws.invocation_logs"
ROWS_PER_BATCH = 8192
_NO_RECORD = "no requestId: not an invocation record"

_FIRST_LINE = 4096
"""Enough of an object to see whether it is made of lines."""

# JSON, perhaps behind a byte-order mark or the timestamp of a CloudWatch Logs export task.
_OPENS = re.compile(rb"(?:\xef\xbb\xbf)?\s*(?:\d{4}-\d\d-\d\dT[0-9:.]+Z? )?[{\[]")

# Fields that only this log has, plain or escaped inside a CloudWatch `message`.
_MARKS = (b'"ModelInvocationLog"', b'\\"ModelInvocationLog\\"', b'"inputTokenCount"', b'\\"inputTokenCount\\"')
_COMPANIONS = (b'"modelId"', b'\\"modelId\\"')

# A program that reads or writes such logs names the fields too, but no line of it begins like this. Exports of
# CloudWatch Logs have a time before the record.
_JSON_LINE = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*[\[{]|^(?:\d{4}-\d\d-\d\dT\S+[ \t]+)?[\[{]", re.MULTILINE)


class InvocationLogs:
    """The source. Rows are whole requests."""

    name = NAME
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """By the record's own field names. CloudTrail has `modelId` too, but no token counts and another schema."""
        head = sample.head
        if not (_OPENS.match(head[:_FIRST_LINE]) or b'\n{"' in head):
            return False  # text that speaks of records, such as a program that writes them
        if b"resourceSpans" in head[:256] or b"resource_spans" in head[:256]:
            return False  # spans may carry anything in their attributes
        marked = any(mark in head for mark in _MARKS) and any(mark in head for mark in _COMPANIONS)
        return marked and _JSON_LINE.search(head) is not None

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows in the form of `schema.usage()`, string columns dictionary-encoded, across objects."""
        rows = InvocationRows()
        for blob in blobs:
            yield from _batches(blob, rows)
        yield rows.take()


def _batches(blob: Blob, rows: InvocationRows) -> Iterator[Normalised]:
    """Full batches. When it ends, nothing holds on to the object's content: the next one takes its place in memory."""
    rows.start(blob.uri)
    for found in _read(blob.slices):
        if isinstance(found, Slice):
            rows.extend(found.records, found.first)
        else:
            _take(rows, blob.uri, found)
        if len(rows) >= ROWS_PER_BATCH:
            yield rows.take()


def _take(rows: InvocationRows, uri: str, line: Line) -> None:
    if isinstance(line.found, Unreadable):
        rows.reject(Reject(uri, line.number, line.found.reason))
    elif line.found.request_id:
        rows.extend([line.found], line.number)
    else:
        rows.reject(Reject(uri, line.number, _NO_RECORD))


def _read(slices: Iterable[bytes]) -> Iterator[Slice | Line]:
    """Lines where the object is made of lines, else the whole of it."""
    stream = iter(slices)
    begin = next(stream, b"")
    first_line = begin[:_FIRST_LINE].lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0].strip()
    if first_line.startswith(b"[") or first_line == b"{":
        yield from document(b"".join(chain((begin,), stream)))
        return
    pieces = [begin]
    del begin
    yield from lines(chain((pieces.pop(),), stream))
