"""A ledger in a few words: take files in, read it out, ask an engine about rows."""

from __future__ import annotations

from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
from tests.properties import logs

from tokenaudit import schema
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.export.csv_rows import lines
from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.model.columns import USAGE_NAMES
from tokenaudit.model.question import Filter
from tokenaudit.pipeline.ingest import IngestResult, ingest
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

Row = dict[str, Any]


@contextmanager
def folder() -> Iterator[Path]:
    """A folder for one example of a property; pytest's own would be shared by all of them."""
    with TemporaryDirectory(prefix="tokenaudit-test-") as name:
        yield Path(name)


def take(ledger: Path, *batches: Iterable[Path]) -> list[IngestResult]:
    """Ingests each batch of files in a run of its own."""
    results = []
    for batch in batches:
        with open_for_writing(ledger) as opened:
            results.append(ingest(opened, batch, 1))
    return results


def taken(ledger: Path, paths: Iterable[Path]) -> Path:
    """A ledger that holds what is at these paths."""
    take(ledger, paths)
    return ledger


def exported(ledger: Path) -> str:
    """What `export usage` writes."""
    engine = DuckEngine(open_for_reading(ledger).usage_files())
    return b"".join(lines(engine.usage(Filter()), USAGE_NAMES)).decode()


def rows_of(ledger: Path) -> list[Row]:
    """The ledger's rows as plain values, oldest first."""
    engine = DuckEngine(open_for_reading(ledger).usage_files())
    return [row for batch in engine.usage(Filter()) for row in batch.to_pylist()]


def usage_row(number: int, **columns: Any) -> Row:
    """A whole row of the usage table, plain values; `columns` replace."""
    at = columns.pop("started_at", logs.after(seconds=number))
    return {
        "usage_id": f"test/{number}",
        "provider": "aws.bedrock",
        "source": "aws.invocation_logs",
        "grain": "request",
        "started_at": at,
        "day": at.date(),
        "request_count": 1,
        "outcome": "ok",
        "tags": {},
        "object_uri": "file:///logs/a.json",
        **columns,
    }


def engine_over(folder: Path, rows: Sequence[Mapping[str, Any]]) -> DuckEngine:
    """An engine over these usage rows, whether or not a log told them: one Parquet file a day, as in the ledger."""
    files = []
    for day in sorted({row["day"] for row in rows}):
        buffer = RowBuffer(schema.usage())
        for row in rows:
            if row["day"] == day:
                buffer.add(row)
        batch = buffer.take()
        path = folder / f"day={day}" / "rows.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(schema.usage().empty_table().from_batches([batch]).drop_columns(["day"]), path)
        files.append(path)
    return DuckEngine(files)
