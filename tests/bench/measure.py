"""Runs a command and says what it cost: user and system time of its whole process tree, wall time, peak memory.

Linux only. Keep this process small: a child's peak memory begins at its parent's.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

_PR_SET_CHILD_SUBREAPER = 36


@dataclass(frozen=True)
class Cost:
    """Seconds of processor and of wall time; the peak memory of the biggest process in MB; how it ended."""

    cpu_s: float
    wall_s: float
    rss_mb: float
    exit_code: int


def adopt_orphans() -> None:
    """Makes this process inherit the workers that outlive their parent, so that their time is counted too."""
    if ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER) failed")


def measure(command: Sequence[str], *, env: Mapping[str, str] | None = None, stdout: Path) -> Cost:
    """Runs the command to its end and waits for everything that it started. Call `adopt_orphans` once before."""
    with stdout.open("wb") as out:
        begin = time.perf_counter()
        process = subprocess.Popen(command, stdout=out, env={**os.environ, **(env or {})})
        cpu_s = rss_mb = 0.0
        exit_code, wall_s = -1, 0.0
        while True:
            try:
                pid, status, usage = os.wait4(-1, 0)
            except ChildProcessError:
                break
            # A process's own usage includes the children that it has waited for.
            cpu_s += usage.ru_utime + usage.ru_stime
            rss_mb = max(rss_mb, usage.ru_maxrss / 1024)
            if pid == process.pid:
                wall_s = time.perf_counter() - begin
                exit_code = process.returncode = os.waitstatus_to_exitcode(status)
    return Cost(cpu_s, wall_s, rss_mb, exit_code)
