"""`ledger vacuum`: what no version needs goes from the disk, and no figure changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


@pytest.fixture
def ledger(tmp_path: Path) -> Path:
    """A ledger in which one object was read, changed, and read again; and a file that a killed run left."""
    folder, log = tmp_path / "ledger", tmp_path / "log.json"
    logs.write(log, [logs.bedrock(1), logs.bedrock(2)])
    ledgers.take(folder, [log])
    logs.write(log, [logs.bedrock(1), logs.bedrock(3), logs.bedrock(4)])
    ledgers.take(folder, [log])
    left = next((folder / "usage").glob("day=*")) / "left-behind.parquet"
    left.write_bytes(b"what a killed run had written")
    return folder


def _files(ledger: Path) -> set[str]:
    return {str(path.relative_to(ledger)) for path in ledger.rglob("*.parquet")}


def _deleted(done: Done) -> dict[str, int]:
    return {row["table"]: row["files"] for row in done.rows("vacuum")}


def test_what_no_version_needs_goes_and_every_row_stays(tokenaudit: Callable[..., Done], ledger: Path) -> None:
    before, rows = _files(ledger), ledgers.exported(ledger)
    sizes = {path.stat().st_size for path in (ledger / "usage").rglob("*.parquet")}
    done = tokenaudit("ledger", "vacuum", "--ledger", ledger, "--keep", "0h", "--format", "json")
    gone = before - _files(ledger)
    assert done.code == 0, done
    assert _deleted(done) == {"charges": 0, "metrics": 0, "objects": 0, "parts": 0, "usage": 2, "total": 2}
    assert len(gone) == 2
    assert any(name.endswith("left-behind.parquet") for name in gone)
    assert 0 < done.rows("vacuum")[-1]["size_bytes"] < sum(sizes)
    assert ledgers.exported(ledger) == rows
    again = tokenaudit("ledger", "vacuum", "--ledger", ledger, "--keep", "0h", "--format", "json")
    assert _deleted(again)["total"] == 0


def test_a_ledger_goes_on_after_it(tokenaudit: Callable[..., Done], ledger: Path, tmp_path: Path) -> None:
    assert tokenaudit("ledger", "vacuum", "--ledger", ledger, "--keep", "0h").code == 0
    logs.write(tmp_path / "log.json", [logs.bedrock(3)])
    ledgers.take(ledger, [tmp_path / "log.json"])
    fresh = ledgers.taken(tmp_path / "fresh", [tmp_path / "log.json"])
    assert ledgers.exported(ledger) == ledgers.exported(fresh)


def test_what_went_lately_is_kept_for_those_who_read_it(tokenaudit: Callable[..., Done], ledger: Path) -> None:
    before = _files(ledger)
    done = tokenaudit("ledger", "vacuum", "--ledger", ledger, "--format", "json")
    assert (_deleted(done)["total"], _files(ledger)) == (0, before)


def test_a_dry_run_deletes_nothing_and_says_so(tokenaudit: Callable[..., Done], ledger: Path) -> None:
    before = _files(ledger)
    done = tokenaudit("ledger", "vacuum", "--ledger", ledger, "--keep", "0h", "--dry-run", "--format", "json")
    assert (_deleted(done)["total"], _files(ledger)) == (2, before)
    assert done.caveats == {"dry_run": "nothing was deleted: this is what would be"}


@pytest.mark.parametrize("keep", ["7", "2026-10", "-1d", "1000000d", ""])
def test_what_is_no_age_is_refused(tokenaudit: Callable[..., Done], ledger: Path, keep: str) -> None:
    message, hint = tokenaudit("ledger", "vacuum", "--ledger", ledger, f"--keep={keep}").refused(2)
    assert (message, hint) == (f"{keep!r} is no age", "write days (7d), hours (12h) or weeks (2w)")


def test_to_clear_up_makes_no_ledger(tokenaudit: Callable[..., Done], tmp_path: Path) -> None:
    message, _ = tokenaudit("ledger", "vacuum", "--ledger", tmp_path / "none").refused(3)
    assert message == f"there is no ledger in {tmp_path / 'none'}"
    assert not (tmp_path / "none").exists()
