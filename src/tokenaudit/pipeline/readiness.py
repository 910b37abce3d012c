"""How many processes reading is worth, and having them make themselves ready while this one does.

A module that needs next to nothing: it is asked before anything that takes time to load.
"""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from multiprocessing.context import ForkServerContext
    from pathlib import Path

WORTH_A_PROCESS = 8 * 1024 * 1024


def jobs_for(size_bytes: int, wanted: int | None) -> int:
    """How many processes this much work is worth; `wanted` has the last word."""
    if wanted is not None:
        return max(1, wanted)
    return max(1, min(os.cpu_count() or 1, 8, size_bytes // WORTH_A_PROCESS))


def make_ready(paths: Iterable[Path], wanted: int | None) -> None:
    """Where there is much below the paths, starts what worker processes come from: it loads while this process loads.

    They may turn out to be needless, if all of it was read before. What cannot be looked into, or started, is left to
    whoever needs it.
    """
    if wanted == 1 or (os.cpu_count() or 1) == 1:
        return
    with suppress(OSError):
        if any(size >= 2 * WORTH_A_PROCESS for size in accumulate(_sizes(paths))):
            workers()


def workers() -> ForkServerContext:
    """Makes worker processes, each with all that it needs to read loaded before it is asked.

    What they come from is started here, deaf to Ctrl-C: it would show where in loading it was. Workers listen again.
    """
    import multiprocessing  # one process alone does not pay for it  # noqa: PLC0415
    from multiprocessing import forkserver, resource_tracker  # noqa: PLC0415

    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["tokenaudit.pipeline.preload"])
    resource_tracker.ensure_running()  # first: it ends by listening to Ctrl-C, whatever was so before
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        forkserver.ensure_running()
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return context


def _sizes(paths: Iterable[Path]) -> Iterator[int]:
    """Of files, as far as they can be seen at a glance."""
    for path in paths:
        folders = [os.fspath(path)] if path.is_dir() else []
        if not folders and path.is_file():
            yield path.stat().st_size
        while folders:
            with os.scandir(folders.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        folders.append(entry.path)
                    elif entry.is_file(follow_symlinks=False):
                        yield entry.stat(follow_symlinks=False).st_size
