"""What has been read: one row per object and reading, with its rejects. The newest of an object is in force."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from tokenaudit.ledger.staged import Staged, write
from tokenaudit.model.reject import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date
    from pathlib import Path

    from tokenaudit.ledger.store import Table

KEPT_REJECTS = 1_000
"""Locators kept per object; beyond them only the count goes on."""

SCHEMA = pa.schema(
    [
        pa.field("uri", pa.string(), nullable=False),
        pa.field("identity", pa.string(), nullable=False),
        pa.field("source", pa.string(), nullable=False),
        pa.field("source_version", pa.int64(), nullable=False),
        pa.field("reading", pa.int64(), nullable=False),
        pa.field("record_count", pa.int64(), nullable=False),
        pa.field("reject_count", pa.int64(), nullable=False),
        pa.field("rejects", pa.list_(pa.struct([("line", pa.int64()), ("reason", pa.string())]))),
        pa.field("foreign_count", pa.int64(), nullable=False),
        pa.field("export", pa.string()),
        pa.field("billing_period", pa.date32()),
        pa.field("run", pa.string()),
        pa.field("part", pa.string()),
    ]
)


@dataclass(frozen=True)
class Delivery:
    """Which run of which cost export an object belongs to, and which part of that run it is.

    Of the runs of one export and period the greatest `run` counts. An object without a manifest is an export of its
    own, with no period and no run; its content's hash is its `part`, so that a copy of the same file counts once.
    """

    export: str
    billing_period: date | None
    run: str
    part: str


@dataclass(frozen=True)
class ReadObject:
    """An object and what was found in it. `identity` changes when its content does."""

    uri: str
    identity: str
    source: str
    source_version: int
    records: int
    reject_count: int
    rejects: tuple[Reject, ...] = ()
    foreign: int = 0
    delivery: Delivery | None = None


def load(table: Table) -> dict[str, ReadObject]:
    """Every object that the ledger holds, by address."""
    newest: dict[str, tuple[int, ReadObject]] = {}
    for file in table.files():
        for row in pq.ParquetFile(table.folder / file.path).read().to_pylist():
            known = newest.get(row["uri"])
            if known is not None and known[0] >= row["reading"]:
                continue
            rejects = tuple(Reject(row["uri"], each["line"], each["reason"]) for each in row["rejects"] or ())
            newest[row["uri"]] = (
                row["reading"],
                ReadObject(
                    row["uri"],
                    row["identity"],
                    row["source"],
                    row["source_version"],
                    row["record_count"],
                    row["reject_count"],
                    rejects,
                    row["foreign_count"],
                    _delivery(row),
                ),
            )
    return {uri: item for uri, (_, item) in newest.items()}


def _delivery(row: dict[str, Any]) -> Delivery | None:
    if row["export"] is None:
        return None
    return Delivery(row["export"], row["billing_period"], row["run"], row["part"])


def stage(objects: Iterable[ReadObject], reading: int, staging: Path) -> Staged:
    """One file with these objects, numbered as one reading."""
    rows = [
        {
            "uri": each.uri,
            "identity": each.identity,
            "source": each.source,
            "source_version": each.source_version,
            "reading": reading,
            "record_count": each.records,
            "reject_count": each.reject_count,
            "rejects": [{"line": reject.line, "reason": reject.reason} for reject in each.rejects[:KEPT_REJECTS]],
            "foreign_count": each.foreign,
            "export": each.delivery and each.delivery.export,
            "billing_period": each.delivery and each.delivery.billing_period,
            "run": each.delivery and each.delivery.run,
            "part": each.delivery and each.delivery.part,
        }
        for each in objects
    ]
    return write(pa.Table.from_pylist(rows, schema=SCHEMA), staging, "objects", "", None)
