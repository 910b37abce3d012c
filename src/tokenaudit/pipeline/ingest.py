"""Files and folders into a ledger: find them, skip what is known, and take in the rest."""

from __future__ import annotations

import math
import os
import time
from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.errors import DataError
from tokenaudit.model.ports import Progress, Silent
from tokenaudit.model.reject import Reject
from tokenaudit.pipeline.deliveries import deliveries
from tokenaudit.pipeline.readiness import jobs_for
from tokenaudit.pipeline.tasks import read_shares, shares_of
from tokenaudit.pipeline.worker import Errand
from tokenaudit.providers.local import Missing, find

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.objects import Delivery, ReadObject
    from tokenaudit.pipeline.worker import TaskResult

ROWS_PER_COMMIT = 300_000


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
    """Files that a manifest names and that are not there, or hold nothing."""
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
        if self.unreadable:
            first = self.unreadable[0]
            files += f", and {len(self.unreadable):,} that cannot be read ({first.uri}: {first.reason})"
        kinds = ", ".join(source.name for source in registry.sources())
        return DataError(
            f"no logs, bills or metrics in {names}: {files if count else 'no file that holds anything'}",
            hint=f"known kinds: {kinds}; they are recognised by content, tables as csv or Parquet",
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
    todo, same = _changed(ledger, paths, result)
    total = sum(each.item.size_bytes for each in todo)
    progress.total(len(todo), total)
    _read(ledger, todo, jobs_for(total, jobs), result, progress)
    # A copy of a bill that has changed counts from now on, and its lines were not kept: the ledger wants it again.
    wanted = [each for each in same if not ledger.objects()[each.item.uri].identity]
    for each in wanted:
        result.of(ledger.objects()[each.item.uri].source).skipped -= 1
    _read(ledger, wanted, 1, result, progress)
    for told in (result.rejects, result.unreadable):  # whichever process came first
        told.sort()
    result.unrecognised.sort()
    return result


def none_of(paths: Iterable[Path]) -> IngestResult | None:
    """What is to be said of paths of which none is there; None where one is. This takes no ledger, and makes none."""
    paths = tuple(paths)
    if any(map(os.path.exists, paths)):  # Path.exists raises where a folder above is closed to us
        return None
    unreadable = [Reject(each.uri, 0, each.reason) for each in find(paths) if isinstance(each, Missing)]
    return IngestResult(unreadable=unreadable)


def _read(ledger: Ledger, errands: list[Errand], jobs: int, result: IngestResult, progress: Progress) -> None:
    done = read_shares(shares_of(errands, jobs), str(ledger.staging))
    take_in(ledger, _with_emptied(ledger, done), result, progress)


def _with_emptied(ledger: Ledger, done: Iterable[TaskResult]) -> Iterator[TaskResult]:
    """The same results; what brought nothing takes the place of what it had brought before."""
    for result in done:
        for errand in result.silent:
            before = ledger.objects().get(errand.item.uri)
            if before is not None:
                result.read.append(emptied(before, errand))
        yield result


def take_in(
    ledger: Ledger,
    tasks: Iterable[TaskResult],
    result: IngestResult,
    progress: Progress,
    patience_s: float = math.inf,
) -> None:
    """Commits what worker processes read, in batches, and counts it.

    `patience_s` is how long rows that came slowly wait for their commit, and so how much a crash can cost.
    """
    held: list[TaskResult] = []
    begun = time.monotonic()
    for done in tasks:
        held.append(done)
        progress.advance(len(done.read), done.size_bytes)
        rows = sum(file.rows for task in held for file in task.staged)
        if rows >= ROWS_PER_COMMIT or time.monotonic() - begun >= patience_s:
            _commit(ledger, held, result)
            held, begun = [], time.monotonic()
    _commit(ledger, held, result)


def source_versions() -> dict[str, int]:
    """The version of every source: what an older one read has to be read again."""
    return {source.name: source.version for source in registry.sources()}


def emptied(before: ReadObject, errand: Errand) -> ReadObject:
    """An object that had rows, and in its present form has none. It is a copy of no bill any more."""
    return replace(
        before,
        identity=errand.item.identity,
        source_version=source_versions().get(before.source, before.source_version),
        records=0,
        reject_count=0,
        rejects=(),
        foreign=0,
        delivery=errand.delivery,
    )


def is_same(before: ReadObject | None, identity: str, delivery: Delivery | None, versions: dict[str, int]) -> bool:
    """Whether the ledger holds an object just as it is now: content, what it delivers, and who read it."""
    return (
        before is not None
        and before.identity == identity
        and delivery in (None, before.delivery)
        and before.source_version == versions.get(before.source)
    )


def _changed(ledger: Ledger, paths: Iterable[Path], result: IngestResult) -> tuple[list[Errand], list[Errand]]:
    """What has to be read, and what is as the ledger has it."""
    known = ledger.objects()
    versions = source_versions() if known else {}  # they cost loading every provider, which is the workers' to do
    found = []
    for item in find(paths):
        if isinstance(item, Missing):
            result.unreadable.append(Reject(item.uri, 0, item.reason))
        else:
            found.append(item)
    delivered = deliveries(found)
    result.missing = delivered.missing
    todo: list[Errand] = []
    same: list[Errand] = []
    for item in found:
        before = known.get(item.uri)
        delivery = delivered.of.get(item.uri)
        if before is not None and is_same(before, item.identity, delivery, versions):
            result.of(before.source).skipped += 1
            same.append(Errand(item, delivery))
        elif item.uri in delivered.left_over:
            result.left_over.append(item.uri)
        elif item.uri not in delivered.blank:
            todo.append(Errand(item, delivery))
    return todo, same


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
