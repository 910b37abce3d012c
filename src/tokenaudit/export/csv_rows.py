"""Ledger rows as csv: the ledger's columns under the ledger's names, one line a row, streamed."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tokenaudit.model import csv_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    import pyarrow as pa


def lines(batches: Iterable[pa.RecordBatch], columns: Sequence[str]) -> Iterator[str]:
    """The header, then the rows of each batch. Null is empty; times are ISO 8601 in UTC, tags a JSON object."""
    yield csv_text.line(columns)
    for batch in batches:
        rows = zip(*(column.to_pylist() for column in batch.columns), strict=True)
        yield "".join(csv_text.line(_cell(value) for value in row) for row in rows)


def _cell(value: Any) -> str:  # one answer a type  # noqa: PLR0911
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return csv_text.cell(value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, list):
        return csv_text.cell(json.dumps(dict(value), sort_keys=True)) if value else ""
    return repr(value)
