"""Delta tables: the one file that knows the `deltalake` package.

Data files are written by us, next to the table, and become part of it in one commit that may add and remove files at
once. Files that a killed run left behind are in no commit, so no reader sees them.
"""

from __future__ import annotations

import json
import math
import time
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import DeltaError, TableNotFoundError
from deltalake.transaction import AddAction, RemoveAction

from tokenaudit.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path


@dataclass(frozen=True)
class DataFile:
    """A Parquet file of a table: its path in the table's folder, its partition, its rows and bytes.

    `day` is the day that the table is parted by (of `charges`, the first of the month), ISO; None where it has no
    partitions.
    """

    path: str
    day: str | None
    rows: int
    size_bytes: int


@dataclass(frozen=True)
class Commit:
    """One entry of a table's history."""

    version: int
    timestamp_ms: int
    operation: str
    metadata: Mapping[str, Any]


class Table:
    """One Delta table. Created with its first commit."""

    def __init__(self, folder: Path, schema: pa.Schema, partition: str | None) -> None:
        self.folder = folder
        self.schema = schema
        self._partition = partition
        self._delta = self._load()

    def _load(self) -> DeltaTable | None:
        try:
            return DeltaTable(self.folder) if (self.folder / "_delta_log").is_dir() else None
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise LedgerError(
                f"the table in {self.folder} cannot be read: {type(error).__name__}",
                hint="restore the folder from a copy, or delete the ledger and ingest again",
            ) from error

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What goes wrong with the table's files is the ledger's trouble, not a mistake of the program."""
        try:
            yield
        except (DeltaError, OSError) as error:
            raise LedgerError(
                f"the table in {self.folder} cannot be written: {type(error).__name__}",
                hint="check the disk's space and the folder's permissions, then run the same command again",
            ) from error

    @property
    def version(self) -> int:
        """The number of the newest commit; -1 before the first."""
        return -1 if self._delta is None else self._delta.version()

    def files(self, days: Iterable[str] | None = None) -> list[DataFile]:
        """The active files, all of them or those of some days, in order of path."""
        if self._delta is None:
            return []
        wanted = None if days is None else set(days)
        actions = pa.table(self._delta.get_add_actions(flatten=True))
        partitions = (
            [str(day) for day in actions[f"partition.{self._partition}"].to_pylist()]
            if self._partition
            else [None] * len(actions)
        )
        found = [
            DataFile(path, day, rows or 0, size)
            for path, day, rows, size in zip(
                actions["path"].to_pylist(),
                partitions,
                actions["num_records"].to_pylist(),
                actions["size_bytes"].to_pylist(),
                strict=True,
            )
            if wanted is None or day in wanted
        ]
        return sorted(found, key=lambda file: file.path)

    def commit(self, add: Iterable[DataFile], remove: Iterable[DataFile], metadata: Mapping[str, Any]) -> None:
        """Makes files part of the table and takes others out, at once. The added files stand in the table's folder."""
        now_ms = int(time.time() * 1000)
        actions: list[AddAction | RemoveAction] = [
            AddAction(
                file.path,
                file.size_bytes,
                self._values(file),
                now_ms,
                data_change=True,
                stats=json.dumps({"numRecords": file.rows}),
            )
            for file in add
        ]
        actions += [
            RemoveAction(
                file.path,
                data_change=True,
                deletion_timestamp=now_ms,
                size=file.size_bytes,
                partition_values=self._values(file),
            )
            for file in remove
        ]
        if not actions:
            return
        by = [self._partition] if self._partition else []
        if self._delta is None:
            with self._told():
                self.folder.mkdir(parents=True, exist_ok=True)
                self._delta = DeltaTable.create(self.folder, self.schema, partition_by=by or None)
        with self._told():
            self._delta.create_write_transaction(
                actions,
                mode="append",
                schema=self.schema,
                partition_by=by,
                commit_properties=CommitProperties(custom_metadata=dict(metadata)),
            )
            self._delta = DeltaTable(self.folder)

    def place(self, name: str, day: str | None) -> str:
        """The path in this table's folder where a data file of this name and partition belongs."""
        return name if day is None else f"{self._partition}={day}/{name}"

    def _values(self, file: DataFile) -> dict[str, str | None]:
        """The partition values as Delta writes them."""
        return {} if self._partition is None else {self._partition: file.day}

    def bears(self, mark: Mapping[str, Any]) -> bool:
        """Whether the newest commit carries this metadata."""
        if self._delta is None:
            return False
        newest = self._delta.history(1)[0]
        return all(newest.get(key) == value for key, value in mark.items())

    def restore(self, version: int) -> None:
        """Undoes every commit after `version`; -1 empties the table."""
        if self._delta is None or self.version <= version:
            return
        if version < 0:
            self.commit([], self.files(), {"tokenaudit": "restore"})
            return
        with self._told():
            self._delta.restore(version)
            self._delta = DeltaTable(self.folder)

    def vacuum(self, keep: timedelta, *, dry_run: bool) -> list[int]:
        """Deletes data files that are in no version younger than `keep`, and those that a killed run left behind.

        Returns the size of each in bytes; with `dry_run` of those that would go. Nothing to delete makes no commit.
        """
        if self._delta is None:
            return []
        hours = math.ceil(keep / timedelta(hours=1))
        with self._told():
            listed = self._delta.vacuum(hours, dry_run=True, enforce_retention_duration=False, full=True)
            paths = (self.folder / unquote(path) for path in listed)
            sizes = [path.stat().st_size for path in paths if path.exists()]  # those of the last vacuum are listed too
            if sizes and not dry_run:
                self._delta.vacuum(hours, dry_run=False, enforce_retention_duration=False, full=True)
                self._delta = DeltaTable(self.folder)
        return sizes

    def history(self) -> list[Commit]:
        """Every commit, newest first."""
        if self._delta is None:
            return []
        known = {"version", "timestamp", "operation"}
        return [
            Commit(
                entry["version"],
                entry["timestamp"],
                entry["operation"],
                {key: value for key, value in entry.items() if key not in known},
            )
            for entry in self._delta.history()
        ]
