"""What a worker process does with its share of the objects: recognise, normalise, write files to be committed."""

from __future__ import annotations

import gc
import hashlib
import os
import re
from collections import Counter
from dataclasses import dataclass, field
from functools import cache, partial
from io import FileIO
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokenaudit import registry
from tokenaudit.ledger.objects import KEPT_REJECTS, Delivery, ReadObject
from tokenaudit.ledger.spool import Spool
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.reject import Reject
from tokenaudit.providers.reading import slices
from tokenaudit.providers.tabular import column_names
from tokenaudit.schema import reuse_memory, spare_pandas

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from tokenaudit.ledger.copies import Told
    from tokenaudit.ledger.staged import Staged
    from tokenaudit.model.ports import Normalised, Source, TableName
    from tokenaudit.providers.local import LocalObject

_HEAD = 256 * 1024

spare_pandas()
reuse_memory()
gc.set_threshold(200_000, 20, 100)  # millions of small objects that live in no circle: looking for circles finds none


@dataclass(frozen=True)
class Errand:
    """An object to read, and what it delivers where the manifest of a cost export names it.

    `passing` says that its file is there for this reading only: it may hold prompts, and goes when it was read.
    """

    item: LocalObject
    delivery: Delivery | None = None
    passing: bool = False


@dataclass(frozen=True)
class Task:
    """Objects in order of address. `follows` says that they come right after those that the same process read last."""

    errands: list[Errand]
    follows: bool


@dataclass
class TaskResult:
    """What came of some objects. `unreadable` could not be opened, `unrecognised` are of no kind that we know.

    `silent` brought nothing, for they are empty or of no such kind.
    """

    staged: list[Staged] = field(default_factory=list)
    read: list[ReadObject] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    silent: list[Errand] = field(default_factory=list)
    size_bytes: int = 0


def read_objects(errands: list[Errand], staging: str, last: dict[str, Told] | None = None) -> TaskResult:
    """Reads objects, in the given order, into files in `staging`.

    `last` holds, by source, the last rows of the objects before these; those of these take their place.
    """
    result = TaskResult(size_bytes=sum(each.item.size_bytes for each in errands))
    last = {} if last is None else last
    for source, group in groupby(_opened(errands, result), key=lambda each: each.source):
        _normalise(source, group, Path(staging), result, last)
    told = {each.uri for each in result.read} | {each.uri for each in result.unreadable}
    for errand in errands:
        if errand.item.uri not in told:
            result.silent.append(errand)
        if errand.passing:
            Path(errand.item.path).unlink(missing_ok=True)
    return result


@dataclass
class _Opened:
    source: Source
    errand: Errand
    blob: Blob
    damage: list[str]
    unread: list[str]
    """Why the system did not give the rest of it. Unlike damage this may pass: the object is read again next time."""


def _opened(errands: Iterable[Errand], result: TaskResult) -> Iterator[_Opened]:
    """Each object with the source that recognises it. An object is closed when the next one is asked for."""
    for errand in errands:
        item = errand.item
        if _is_sidecar(item.uri) or item.size_bytes == 0:
            continue
        damage: list[str] = []
        unread: list[str] = []
        try:
            stream = FileIO(item.path)  # closed below; read in large pieces, it needs no buffer
        except OSError as error:
            result.unreadable.append(Reject(item.uri, 0, f"cannot be opened: {error.strerror}"))
            continue
        with stream:
            content = _as_far_as_given(slices(stream, item.size_bytes, damage.append), unread.append)
            first = next(content, b"")
            beginning = bytes(memoryview(first)[:_HEAD])  # what was inflated in one go is a bytearray
            if (not beginning or beginning.isspace()) and not damage and not unread:
                continue  # nothing in it: exports leave such objects behind
            whole = item.size_bytes < _HEAD and len(first) <= _HEAD
            name = item.path.rpartition(os.sep)[2]
            sample = Sample(beginning, whole, name, column_names(beginning, item.path))
            source = _recognise(sample)
            if source is None:
                if damage or unread:
                    result.unreadable.append(Reject(item.uri, 0, (damage or unread)[0]))
                else:
                    result.unrecognised.append(item.uri)
                continue
            pieces = _chain([first], content)
            del first, beginning, sample
            export = errand.delivery.export if errand.delivery else None
            yield _Opened(source, errand, Blob(item.uri, pieces, partial(_raw, item.path), export), damage, unread)


def _as_far_as_given(content: Iterator[bytes], failed: Callable[[str], None]) -> Iterator[bytes]:
    """The slices before the one at which the system refuses: a lock, a share that is gone, a bad sector."""
    try:
        yield from content
    except OSError as error:
        failed(f"cannot be read to its end: {error.strerror}")


def _raw(path: str) -> BinaryIO:
    return Path(path).open("rb")


def _chain(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Both, without holding on to the first: one inflated object in memory at a time."""
    yield first.pop()
    yield from rest


def _normalise(
    source: Source, group: Iterator[_Opened], staging: Path, result: TaskResult, last: dict[str, Told]
) -> None:
    spools: dict[TableName, Spool] = {}
    counts = _Counts()
    seen: list[_Opened] = []

    def blobs() -> Iterator[Blob]:
        for opened in group:
            seen.append(opened)
            yield opened.blob

    for part in source.normalise(blobs()):
        if part.table not in spools:
            before = last.get(source.name) if part.table == "usage" else None
            spools[part.table] = Spool(staging, source.name, part.table, before)
        spools[part.table].add(part.batch)
        counts.add(part)
    for spool in spools.values():
        spool.flush()
        result.staged.extend(spool.files)
        if spool.last is not None:
            last[source.name] = spool.last
    for opened in seen:
        item, delivery = opened.errand.item, opened.errand.delivery
        for reason in (*opened.damage, *opened.unread):
            counts.damaged(Reject(item.uri, 0, reason))
        if delivery is None and "charges" in spools:
            delivery = _own_export(item)
        identity = "" if opened.unread else item.identity
        result.read.append(counts.read_object(item.uri, identity, source, delivery))


@dataclass
class _Counts:
    """By object: what was seen in it, and the first of what was refused."""

    records: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    foreign: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Reject]] = field(default_factory=dict)

    def add(self, part: Normalised) -> None:
        self.records.update(part.records)
        self.foreign.update(part.foreign)
        for reject in part.rejects:
            self._note(reject)

    def damaged(self, reject: Reject) -> None:
        self.records[reject.uri] += 1
        self._note(reject)

    def _note(self, reject: Reject) -> None:
        self.refused[reject.uri] += 1
        if self.refused[reject.uri] <= KEPT_REJECTS:
            self.kept.setdefault(reject.uri, []).append(reject)

    def read_object(self, uri: str, identity: str, source: Source, delivery: Delivery | None) -> ReadObject:
        return ReadObject(
            uri,
            identity,
            source.name,
            source.version,
            self.records[uri],
            self.refused[uri],
            tuple(sorted(self.kept.get(uri, ()))),
            self.foreign[uri],
            delivery,
        )


def _own_export(item: LocalObject) -> Delivery:
    with Path(item.path).open("rb") as stream:
        return Delivery(item.uri, None, "", hashlib.file_digest(stream, "sha256").hexdigest())


def _recognise(sample: Sample) -> Source | None:
    return next((source for source in registry.sources() if source.recognise(sample)), None)


@cache
def _sidecars() -> re.Pattern[str] | None:
    patterns = [pattern for provider in registry.providers() for pattern in provider.sidecars]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def _is_sidecar(uri: str) -> bool:
    pattern = _sidecars()
    return pattern is not None and pattern.search(uri) is not None
