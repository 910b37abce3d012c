"""Worker processes make themselves ready where there is much to read, and nowhere else."""

from __future__ import annotations

import os
import signal
import time
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import forkserver
from typing import TYPE_CHECKING

import pytest

from tokenaudit.pipeline import readiness
from tokenaudit.pipeline.processes import begin_work
from tokenaudit.pipeline.readiness import jobs_for, make_ready, workers

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each time that the server of worker processes was asked for, on a machine of two cores."""
    calls: list[bool] = []
    monkeypatch.setattr(forkserver, "ensure_running", lambda: calls.append(True))
    monkeypatch.setattr("os.cpu_count", lambda: 2)
    monkeypatch.setattr(readiness, "WORTH_A_PROCESS", 100)
    return calls


def files(folder: Path, *sizes: int) -> Path:
    for number, size in enumerate(sizes):
        path = folder / f"day={number}" / "log.json"
        path.parent.mkdir(parents=True)
        path.write_bytes(bytes(size))
    return folder


@pytest.mark.parametrize(("sizes", "wanted", "times"), [((99, 99), None, 0), ((150, 50), None, 1), ((999,), 1, 0)])
def test_as_much_as_two_are_worth(
    tmp_path: Path, started: list[bool], sizes: tuple[int, ...], wanted: int | None, times: int
) -> None:
    make_ready([files(tmp_path, *sizes)], wanted)
    assert len(started) == times
    assert times == 0 or jobs_for(sum(sizes), wanted) == 2


def test_files_count_and_what_is_not_there_does_not(tmp_path: Path, started: list[bool]) -> None:
    make_ready([tmp_path / "nowhere", *files(tmp_path, 300).rglob("*.json")], None)
    assert started == [True]


def test_what_cannot_be_looked_into_is_left_alone(
    tmp_path: Path, started: list[bool], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder that may not be opened is a complaint of the reading itself."""

    def refuse(path: str) -> None:
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr("os.scandir", refuse)
    make_ready([files(tmp_path, 300)], None)
    assert started == []


def test_what_workers_come_from_is_deaf_to_ctrl_c_while_it_loads(monkeypatch: pytest.MonkeyPatch) -> None:
    blocked: list[bool] = []
    monkeypatch.setattr(forkserver, "ensure_running", lambda: blocked.append(_is_deaf()))
    workers()
    assert (blocked, _is_deaf()) == ([True], False)


def test_workers_end_at_ctrl_c() -> None:
    with ProcessPoolExecutor(1, mp_context=workers(), initializer=begin_work) as pool:
        worker = pool.submit(os.getpid).result(60)
        waiting = pool.submit(time.sleep, 20)
        os.kill(worker, signal.SIGINT)
        with pytest.raises(BrokenProcessPool):
            waiting.result(15)


def _is_deaf() -> bool:
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, ())
