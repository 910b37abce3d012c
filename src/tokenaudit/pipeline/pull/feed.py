"""One feed into the ledger: list, fetch, read and commit, all at the same time.

Threads list and fetch ahead; what has arrived is read in worker processes while the next objects are on their way, and
committed now and then. Whatever ends this half-way, the ledger is whole, and what it holds is not fetched again.
"""

from __future__ import annotations

import hashlib
import logging
import time
from collections import deque
from concurrent.futures import wait
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from typing import TYPE_CHECKING

from tokenaudit.errors import DataError, LedgerError, TokenauditError
from tokenaudit.model.ports import Silent
from tokenaudit.pipeline.ingest import emptied, take_in
from tokenaudit.pipeline.pull.crew import Listing
from tokenaudit.pipeline.pull.known import kept_identity
from tokenaudit.pipeline.pull.mirror import Mirror
from tokenaudit.pipeline.pull.selection import Bill, one_by_one
from tokenaudit.pipeline.readiness import WORTH_A_PROCESS, jobs_for
from tokenaudit.pipeline.tasks import BYTES_PER_TASK, OBJECTS_PER_TASK, read_tasks
from tokenaudit.pipeline.worker import Errand
from tokenaudit.providers.local import LocalObject

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from datetime import datetime
    from pathlib import Path

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.objects import ReadObject
    from tokenaudit.model.ports import Progress
    from tokenaudit.model.pulling import Feed
    from tokenaudit.model.question import Window
    from tokenaudit.pipeline.ingest import IngestResult
    from tokenaudit.pipeline.pull.crew import Crew, Deadline
    from tokenaudit.pipeline.pull.known import Register
    from tokenaudit.pipeline.pull.result import FeedResult
    from tokenaudit.pipeline.pull.selection import Wanted
    from tokenaudit.pipeline.worker import TaskResult

_UNDER_WAY = 500
"""What is being fetched, or has arrived and waits to be read: in errands of a thread, and in bytes."""
_UNDER_WAY_BYTES = 256 * 1024 * 1024
_SEVERAL = 8
_SMALL = 64 * 1024
_PATIENCE_S = 15.0
"""What has arrived is read at the latest after this time, though more would make a better task."""
COMMIT_EVERY_S = 60.0
_ENOUGH = 5
"""So many objects that cannot be had are reason enough to leave the rest of a feed alone."""
_ENDLESS = 1 << 40
_TURN_S = 0.1
_GRACE_S = 5.0

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrived:
    """An object in its file. `identity` is the service's, or where that tells none a hash of the content."""

    wanted: Wanted
    identity: str
    size_bytes: int


Results = list[Arrived | TokenauditError | None]


@dataclass(frozen=True)
class Means:
    """What a pull works with: the ledger, threads, worker processes (None: by the amount), and until when."""

    ledger: Ledger
    register: Register
    crew: Crew
    deadline: Deadline
    now: Callable[[], datetime]
    jobs: int | None = None


class FeedPull:
    """The pull of one feed, once."""

    def __init__(self, means: Means, counts: FeedResult, taken: IngestResult, progress: Progress) -> None:
        self._means = means
        self._counts = counts
        self._taken = taken
        self._progress = progress
        self._sent: deque[list[Errand]] = deque()
        self._same: list[ReadObject] = []
        self._passed: list[tuple[str, str]] = []
        self._failures = 0
        self._stopped = False
        self._under_way: set[Future[Results]] = set()

    def run(self, feed: Feed, window: Window) -> None:
        """Fetches and commits what is new in this window, and counts it. Errors of the feed are counted, not raised."""
        before = self._taken.total().rows
        listing = Listing(partial(feed.objects, window, self._means.register), self._means.deadline)
        with Mirror(self._means.ledger.staging) as mirror:
            try:
                bill = Bill(self._means.register, mirror, self._fetch_all, self._counts, self._taken)
                wanted = (
                    bill.wanted(listing)
                    if feed.kind == "costs"
                    else one_by_one(listing, self._means.register, mirror, self._counts)
                )
                self._take(self._fetched(wanted), mirror)
                if listing.error is not None:
                    self._counts.errors.append(listing.error)
                self._counts.cut = self._counts.cut or listing.cut
                if not self._counts.errors and not self._counts.cut:
                    self._passed += bill.manifests
            except DataError:
                raise  # of the ledger, or of the processes that read: no other feed would fare better
            except TokenauditError as error:
                self._counts.errors.append(error)
            finally:
                listing.close()
                self._stopped = True
                wait(self._under_way, timeout=_GRACE_S)  # what still writes must not find the folder gone
        self._means.ledger.confirm(self._same)
        for uri, identity in self._passed:
            self._means.register.passed_over(uri, identity, self._means.now())
        self._counts.rows = self._taken.total().rows - before

    def _take(self, arrived: Iterator[Arrived], mirror: Mirror) -> None:
        """Reads what arrives, in this process where it is little."""
        first: list[Errand] = []
        errands = self._errands(arrived, mirror)
        size = 0
        for errand in errands:
            first.append(errand)
            size += errand.item.size_bytes
            if size >= 2 * WORTH_A_PROCESS:
                size = _ENDLESS
                break
            if len(first) >= 2 * OBJECTS_PER_TASK:
                break  # so many, and still so little: fetching them is most of the work, and takes a core by itself
        tasks = self._tasks(chain(first, errands))
        jobs = jobs_for(size, self._means.jobs)
        read = read_tasks(tasks, str(self._means.ledger.staging), jobs)
        take_in(self._means.ledger, self._noted(read, mirror), self._taken, Silent(), COMMIT_EVERY_S)

    def _errands(self, arrived: Iterator[Arrived], mirror: Mirror) -> Iterator[Errand]:
        """What has to be read of what arrived; what is as the ledger has it is only noted."""
        register = self._means.register
        for each in arrived:
            remote, place = each.wanted.remote, each.wanted.place
            identity = kept_identity(each.identity, final=remote.final)
            known = register.of(remote.uri)
            before = register.read(remote.uri)
            if known is not None and known.identity == each.identity and not remote.identity:
                self._counts.same += 1
                mirror.drop(place)
                if known.final != remote.final and before is not None:
                    self._same.append(replace(before, identity=identity))
                elif known.final != remote.final:
                    self._passed.append((remote.uri, identity))
                continue
            item = LocalObject(remote.uri, str(place), each.size_bytes, identity)
            yield Errand(item, each.wanted.delivery, passing=True)

    def _tasks(self, errands: Iterable[Errand]) -> Iterator[list[Errand]]:
        task: list[Errand] = []
        size, begun = 0, time.monotonic()
        for errand in errands:
            task.append(errand)
            size += errand.item.size_bytes
            if size >= BYTES_PER_TASK or len(task) >= OBJECTS_PER_TASK or time.monotonic() - begun > _PATIENCE_S:
                self._sent.append(task)
                yield task
                task, size, begun = [], 0, time.monotonic()
        if task:
            self._sent.append(task)
            yield task

    def _noted(self, results: Iterable[TaskResult], mirror: Mirror) -> Iterator[TaskResult]:
        """The same results; what brought nothing is remembered, or takes the place of what it had brought before."""
        register = self._means.register
        for done in results:
            brought = {each.uri for each in done.read}
            broken = {each.uri for each in done.unreadable}
            for errand in self._sent.popleft():
                uri, identity = errand.item.uri, errand.item.identity
                mirror.forget(errand.item.path)
                before = None if uri in brought | broken else register.read(uri)
                if before is not None:
                    done.read.append(emptied(before, errand))
                elif uri in brought:
                    register.brought_rows(uri)
                else:
                    self._passed.append((uri, identity))
            yield done

    def _fetched(self, wanted: Iterator[Wanted]) -> Iterator[Arrived]:
        """Fetches in threads; gives in the order of the list what could be had.

        Once every thread has work waiting, small objects are handed over several at a time: handing over is dear.
        """
        waiting: deque[tuple[Future[Results], int]] = deque()
        held: list[Wanted] = []
        size = total = 0
        for objects, each in enumerate(wanted, 1):
            total += each.remote.size_bytes
            self._progress.total(objects, total)
            held.append(each)
            size += each.remote.size_bytes
            several = _SEVERAL if len(waiting) >= 2 * self._means.crew.size and each.remote.size_bytes <= _SMALL else 1
            if len(held) < several:
                continue
            while waiting and (len(waiting) >= _UNDER_WAY or size >= _UNDER_WAY_BYTES):
                future, weight = waiting.popleft()
                size -= weight
                yield from self._arrived(future)
            if self._is_over:
                self._counts.cut = self._means.deadline.is_over
                break
            waiting.append(self._begin(held))
            held = []
        if held and not self._is_over:
            waiting.append(self._begin(held))
        while waiting:
            yield from self._arrived(waiting.popleft()[0])

    def _begin(self, wanted: list[Wanted]) -> tuple[Future[Results], int]:
        future = self._means.crew.begin(partial(self._fetch_in_time, wanted))
        self._under_way.add(future)
        return future, sum(each.remote.size_bytes for each in wanted)

    def _fetch_in_time(self, wanted: list[Wanted]) -> Results:
        """In a thread: for each object what arrived, or why it did not; None from when nothing new is begun."""
        results: Results = []
        for each in wanted:
            if self._is_over:
                results.append(None)
                break
            try:
                results.append(_fetch(each))
            except TokenauditError as error:
                self._failures += 1
                results.append(error)
        return results

    def _arrived(self, future: Future[Results]) -> Iterator[Arrived]:
        for result in self._results(future):
            if isinstance(result, LedgerError):
                raise result
            if isinstance(result, TokenauditError):
                self._counts.errors.append(result)
            elif result is None:
                self._counts.cut = self._counts.cut or self._means.deadline.is_over
            else:
                self._counts.fetched += 1
                self._counts.size_bytes += result.size_bytes
                self._progress.advance(1, result.wanted.remote.size_bytes)
                yield result

    def _results(self, future: Future[Results]) -> Results:
        """What became of some objects. When the time is over, what was begun has a little longer to end."""
        grace = _GRACE_S
        while not future.done() and grace > 0:
            wait([future], timeout=_TURN_S)
            grace -= _TURN_S * self._means.deadline.is_over
        if not future.done():
            return [None]
        self._under_way.discard(future)
        return future.result()

    @property
    def _is_over(self) -> bool:
        """Whether nothing new is begun: the time is over, too much went wrong, or nobody waits for it."""
        return self._stopped or self._means.deadline.is_over or self._failures >= _ENOUGH

    def _fetch_all(self, wanted: list[Wanted]) -> list[str]:
        """Fetches these before anything else, and gives their identities. Raises the error of the first that fails."""
        under_way = [self._means.crew.begin(partial(_fetch, each)) for each in wanted]
        identities = []
        for future in under_way:
            arrived = future.result()
            self._counts.fetched += 1
            self._counts.size_bytes += arrived.size_bytes
            identities.append(kept_identity(arrived.identity, final=arrived.wanted.remote.final))
        return identities


def _fetch(wanted: Wanted) -> Arrived:
    remote, place = wanted.remote, wanted.place
    try:
        remote.fetch(place)
        size_bytes = place.stat().st_size
        identity = remote.identity or _hash_of(place)
    except OSError as error:
        raise LedgerError(
            f"{remote.uri} cannot be written into the ledger's folder: {error.strerror}",
            hint="check the disk's space and the folder's permissions, then run the same command again",
        ) from error
    _LOG.debug("fetched %s: %d bytes", remote.uri, size_bytes)
    return Arrived(wanted, identity, size_bytes)


def _hash_of(place: Path) -> str:
    with place.open("rb") as stream:
        return f"sha256:{hashlib.file_digest(stream, 'sha256').hexdigest()}"
