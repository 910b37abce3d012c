"""Tasks in worker processes. A module of its own, because one process alone should not pay for its imports."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from tokenaudit.errors import DataError
from tokenaudit.pipeline.readiness import workers
from tokenaudit.pipeline.worker import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from concurrent.futures import Future

    from tokenaudit.ledger.copies import Told
    from tokenaudit.pipeline.worker import Errand, Task, TaskResult

_last: dict[str, Told] = {}
"""In a worker: by source, the last rows of the tasks before."""


def begin_work() -> None:
    """Has this worker end with its parent, and at Ctrl-C without a word: what it comes from is deaf to it."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    watch_parent()


def watch_parent() -> None:
    """Ends this worker when the process that started it dies, even by SIGKILL: nobody is left to commit its work."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait_for_its_end() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait_for_its_end, daemon=True).start()


def read_in_processes(tasks: Iterable[list[Errand]], staging: str, jobs: int) -> Iterator[TaskResult]:
    """The results of all tasks, in their order: for those that come one by one, whichever process is free."""
    with _processes(1, jobs) as (pool,):
        waiting: list[Future[TaskResult]] = []
        for task in tasks:
            waiting.append(pool.submit(read_objects, task, staging))
            while len(waiting) > 2 * jobs or (waiting and waiting[0].done()):
                yield waiting.pop(0).result()
        while waiting:
            yield waiting.pop(0).result()


def read_shares_in_processes(shares: Sequence[Iterator[Task]], staging: str) -> Iterator[TaskResult]:
    """The results of all tasks as they come, those of one share in its order; each share in a process of its own."""
    with _processes(len(shares), 1) as pools:
        under_way: dict[Future[TaskResult], int] = {}

        def hand_on(at: int) -> None:
            task = next(shares[at], None)
            if task is not None:
                under_way[pools[at].submit(_read_on, task, staging)] = at

        for at in [*range(len(shares))] * 2:  # one task to work at, and one that waits
            hand_on(at)
        while under_way:
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for each in [each for each in under_way if each in done]:
                hand_on(under_way.pop(each))
                yield each.result()


def _read_on(task: Task, staging: str) -> TaskResult:
    if not task.follows:
        _last.clear()
    return read_objects(task.errands, staging, _last)


@contextmanager
def _processes(pools: int, workers_each: int) -> Iterator[list[ProcessPoolExecutor]]:
    """Pools of workers, gone at the end of the block. Raises DataError when somebody ends one of them."""
    context = workers()
    with ExitStack() as opened:
        made = [ProcessPoolExecutor(workers_each, mp_context=context, initializer=begin_work) for _ in range(pools)]
        for pool in made:
            opened.callback(pool.shutdown, cancel_futures=True)
        try:
            yield made
        except BrokenProcessPool as error:
            raise DataError(
                "a worker process was ended from outside, perhaps for lack of memory",
                hint="run the same command again: what was committed is kept; TOKENAUDIT_JOBS=1 needs the least memory",
            ) from error
