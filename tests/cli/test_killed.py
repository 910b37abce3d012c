"""An ingest that is killed for real, at several moments, and run again: the same ledger as of an undisturbed run."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.cli.conftest import COMMAND, environment
from tests.properties import ledgers, logs

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done

FILES = 160
RECORDS = 40
# A sign of life under the ledger folder: as soon as something of that name is there, the process is killed.
# What lies between these is cut at every place by tests/unit/ledger/test_recover.py, in one process.
SIGNS = ("staging/*", "intent.json", "usage/_delta_log/*", "objects/_delta_log/*")


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A few hundred small files. Every tenth record stands in the next file too; parts of calls lie in two files."""
    folder = tmp_path_factory.mktemp("many")
    for number in range(FILES):
        first = number * RECORDS
        own = [
            logs.bedrock(event, logs.after(seconds=event)) for event in range(first - RECORDS // 10, first + RECORDS)
        ]
        logs.write(folder / f"aws-{number:03}.json.gz", own)
        if number % 8 == 0:
            calls = range(number, number + 8)
            logs.write(
                folder / f"llm-{number:03}.json", [logs.llm(f"call-{call}", logs.after(seconds=call)) for call in calls]
            )
            logs.write(
                folder / f"gateway-{number:03}.json",
                [logs.gateway(f"call-{call}", logs.after(seconds=call)) for call in calls],
            )
    return folder


@pytest.fixture(scope="module")
def undisturbed(many: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The export of a ledger that nobody disturbed."""
    return ledgers.exported(ledgers.taken(tmp_path_factory.mktemp("undisturbed") / "ledger", [many]))


def _ingest(many: Path, ledger: Path, jobs: int) -> subprocess.Popen[bytes]:
    """The ingest, begun, in a session of its own: all its processes can be found by it."""
    ledger.parent.mkdir(exist_ok=True)
    return subprocess.Popen(
        [*COMMAND, "ingest", str(many), "--ledger", str(ledger)],
        cwd=ledger.parent,
        env=environment(ledger.parent, TOKENAUDIT_JOBS=str(jobs)),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        start_new_session=True,
    )


def _finish(many: Path, ledger: Path) -> None:
    running = _ingest(many, ledger, 2)
    _, said = running.communicate(timeout=60)
    assert running.returncode == 0, said


def _alive(session: int) -> list[int]:
    """Processes of a session, zombies apart."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if int(fields[3]) == session and fields[0] not in "ZX":
                found.append(int(entry.name))
    return found


def _gone(session: int, within_s: float) -> bool:
    deadline = time.monotonic() + within_s
    while time.monotonic() < deadline:
        if not _alive(session):
            return True
        time.sleep(0.05)
    return False


def _wait_for(running: subprocess.Popen[bytes], reached: Callable[[], bool]) -> None:
    """Returns when it is reached, or the process has ended before we saw it."""
    while running.poll() is None and not reached():
        time.sleep(0.001)


@pytest.mark.parametrize(("sign", "jobs"), [*((sign, 2) for sign in SIGNS), ("intent.json", 1)])
def test_killed_at_a_sign_and_run_again_it_is_the_same_ledger(
    many: Path, undisturbed: str, tmp_path: Path, sign: str, jobs: int
) -> None:
    ledger = tmp_path / "ledger"
    running = _ingest(many, ledger, jobs)
    _wait_for(running, lambda: any(ledger.glob(sign)))
    running.kill()
    running.communicate()
    if sign == "staging/*":  # the later a sign, the likelier is an end of its own before the signal
        assert running.returncode == -signal.SIGKILL
    assert _gone(running.pid, within_s=5), "workers outlive the process that started them"
    ledgers.take(ledger, [many])
    assert ledgers.exported(ledger) == undisturbed


def test_killed_again_and_again_it_is_the_same_ledger_in_the_end(many: Path, undisturbed: str, tmp_path: Path) -> None:
    ledger = tmp_path / "ledger"
    for delay_ms in (300, 450, 600, 800):
        running = _ingest(many, ledger, 2)
        time.sleep(delay_ms / 1000)
        running.kill()
        running.communicate()
        assert _gone(running.pid, within_s=5)
    _finish(many, ledger)
    assert ledgers.exported(ledger) == undisturbed


@pytest.mark.parametrize("jobs", [1, 2])
def test_interrupted_from_the_keyboard_it_says_so_in_two_lines_and_the_ledger_is_whole(
    many: Path, undisturbed: str, tmp_path: Path, jobs: int
) -> None:
    ledger = tmp_path / "ledger"
    running = _ingest(many, ledger, jobs)
    _wait_for(running, lambda: any(ledger.glob("staging/*")))
    os.killpg(running.pid, signal.SIGINT)  # a terminal sends it to all processes of the command
    out, said = running.communicate(timeout=30)
    assert (running.returncode, out) == (130, b"")
    assert [line.split(b":")[0] for line in said.splitlines()] == [b"error", b"hint"], said.decode()
    assert _gone(running.pid, within_s=5)
    ledgers.take(ledger, [many])
    assert ledgers.exported(ledger) == undisturbed


def test_of_two_ingests_at_once_the_second_waits_or_says_that_the_ledger_is_busy(
    many: Path, undisturbed: str, tmp_path: Path
) -> None:
    ledger = tmp_path / "ledger"
    both = [_ingest(many, ledger, 1), _ingest(many, ledger, 1)]
    said = [(running, running.communicate(timeout=60)[1].decode()) for running in both]
    for running, words in said:
        assert running.returncode == 0 or (running.returncode == 3 and "another process" in words), words
    assert ledgers.exported(ledger) == undisturbed


def test_a_busy_ledger_can_be_read_and_a_writer_is_told(
    tokenaudit: Callable[..., Done], two_clouds: Path, tmp_path: Path
) -> None:
    from tokenaudit.errors import LedgerError  # noqa: PLC0415
    from tokenaudit.ledger.ledger import open_for_writing  # noqa: PLC0415

    ledger = tmp_path / "ledger"
    ledgers.take(ledger, [two_clouds])
    with open_for_writing(ledger):
        assert tokenaudit("compare", "--ledger", ledger).code == 0
        with pytest.raises(LedgerError, match="another process"), open_for_writing(ledger, wait_s=0.01):
            pass
