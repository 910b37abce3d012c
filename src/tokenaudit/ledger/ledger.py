"""The ledger as a whole: Delta tables in a folder, one writer at a time, commits that a crash cannot halve.

A commit touches up to five tables, which Delta cannot do at once. So the intent is written down first, and the last of
them that changes decides, in the order `parts`, `metrics`, `charges`, `usage`; `objects` where none does. Whoever opens
the ledger for writing finds an intent that a killed run left behind, and finishes it where the deciding table was
committed, or undoes it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import uuid
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from filelock import FileLock, Timeout

from tokenaudit import schema
from tokenaudit.errors import ConfigError, LedgerError
from tokenaudit.ledger import objects
from tokenaudit.ledger.bills import settle_bills
from tokenaudit.ledger.keys import KeyStore
from tokenaudit.ledger.settle import settle
from tokenaudit.ledger.staged import PARTITIONS
from tokenaudit.ledger.store import Commit, DataFile, Table
from tokenaudit.ledger.whole_files import is_draft, write_whole
from tokenaudit.model.ports import LEDGER_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import timedelta

    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.ledger.staged import Staged
    from tokenaudit.model.ports import TableName

_INTENT = "intent.json"
_STAGING = "staging"
_MARK = "tokenaudit"
_FORMAT = "tokenaudit ledger, format 1\n"
_NAMES: tuple[TableName, ...] = ("parts", "metrics", "charges", "usage")
"""The tables of rows, in the order in which they are committed."""

Changes = dict[str, tuple[list[DataFile], list[DataFile]]]
"""By table: the files that come and the files that go."""


@dataclass(frozen=True)
class Committed:
    """What one commit brought, by source."""

    rows: Counter[str] = field(default_factory=Counter)
    duplicates: Counter[str] = field(default_factory=Counter)


class Ledger:
    """A ledger folder. `open_for_reading` and `open_for_writing` make one.

    One that `is_passing` is gone when the command ends: nothing can be asked of it afterwards.
    """

    def __init__(self, folder: Path, *, is_passing: bool = False) -> None:
        self.folder = folder
        self.is_passing = is_passing
        self._tables: dict[str, Table] = {
            name: Table(folder / name, schema.of(name), PARTITIONS[name]) for name in _NAMES
        }
        self.usage = self._tables["usage"]
        self._objects = Table(folder / "objects", objects.SCHEMA, PARTITIONS["objects"])
        self._known: dict[str, ReadObject] | None = None
        self._keys = KeyStore()

    @property
    def staging(self) -> Path:
        """Where files wait for their commit. Emptied whenever the ledger is opened for writing."""
        return self.folder / _STAGING

    @property
    def version(self) -> int | None:
        """The number of the newest commit, whatever it brought; None before the first. Every commit is in `objects`."""
        return None if self._objects.version < 0 else self._objects.version

    def usage_files(self) -> list[Path]:
        """The Parquet files that make up the usage table now, each in a folder named `day=YYYY-MM-DD`."""
        return self._paths("usage")

    def charges_files(self) -> list[Path]:
        """The Parquet files of the charges in force, each in a folder named `billing_period=YYYY-MM-DD`."""
        return self._paths("charges")

    def metrics_files(self) -> list[Path]:
        """The Parquet files of the metrics, each in a folder named `day=YYYY-MM-DD`."""
        return self._paths("metrics")

    def _paths(self, name: str) -> list[Path]:
        table = self._tables[name]
        return [table.folder / file.path for file in table.files()]

    def partitions(self, name: TableName) -> list[DataFile]:
        """The files of a table as entries: path, day (of `charges`, first of the month), rows and bytes."""
        return self._tables[name].files()

    def objects(self) -> dict[str, ReadObject]:
        """What has been read, by address."""
        if self._known is None:
            self._known = objects.load(self._objects)
        return self._known

    def history(self) -> list[Commit]:
        """Every commit, newest first."""
        return self._objects.history()

    def vacuum(self, keep: timedelta, *, dry_run: bool = False) -> dict[str, list[int]]:
        """Deletes what no commit younger than `keep` needs. By table the bytes of each file. Needs the lock."""
        tables: dict[str, Table] = {**self._tables, "objects": self._objects}
        return {name: table.vacuum(keep, dry_run=dry_run) for name, table in tables.items()}

    def commit(self, staged: Sequence[Staged], read: Sequence[ReadObject]) -> Committed:
        """Takes in what was staged from these objects, in place of whatever they had brought before."""
        known = self.objects()
        replaced = [each.uri for each in read if each.uri in known]
        settled = settle(self.usage, self._tables["parts"], self.staging, staged, replaced, self._keys)
        changes: Changes = {
            "usage": (self._adopt(settled.add, "usage"), settled.remove_usage),
            "parts": (self._adopt(settled.add, "parts"), settled.remove_parts),
        }
        wanting: list[ReadObject] = []
        for name in ("metrics", "charges"):
            mine = [file for file in staged if file.table == name]
            add, remove, again = settle_bills(self._tables[name], mine, known, read)
            changes[name] = (self._adopt(add, name), remove)
            if name == "charges":  # only a bill's objects come and go; of metrics all count, and no bill is among them
                wanting = again
            settled.rows.update(_rows(add))
            settled.duplicates.update(_rows(mine))
            settled.duplicates.subtract(_rows(add))
        reading = self._objects.version + 1
        registry = objects.stage([*read, *wanting], reading, self.staging)
        self._carry_out(changes, _adopted(self._objects, [registry]))
        known.update((each.uri, each) for each in (*read, *wanting))
        return Committed(+settled.rows, +settled.duplicates)

    def confirm(self, same: Sequence[ReadObject]) -> None:
        """Notes what is newly known of objects whose rows stay as they are: that they will not change any more."""
        if same:
            registry = objects.stage(same, self._objects.version + 1, self.staging)
            self._carry_out({name: ([], []) for name in _NAMES}, _adopted(self._objects, [registry]))
            self.objects().update((each.uri, each) for each in same)

    def _adopt(self, staged: Iterable[Staged], name: str) -> list[DataFile]:
        return _adopted(self._tables[name], (file for file in staged if file.table == name))

    def _carry_out(self, changes: Changes, registry: list[DataFile]) -> None:
        changed = [name for name in _NAMES if any(changes[name])]
        intent = {
            "id": uuid.uuid4().hex,
            "versions": {name: self._tables[name].version for name in _NAMES},
            "decides": changed[-1] if changed else "objects",
            "registry": [asdict(file) for file in registry],
        }
        write_whole(self.folder / _INTENT, json.dumps(intent))
        mark = {_MARK: intent["id"]}
        for name in _NAMES:
            self._tables[name].commit(*changes[name], mark)
        self._objects.commit(registry, [], mark)
        (self.folder / _INTENT).unlink()

    def recover(self) -> None:
        """Finishes or undoes what a killed run had begun, and empties the staging folder. Needs the lock."""
        path = self.folder / _INTENT
        if path.exists():
            intent = json.loads(path.read_text())
            tables: dict[str, Table] = {**self._tables, "objects": self._objects}
            mark = {_MARK: intent["id"]}
            if not tables[intent["decides"]].bears(mark):
                for name, version in intent["versions"].items():
                    self._tables[name].restore(version)
            elif not self._objects.bears(mark):
                self._objects.commit([DataFile(**file) for file in intent["registry"]], [], mark)
            path.unlink()
        shutil.rmtree(self.staging, ignore_errors=True)
        self.staging.mkdir(parents=True)


def open_for_reading(folder: Path) -> Ledger:
    """An existing ledger. Raises LedgerError where there is none."""
    if not (folder / LEDGER_MARKER).is_file():
        raise LedgerError(
            f"there is no ledger in {folder}",
            hint="run `tokenaudit ingest PATH...` first, name another with --ledger, or give log files to the command",
        )
    return Ledger(folder)


@contextlib.contextmanager
def open_for_writing(folder: Path, wait_s: float = 10.0, *, is_passing: bool = False) -> Iterator[Ledger]:
    """The ledger in `folder`, made if need be, held against other writers until the end of the block.

    Raises LedgerError when another process holds it for longer than `wait_s`, ConfigError when the folder holds other
    things.
    """
    _prepare(folder)
    lock = FileLock(folder / "lock")
    try:
        lock.acquire(timeout=wait_s)
    except Timeout as error:
        raise LedgerError(
            f"another process is writing to the ledger in {folder}", hint="wait until it has finished, then try again"
        ) from error
    try:
        ledger = Ledger(folder, is_passing=is_passing)
        ledger.recover()
        try:
            yield ledger
        finally:
            shutil.rmtree(ledger.staging, ignore_errors=True)
    finally:
        lock.release()


def _prepare(folder: Path) -> None:
    marker = folder / LEDGER_MARKER
    if marker.exists():
        return
    if unquote(str(folder)) != str(folder) or any(sign in str(folder) for sign in "\\\n\r"):
        raise ConfigError(
            f"the path {folder} holds a %, a backslash or a line break, which Delta tables cannot live with",
            hint="name another folder with --ledger",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        others = [entry for entry in folder.iterdir() if entry.name != "lock" and not is_draft(entry, marker)]
        # Another process may be making this very ledger: its mark is there before anything else is.
        if others and not marker.exists():
            raise ConfigError(
                f"{folder} is not empty and is no ledger",
                hint="name another folder with --ledger: a ledger is never mixed with other files",
            )
        write_whole(marker, _FORMAT)
    except OSError as error:
        raise ConfigError(
            f"the ledger folder {folder} cannot be made: {error.strerror}", hint="name another folder with --ledger"
        ) from error


def _adopted(table: Table, staged: Iterable[Staged]) -> list[DataFile]:
    """Moves a table's staged files into its folder; they are part of it only with the commit."""
    adopted = []
    for file in staged:
        relative = table.place(Path(file.path).name, file.day)
        target = table.folder / relative
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(file.path).replace(target)
        adopted.append(DataFile(relative, file.day, file.rows, file.size_bytes))
    return adopted


def _rows(staged: Iterable[Staged]) -> Counter[str]:
    counted: Counter[str] = Counter()
    for file in staged:
        counted[file.source] += file.rows
    return counted
