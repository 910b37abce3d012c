"""`aws.invocation_logs`: what Bedrock's model invocation logging writes to S3 and CloudWatch Logs.

See README.md beside this file for where the logs are and what each field means.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain

from tokenaudit.model.ports import Blob, Normalised, Sample
from tokenaudit.model.reject import Reject
from tokenaudit.providers.aws.invocation_decode import NOT_JSON, Unreadable, lines, of_value
from tokenaudit.providers.aws.invocation_envelopes import values
from tokenaudit.providers.aws.invocation_record import Record
from tokenaudit.providers.aws.invocation_rows import InvocationRows

NAME = "aws.invocation_logs"
ROWS_PER_BATCH = 4096
_NO_RECORD = "no requestId: not an invocation record"

# Fields that only this log has, plain or escaped inside a CloudWatch `message`.
_MARKS = (b"ModelInvocationLog", b'"inputTokenCount"', b'\\"inputTokenCount\\"')
_COMPANIONS = (b'"modelId"', b'\\"modelId\\"')


class InvocationLogs:
    """The source. Rows are whole requests."""

    name = NAME
    partial = False
    version = 1

    def recognise(self, sample: Sample) -> bool:
        """By the record's own field names. CloudTrail has `modelId` too, but no token counts and another schema."""
        head = sample.head
        if not any(mark in head for mark in _MARKS) or not any(mark in head for mark in _COMPANIONS):
            return False
        return b'"resourceSpans"' not in head and b'"eventSource"' not in head

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Rows in the form of `schema.usage()`, string columns dictionary-encoded, across objects."""
        rows = InvocationRows()
        for blob in blobs:
            rows.start(blob.uri)
            for first, records in _read(blob.slices):
                _take(rows, blob.uri, first, records)
                if len(rows) >= ROWS_PER_BATCH:
                    yield rows.take()
        yield rows.take()


def _take(rows: InvocationRows, uri: str, first: int, records: list[Record] | list[Record | Unreadable]) -> None:
    good: list[Record] = []
    for line, record in enumerate(records, first):
        if isinstance(record, Record) and record.request_id is not None:
            good.append(record)
            continue
        rows.extend(good, line - len(good))
        good = []
        rows.reject(Reject(uri, line, record.reason if isinstance(record, Unreadable) else _NO_RECORD))
    rows.extend(good, first + len(records) - len(good))


def _read(slices: Iterable[bytes]) -> Iterator[tuple[int, list[Record] | list[Record | Unreadable]]]:
    """Lines where the object is made of lines; otherwise the whole of it: pretty-printed, a list, or joined values."""
    stream = iter(slices)
    begin = next(stream, b"")
    first_line = begin.lstrip(b"\xef\xbb\xbf \t\r\n").split(b"\n", 1)[0].strip()
    joined = first_line.count(b'"messageType"') > 1
    if first_line.startswith(b"[") or first_line in (b"{", b"") or joined:
        yield from _whole(b"".join(chain((begin,), stream)))
    else:
        yield from lines(chain((begin,), stream))


def _whole(content: bytes) -> Iterator[tuple[int, list[Record | Unreadable]]]:
    text = content.decode("utf-8-sig", "replace")
    try:
        for value in values(text):
            yield 1, list(of_value(value))
    except (ValueError, RecursionError):
        yield 0, [Unreadable(NOT_JSON)]
