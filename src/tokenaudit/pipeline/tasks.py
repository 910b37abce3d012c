"""Objects to read, parted into tasks, and the tasks carried out: here, or in worker processes.

Copies of an event lie close to one another. Where neighbouring objects are read one after the other by one process,
they are found while their rows are in memory; what two processes hold has to be written again when it is committed. So
where all is known beforehand, each process has a share of neighbours and keeps to it as long as it can.
"""

from __future__ import annotations

import math
from collections import deque
from typing import TYPE_CHECKING

from tokenaudit.pipeline.worker import Task, read_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.ledger.copies import Told
    from tokenaudit.pipeline.worker import Errand, TaskResult

OBJECTS_PER_TASK = 500
BYTES_PER_TASK = 64 * 1024 * 1024
_WORTH_A_TASK = 1024 * 1024


def shares_of(todo: Sequence[Errand], jobs: int) -> list[Iterator[Task]]:
    """The tasks of each process. One that has done its own takes from the end of the share of which most is left.

    The iterators work on the same tasks: all of them together give each task once.
    """
    tasks = list(_tasks(todo, jobs))
    left = [deque(tasks[len(tasks) * at // jobs : len(tasks) * (at + 1) // jobs]) for at in range(jobs)]

    def share(own: deque[list[Errand]]) -> Iterator[Task]:
        while own:
            yield Task(own.popleft(), follows=True)
        while most := max(left, key=len):
            yield Task(most.pop(), follows=False)

    return [share(own) for own in left]


def read_shares(shares: Sequence[Iterator[Task]], staging: str) -> Iterator[TaskResult]:
    """The results of all tasks as they come, those of one share in its order. A single share is read right here."""
    if len(shares) == 1:
        yield from read_tasks((task.errands for task in shares[0]), staging, 1)
        return
    from tokenaudit.pipeline.processes import read_shares_in_processes  # a tenth of a second  # noqa: PLC0415

    yield from read_shares_in_processes(shares, staging)


def read_tasks(tasks: Iterable[list[Errand]], staging: str, jobs: int) -> Iterator[TaskResult]:
    """The results of tasks that come one by one, in their order."""
    if jobs == 1:
        last: dict[str, Told] = {}
        for task in tasks:
            yield read_objects(task, staging, last)
        return
    from tokenaudit.pipeline.processes import read_in_processes  # a tenth of a second  # noqa: PLC0415

    yield from read_in_processes(tasks, staging, jobs)


def _tasks(todo: Sequence[Errand], jobs: int) -> Iterator[list[Errand]]:
    """Tasks of about one size, so that all processes end together."""
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
