"""What a worker process does with its share of the objects: recognise, normalise, write files to be committed."""

from __future__ import annotations

import gc
import os
import re
import threading
from collections import Counter
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from multiprocessing import connection, parent_process
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.ledger.objects import KEPT_REJECTS, ReadObject
from tokenaudit.ledger.spool import Spool
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.reject import Reject
from tokenaudit.providers.reading import slices
from tokenaudit.schema import reuse_memory, spare_pandas

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.ledger.staged import Staged
    from tokenaudit.model.ports import Source
    from tokenaudit.providers.local import LocalObject

_HEAD = 256 * 1024

spare_pandas()
reuse_memory()
gc.set_threshold(200_000, 20, 100)  # millions of small objects that live in no circle: looking for circles finds none


@dataclass
class TaskResult:
    """What came of some objects. `unreadable` could not be opened, `unrecognised` are of no kind that we know."""

    staged: list[Staged] = field(default_factory=list)
    read: list[ReadObject] = field(default_factory=list)
    unreadable: list[Reject] = field(default_factory=list)
    unrecognised: list[str] = field(default_factory=list)
    size_bytes: int = 0


def watch_parent() -> None:
    """Ends this worker when the process that started it dies, even by SIGKILL: nobody is left to commit its work."""
    parent = parent_process()
    if parent is None:
        return

    def wait() -> None:
        connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def read_objects(objects: list[LocalObject], staging: str) -> TaskResult:
    """Reads objects, in the given order, into files in `staging`."""
    result = TaskResult(size_bytes=sum(each.size_bytes for each in objects))
    for source, group in groupby(_opened(objects, result), key=lambda each: each.source):
        _normalise(source, group, Path(staging), result)
    return result


@dataclass
class _Opened:
    source: Source
    item: LocalObject
    blob: Blob
    damage: list[str]


def _opened(objects: Iterable[LocalObject], result: TaskResult) -> Iterator[_Opened]:
    """Each object with the source that recognises it. An object is closed when the next one is asked for."""
    for item in objects:
        if _is_sidecar(item.uri) or item.size_bytes == 0:
            continue
        damage: list[str] = []
        try:
            stream = Path(item.path).open("rb")  # closed below  # noqa: SIM115
        except OSError as error:
            result.unreadable.append(Reject(item.uri, 0, f"cannot be opened: {error.strerror}"))
            continue
        with stream:
            content = slices(stream, item.size_bytes, damage.append)
            first = next(content, b"")
            if not first[:_HEAD].strip() and not damage:
                continue  # nothing in it: exports leave such objects behind
            sample = Sample(bytes(first[:_HEAD]), item.size_bytes < _HEAD and len(first) <= _HEAD, Path(item.path).name)
            source = _recognise(sample)
            if source is None:
                if damage:
                    result.unreadable.append(Reject(item.uri, 0, damage[0]))
                else:
                    result.unrecognised.append(item.uri)
                continue
            pieces = _chain([first], content)
            del first
            yield _Opened(source, item, Blob(item.uri, pieces), damage)


def _chain(first: list[bytes], rest: Iterator[bytes]) -> Iterator[bytes]:
    """Both, without holding on to the first: one inflated object in memory at a time."""
    yield first.pop()
    yield from rest


def _normalise(source: Source, group: Iterator[_Opened], staging: Path, result: TaskResult) -> None:
    spool = Spool(staging, source.name, partial=source.partial)
    seen: list[_Opened] = []
    records: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    kept: dict[str, list[Reject]] = {}

    def blobs() -> Iterator[Blob]:
        for opened in group:
            seen.append(opened)
            yield opened.blob

    def note(reject: Reject) -> None:
        counts[reject.uri] += 1
        if counts[reject.uri] <= KEPT_REJECTS:
            kept.setdefault(reject.uri, []).append(reject)

    for part in source.normalise(blobs()):
        spool.add(part.batch)
        records.update(part.records)
        for reject in part.rejects:
            note(reject)
    spool.flush()
    result.staged.extend(spool.files)
    for opened in seen:
        uri = opened.item.uri
        for reason in opened.damage:
            note(Reject(uri, 0, reason))
            records[uri] += 1
        result.read.append(
            ReadObject(
                uri,
                opened.item.identity,
                source.name,
                source.version,
                records[uri],
                counts[uri],
                tuple(sorted(kept.get(uri, ()))),
            )
        )


def _recognise(sample: Sample) -> Source | None:
    return next((source for source in registry.sources() if source.recognise(sample)), None)


@cache
def _sidecars() -> re.Pattern[str] | None:
    patterns = [pattern for provider in registry.providers() for pattern in provider.sidecars]
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns)) if patterns else None


def _is_sidecar(uri: str) -> bool:
    pattern = _sidecars()
    return pattern is not None and pattern.search(uri) is not None
