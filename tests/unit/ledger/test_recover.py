"""A run that dies between the commits of one batch: whoever opens the ledger next finishes the batch or undoes it."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import pytest
from deltalake import DeltaTable
from tests.properties import ledgers, logs

from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.ledger.store import Table
from tokenaudit.pipeline.ingest import ingest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


State = tuple[str, dict[str, str]]


class Crash(BaseException):
    """The process dies here. No `except Exception` may soften it."""


# What the ledger holds when the last batch begins, and what that batch brings. Every case changes other tables.
BEFORE = {
    "a.json": [logs.bedrock(1), logs.bedrock(2)],
    "b.json": [logs.bedrock(2)],
    "calls.json": [logs.llm("call-1"), logs.request("call-2")],
}
BATCHES = {
    "rows": {"c.json": [logs.bedrock(3)]},
    "rows and copies": {"c.json": [logs.bedrock(1), logs.bedrock(2), logs.bedrock(3)]},
    "rows made anew of parts": {"c.json": [logs.gateway("call-1"), logs.llm("call-2")]},
    "only parts": {"c.json": [logs.gateway("call-9")]},
    "only objects": {"c.json": [{**logs.bedrock(4), "timestamp": "no time"}]},
    "a changed object": {"a.json": [logs.bedrock(1, logs.after(hours=30)), logs.bedrock(5)]},
    "a changed object of parts": {"calls.json": [logs.gateway("call-1"), logs.llm("call-2")]},
}
MOMENTS = [f"{when} commit {number}" for number in range(1, 6) for when in ("before", "after")]
# The first commit of a table makes the table first: then it can die in between, too.
FIRST = [*MOMENTS, *(f"inside commit {number}" for number in (1, 2, 3))]
CASES = [
    *(("a ledger", batch, moment) for batch in BATCHES for moment in MOMENTS),
    *(("an empty ledger", batch, moment) for batch in ("rows and copies", "only parts") for moment in FIRST),
]


def _die(monkeypatch: pytest.MonkeyPatch, moment: str) -> None:
    """From here on the process dies at that moment of the coming batch."""
    when, _, number = moment.split()
    commits = 0
    commit, transaction = Table.commit, DeltaTable.create_write_transaction

    def counted(self: Table, add: Any, remove: Any, metadata: Any) -> None:
        nonlocal commits
        commits += 1
        if commits == int(number) and when == "before":
            raise Crash
        commit(self, add, remove, metadata)
        if commits == int(number) and when == "after":
            raise Crash

    def written(self: Any, *arguments: Any, **named: Any) -> None:
        if commits == int(number) and when == "inside":
            raise Crash
        transaction(self, *arguments, **named)

    monkeypatch.setattr(Table, "commit", counted)
    monkeypatch.setattr(DeltaTable, "create_write_transaction", written)


def _state(ledger: Path) -> State:
    """The export, and what the ledger says that it has read."""
    if not (ledger / "tokenaudit-ledger.txt").exists():
        return "", {}
    with open_for_writing(ledger) as opened:
        read = {uri.rpartition("/")[2]: each.identity for uri, each in opened.objects().items()}
    return (ledgers.exported(ledger), read) if read else ("", {})


@dataclass(frozen=True)
class Begun:
    """Logs with a batch that the ledger has not read; how the ledger is without it, and with it, undisturbed."""

    folder: Path
    before: State
    whole: State

    def ledger(self, copy: Path) -> Path:
        """The ledger as the batch begins, for one test to spoil."""
        return shutil.copytree(self.folder / "ledger", copy) if (self.folder / "ledger").exists() else copy


@pytest.fixture(scope="module")
def begun(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str, str], Begun]:
    """Made once for all the moments at which a batch may die."""

    @cache
    def make(held: str, batch: str) -> Begun:
        folder = tmp_path_factory.mktemp("begun")
        for name, records in BEFORE.items():
            logs.write(folder / "logs" / name, records)
        if held == "a ledger":
            ledgers.take(folder / "ledger", [folder / "logs"])
        before = _state(folder / "ledger")
        for number, (name, records) in enumerate(BATCHES[batch].items(), 1):
            path = logs.write(folder / "logs" / name, records)
            os.utime(path, ns=(number, number))
        ledgers.take(folder / "undisturbed", [folder / "logs"])
        return Begun(folder, before, _state(folder / "undisturbed"))

    return make


@pytest.mark.parametrize(("held", "batch", "moment"), CASES)
def test_a_batch_is_wholly_in_or_wholly_out(
    begun: Callable[[str, str], Begun],
    tmp_path: Path,
    held: str,
    batch: str,
    moment: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    made = begun(held, batch)
    ledger = made.ledger(tmp_path / "ledger")
    with monkeypatch.context() as patch:
        _die(patch, moment)
        died = False
        try:
            ledgers.take(ledger, [made.folder / "logs"])
        except Crash:
            died = True
    found = _state(ledger)
    ledgers.take(ledger, [made.folder / "logs"])
    assert _state(ledger) == made.whole
    assert found in ((made.before, made.whole) if died else (made.whole,))


def test_readers_see_nothing_of_a_batch_that_is_not_decided(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    second = logs.write(tmp_path / "b.json", [logs.bedrock(1), logs.bedrock(2)])
    ledgers.take(tmp_path / "ledger", [first])
    before = ledgers.exported(tmp_path / "ledger")
    with monkeypatch.context() as patch:
        _die(patch, "before commit 2")
        with pytest.raises(Crash):
            ledgers.take(tmp_path / "ledger", [second])
    assert ledgers.exported(tmp_path / "ledger") == before


def test_a_recovery_that_dies_itself_is_done_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    second = logs.write(tmp_path / "b.json", [logs.bedrock(1), logs.bedrock(2)])
    ledgers.take(tmp_path / "ledger", [first])
    before = _state(tmp_path / "ledger")
    with monkeypatch.context() as patch:
        _die(patch, "before commit 2")
        with pytest.raises(Crash):
            ledgers.take(tmp_path / "ledger", [second])
    with monkeypatch.context() as patch:
        restore = Table.restore

        def interrupted(self: Table, version: int) -> None:
            restore(self, version)
            raise Crash

        patch.setattr(Table, "restore", interrupted)
        with pytest.raises(Crash):
            ledgers.take(tmp_path / "ledger", [second])
    assert _state(tmp_path / "ledger") == before


def test_files_that_a_killed_run_left_behind_are_swept_away(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    ledgers.take(tmp_path / "ledger", [path])
    left = tmp_path / "ledger" / "staging" / "left.parquet"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"PAR1")
    with open_for_writing(tmp_path / "ledger") as ledger:
        assert list(ledger.staging.iterdir()) == []


def test_an_error_in_the_middle_of_an_ingest_leaves_the_ledger_as_it_was(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    ledgers.take(tmp_path / "ledger", [path])
    before = _state(tmp_path / "ledger")

    class Angry:
        def total(self, objects: int, size_bytes: int) -> None:
            """Still calm."""

        def advance(self, objects: int, size_bytes: int) -> None:
            raise KeyboardInterrupt((objects, size_bytes))

    with pytest.raises(KeyboardInterrupt), open_for_writing(tmp_path / "ledger") as ledger:
        ingest(ledger, [logs.write(tmp_path / "b.json", [logs.bedrock(2)])], 1, Angry())
    assert _state(tmp_path / "ledger") == before
    assert open_for_reading(tmp_path / "ledger").version is not None
