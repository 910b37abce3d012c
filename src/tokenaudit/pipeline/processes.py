"""Tasks in worker processes. A module of its own, because one process alone should not pay for its imports."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TYPE_CHECKING

from tokenaudit.errors import DataError
from tokenaudit.pipeline.readiness import workers
from tokenaudit.pipeline.worker import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from concurrent.futures import Future

    from tokenaudit.pipeline.worker import Errand, TaskResult


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

    def wait() -> None:
        multiprocessing.connection.wait([parent.sentinel])
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def read_in_processes(tasks: Iterable[list[Errand]], staging: str, jobs: int) -> Iterator[TaskResult]:
    """The results of all tasks, in their order."""
    with ProcessPoolExecutor(jobs, mp_context=workers(), initializer=begin_work) as pool:
        waiting: list[Future[TaskResult]] = []
        try:
            for task in tasks:
                waiting.append(pool.submit(read_objects, task, staging))
                while len(waiting) > 2 * jobs or (waiting and waiting[0].done()):
                    yield waiting.pop(0).result()
            while waiting:
                yield waiting.pop(0).result()
        except BrokenProcessPool as error:
            raise DataError(
                "a worker process was ended from outside, perhaps for lack of memory",
                hint="run the same command again: what was committed is kept; TOKENAUDIT_JOBS=1 needs the least memory",
            ) from error
        finally:
            pool.shutdown(cancel_futures=True)
