"""Files and folders into a ledger: find, skip what is known, read in worker processes, commit in batches."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.errors import DataError
from tokenaudit.model.ports import Progress, Silent
from tokenaudit.model.reject import Reject
from tokenaudit.pipeline.deliveries import deliveries
from tokenaudit.pipeline.worker import Errand, read_objects
from tokenaudit.providers.local import Missing, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tokenaudit.ledger.copies import Told
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.pipeline.worker import TaskResult

ROWS_PER_COMMIT = 300_000
OBJECTS_PER_TASK = 500
BYTES_PER_TASK = 24 * 1024 * 1024
_WORTH_A_PROCESS = 8 * 1024 * 1024
_WORTH_A_TASK = 1024 * 1024


@dataclass
class SourceCount:
    """What one source contributed. `records` = rows and duplicates and rejects, parts of one call apart."""

    objects: int = 0
    skipped: int = 0
    records: int = 0
    rows: int = 0
    duplicates: int = 0
    rejects: int = 0


@dataclass
class IngestResult:
    """What an ingest did, by source, and what it could not do."""

    by_source: dict[str, SourceCount] = field(default_factory=dict)
    rejects: list[Reject] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)
    """Files of an export's month that its newest manifest does not name: an earlier run's."""
    missing: list[str] = field(default_factory=list)
    """Files that a manifest names and that are not there."""
    foreign: Counter[str] = field(default_factory=Counter)
    """By source: lines of bills that sell something else, counted and dropped."""

    def nothing(self, paths: Iterable[Path]) -> DataError | None:
        """What to complain of when nothing at all could be read or recognised; None where something could."""
        if self.by_source or self.left_over:
            return None
        names = ", ".join(str(path) for path in paths)
        if self.unreadable and not self.unrecognised:
            first = self.unreadable[0]
            return DataError(
                f"nothing could be read in {names}: {first.uri} {first.reason}",
                hint="check the path and its permissions",
            )
        count = len(self.unrecognised)
        files = f"{count:,} {'file' if count == 1 else 'files'} of no kind that is known"
        kinds = ", ".join(source.name for source in registry.sources())
        return DataError(
            f"no logs, bills or metrics in {names}: {files if count else 'no file that holds anything'}",
            hint=f"known kinds: {kinds}; they are recognised by content",
        )

    def of(self, source: str) -> SourceCount:
        """The count of one source, made at first use."""
        return self.by_source.setdefault(source, SourceCount())

    def total(self) -> SourceCount:
        """All sources together. Objects that could not be opened count as rejects."""
        total = SourceCount(rejects=len(self.unreadable))
        for count in self.by_source.values():
            total.objects += count.objects
            total.skipped += count.skipped
            total.records += count.records
            total.rows += count.rows
            total.duplicates += count.duplicates
            total.rejects += count.rejects
        return total


def ingest(
    ledger: Ledger, paths: Iterable[Path], jobs: int | None = None, progress: Progress | None = None
) -> IngestResult:
    """Reads every file at or below `paths` that the ledger does not hold in its present form.

    `jobs` is the number of worker processes; None chooses by the amount of work, 1 works in this process.
    """
    progress = progress or Silent()
    result = IngestResult()
    todo = _changed(ledger, paths, result)
    progress.total(len(todo), sum(each.item.size_bytes for each in todo))
    held: list[TaskResult] = []
    for done in _run(todo, str(ledger.staging), _jobs(jobs, todo)):
        held.append(done)
        progress.advance(len(done.read), done.size_bytes)
        if sum(file.rows for task in held for file in task.staged) >= ROWS_PER_COMMIT:
            _commit(ledger, held, result)
            held = []
    _commit(ledger, held, result)
    return result


def _changed(ledger: Ledger, paths: Iterable[Path], result: IngestResult) -> list[Errand]:
    known = ledger.objects()
    versions = {source.name: source.version for source in registry.sources()}
    found = []
    for item in find(paths):
        if isinstance(item, Missing):
            result.unreadable.append(Reject(item.uri, 0, item.reason))
        else:
            found.append(item)
    delivered = deliveries(found)
    result.missing = delivered.missing
    todo = []
    for item in found:
        before = known.get(item.uri)
        delivery = delivered.of.get(item.uri)
        same = before is not None and before.identity == item.identity and delivery in (None, before.delivery)
        if before and same and before.source_version == versions.get(before.source):
            result.of(before.source).skipped += 1
        elif item.uri in delivered.left_over:
            result.left_over.append(item.uri)
        else:
            todo.append(Errand(item, delivery))
    return todo


def _commit(ledger: Ledger, tasks: Sequence[TaskResult], result: IngestResult) -> None:
    read: list[ReadObject] = [each for task in tasks for each in task.read]
    if read:
        committed = ledger.commit([file for task in tasks for file in task.staged], read)
        for source, rows in committed.rows.items():
            result.of(source).rows += rows
        for source, duplicates in committed.duplicates.items():
            result.of(source).duplicates += duplicates
    for each in read:
        count = result.of(each.source)
        count.objects += 1
        count.records += each.records
        result.foreign[each.source] += each.foreign
        count.rejects += each.reject_count
        result.rejects.extend(each.rejects)
    for task in tasks:
        result.unreadable.extend(task.unreadable)
        result.unrecognised.extend(task.unrecognised)


def _jobs(wanted: int | None, todo: Sequence[Errand]) -> int:
    if wanted is not None:
        return max(1, wanted)
    total = sum(each.item.size_bytes for each in todo)
    return max(1, min(os.cpu_count() or 1, 8, total // _WORTH_A_PROCESS))


def _tasks(todo: Sequence[Errand], jobs: int) -> Iterator[list[Errand]]:
    """Tasks of about one size, so that all workers end together, of neighbouring objects.

    Copies of a record lie close, and what two tasks both hold has to be written again: so there are few tasks.
    """
    total = sum(each.item.size_bytes for each in todo)
    count = max(total / BYTES_PER_TASK, min(2 * jobs, total / _WORTH_A_TASK) if jobs > 1 else 1)
    share = total / max(math.ceil(count / jobs) * jobs, 1)
    task: list[Errand] = []
    done, end = 0, share
    for errand in todo:
        if task and (done + errand.item.size_bytes / 2 > end or len(task) >= OBJECTS_PER_TASK):
            yield task
            task = []
            while done + errand.item.size_bytes / 2 > end:
                end += share
        task.append(errand)
        done += errand.item.size_bytes
    if task:
        yield task


def _run(todo: Sequence[Errand], staging: str, jobs: int) -> Iterator[TaskResult]:
    """The results of all tasks, in order."""
    tasks = _tasks(todo, jobs)
    if jobs == 1:
        last: dict[str, Told] = {}
        for task in tasks:
            yield read_objects(task, staging, last)
        return
    from tokenaudit.pipeline.processes import read_in_processes  # a tenth of a second  # noqa: PLC0415

    yield from read_in_processes(tasks, staging, jobs)
