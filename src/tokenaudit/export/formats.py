"""Which format a file's name asks for, and the rows in it: one module a format, loaded when it is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from tokenaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    import pyarrow as pa

FORMATS: dict[str, tuple[str, ...]] = {
    "csv": (".csv",),
    "tsv": (".tsv",),
    "json": (".json",),
    "jsonl": (".jsonl", ".ndjson"),
    "parquet": (".parquet",),
    "xlsx": (".xlsx",),
}
"""Format -> the file names that mean it."""
BINARY = ("parquet", "xlsx")
_GZIP = ".gz"
_LEVEL = 2


@dataclass(frozen=True)
class Target:
    """Where to, and how: `path` None is stdout. Text formats may be compressed."""

    path: Path | None
    fmt: str
    compressed: bool = False


@dataclass(frozen=True)
class Table:
    """Rows on their way out, of one Arrow schema. `facts` are what a workbook says of where they come from."""

    name: str
    form: pa.Schema
    batches: Iterable[pa.RecordBatch]
    facts: Sequence[tuple[str, str]] = ()


def target(path: Path | None, fmt: str | None) -> Target:
    """The format that is named, else the one that the file's name asks for, else csv on stdout.

    Raises UsageError for a name that says nothing, and for a compressed workbook or Parquet file.
    """
    if path is None:
        return Target(None, fmt or "csv")
    name = path.name.lower()
    compressed = name.endswith(_GZIP)
    name = name.removesuffix(_GZIP)
    found = fmt or next((known for known, endings in FORMATS.items() if name.endswith(endings)), None)
    if found is None:
        raise UsageError(
            f"{path.name} names no known format",
            hint="end it in .csv, .csv.gz, .tsv, .json, .jsonl, .parquet or .xlsx, or give --format",
        )
    if compressed and found in BINARY:
        raise UsageError(f"{path.name}: {found} is compressed by itself", hint="leave .gz out")
    return Target(path, found, compressed)


def write_rows(table: Table, to: Target, stream: BinaryIO) -> list[str]:
    """All rows to `stream`, as they come. Returns what has to be said of them."""
    if to.fmt == "xlsx":
        from tokenaudit.export.workbook import rows  # noqa: PLC0415  # one format's library

        return rows.write(stream, table.name, table.batches, table.form, table.facts)
    if to.fmt == "parquet":
        from tokenaudit.export import parquet_rows  # noqa: PLC0415

        parquet_rows.write(stream, table.batches, table.form)
        return []
    write_pieces(_pieces(table, to.fmt), to, stream)
    return []


def write_pieces(pieces: Iterable[bytes], to: Target, stream: BinaryIO) -> None:
    """Text, compressed where the target says so. The same text gives the same bytes: no name, no time."""
    if not to.compressed:
        stream.writelines(pieces)
        return
    from isal import igzip  # noqa: PLC0415

    with igzip.IGzipFile(filename="", fileobj=stream, mode="wb", compresslevel=_LEVEL, mtime=0) as packed:
        for piece in pieces:
            packed.write(piece)


def _pieces(table: Table, fmt: str) -> Iterable[bytes]:
    from tokenaudit.export import csv_rows, json_rows  # noqa: PLC0415

    names = table.form.names
    if fmt == "json":
        return json_rows.array(table.batches, names)
    if fmt == "jsonl":
        return json_rows.lines(table.batches, names)
    return csv_rows.lines(table.batches, names, "\t" if fmt == "tsv" else ",")
