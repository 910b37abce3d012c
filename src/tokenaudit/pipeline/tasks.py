"""Objects to read, parted into tasks, and the tasks carried out: here, or in worker processes."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from tokenaudit.pipeline.worker import read_objects

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.ledger.copies import Told
    from tokenaudit.pipeline.worker import Errand, TaskResult

OBJECTS_PER_TASK = 500
BYTES_PER_TASK = 64 * 1024 * 1024
_WORTH_A_TASK = 1024 * 1024


def tasks_of(todo: Sequence[Errand], jobs: int) -> Iterator[list[Errand]]:
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


def read_tasks(tasks: Iterable[list[Errand]], staging: str, jobs: int) -> Iterator[TaskResult]:
    """The results of all tasks, in order."""
    if jobs == 1:
        last: dict[str, Told] = {}
        for task in tasks:
            yield read_objects(task, staging, last)
        return
    from tokenaudit.pipeline.processes import read_in_processes  # a tenth of a second  # noqa: PLC0415

    yield from read_in_processes(tasks, staging, jobs)
