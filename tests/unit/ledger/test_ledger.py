"""The ledger folder: what may be one, who may write to it, what it remembers of what was read."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.properties import ledgers, logs

from tokenaudit.errors import ConfigError, LedgerError
from tokenaudit.ledger import objects
from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.model.ports import LEDGER_MARKER
from tokenaudit.model.reject import Reject

if TYPE_CHECKING:
    from collections.abc import Iterator


def test_a_new_folder_becomes_a_ledger_and_nothing_else_does(tmp_path: Path) -> None:
    with open_for_writing(tmp_path / "a" / "b") as ledger:
        assert (ledger.version, ledger.usage_files(), dict(ledger.objects())) == (None, [], {})
    open_for_reading(tmp_path / "a" / "b")
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "thesis.txt").write_text("")
    with pytest.raises(ConfigError, match="is no ledger"), open_for_writing(tmp_path / "full"):
        pass
    for name in ("full", "nowhere"):
        with pytest.raises(LedgerError, match="no ledger"):
            open_for_reading(tmp_path / name)
    assert not (tmp_path / "nowhere").exists()


def test_a_ledger_that_was_hardly_begun_is_made(tmp_path: Path) -> None:
    (tmp_path / f".{LEDGER_MARKER}.123").touch()
    with open_for_writing(tmp_path) as ledger:
        assert ledger.version is None


def test_a_ledger_that_another_process_makes_in_this_moment_is_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listed = Path.iterdir

    def late(folder: Path) -> Iterator[Path]:
        (tmp_path / LEDGER_MARKER).touch()
        (tmp_path / "usage").mkdir()
        monkeypatch.undo()
        return listed(folder)

    monkeypatch.setattr(Path, "iterdir", late)
    with open_for_writing(tmp_path) as ledger:
        assert ledger.folder == tmp_path


def test_one_writes_at_a_time_and_others_read(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    ledgers.take(tmp_path / "ledger", [path])
    with open_for_writing(tmp_path / "ledger"):
        assert len(ledgers.rows_of(tmp_path / "ledger")) == 1
        with pytest.raises(LedgerError, match="another process"), open_for_writing(tmp_path / "ledger", wait_s=0):
            pass
    with open_for_writing(tmp_path / "ledger", wait_s=0):
        pass


def test_the_lock_is_given_back_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), open_for_writing(tmp_path / "ledger"):
        raise ZeroDivisionError
    with open_for_writing(tmp_path / "ledger", wait_s=0):
        pass


def test_an_open_ledger_shows_what_was_committed_when_it_was_opened(tmp_path: Path) -> None:
    first, second = (logs.write(tmp_path / f"{name}.json", [logs.bedrock(number)]) for number, name in enumerate("ab"))
    ledgers.take(tmp_path / "ledger", [first])
    opened = open_for_reading(tmp_path / "ledger")
    before = opened.usage_files()
    ledgers.take(tmp_path / "ledger", [second])
    assert opened.usage_files() == before
    assert len(open_for_reading(tmp_path / "ledger").usage_files()) > len(before)
    assert all(path.is_file() for path in before), "a reader's files stay where they are"


def test_the_folder_may_be_moved(tmp_path: Path) -> None:
    first, second = (logs.write(tmp_path / f"{name}.json", [logs.bedrock(1), logs.llm(name)][:1]) for name in "ab")
    ledgers.take(tmp_path / "ledger", [second])
    (tmp_path / "ledger").rename(tmp_path / "elsewhere")
    ledgers.take(tmp_path / "elsewhere", [first])
    assert len(ledgers.rows_of(tmp_path / "elsewhere")) == 1


def test_partitions_are_the_utc_days_of_their_rows(tmp_path: Path) -> None:
    records = [logs.bedrock(number, logs.after(hours=12 * number)) for number in range(5)]
    ledgers.take(tmp_path / "ledger", [logs.write(tmp_path / "a.json", records)])
    found = {file.day: file.rows for file in open_for_reading(tmp_path / "ledger").partitions("usage")}
    assert found == {"2026-10-01": 2, "2026-10-02": 2, "2026-10-03": 1}
    assert all(str(row["day"]) == f"{row['started_at']:%Y-%m-%d}" for row in ledgers.rows_of(tmp_path / "ledger"))


def test_a_commit_carries_the_mark_of_its_intent(tmp_path: Path) -> None:
    ledgers.take(tmp_path / "ledger", [logs.write(tmp_path / "a.json", [logs.bedrock(1)])])
    newest = open_for_reading(tmp_path / "ledger").history()[0]
    assert newest.metadata["tokenaudit"]


def test_of_an_object_s_rejects_a_thousand_are_kept_and_all_are_counted(tmp_path: Path) -> None:
    number = objects.KEPT_REJECTS + 5
    path = tmp_path / "a.json"
    good = json.dumps(logs.bedrock(1))
    path.write_text("\n".join([good, *(f"{{torn {each}" for each in range(number))]), encoding="utf-8")
    (result,) = ledgers.take(tmp_path / "ledger", [path])
    assert result.total().rejects == number
    (known,) = open_for_reading(tmp_path / "ledger").objects().values()
    assert (known.records, known.reject_count, len(known.rejects)) == (number + 1, number, objects.KEPT_REJECTS)
    assert known.rejects[0] == Reject(path.as_uri(), 2, known.rejects[0].reason)


def test_the_newest_reading_of_an_object_is_in_force(tmp_path: Path) -> None:
    path = logs.write(tmp_path / "a.json", [logs.bedrock(1), {**logs.bedrock(2), "timestamp": "x"}])
    ledgers.take(tmp_path / "ledger", [path])
    logs.write(path, [logs.bedrock(number) for number in range(4)])
    ledgers.take(tmp_path / "ledger", [path])
    (known,) = open_for_reading(tmp_path / "ledger").objects().values()
    assert (known.records, known.reject_count) == (4, 0)


def test_parts_and_copies_can_be_read_with_any_tool_too(tmp_path: Path) -> None:
    """The losing copy and the parts of calls lie in a Delta table of their own, which no report reads."""
    one = logs.write(tmp_path / "a.json", [logs.bedrock(1)])
    two = logs.write(tmp_path / "b.json", [logs.bedrock(1)])
    three = logs.write(tmp_path / "c.json", [logs.llm("call-1"), logs.gateway("call-1"), logs.gateway("call-2")])
    ledgers.take(tmp_path / "ledger", [one, two, three])
    from deltalake import DeltaTable  # noqa: PLC0415

    parts = DeltaTable(tmp_path / "ledger" / "parts").to_pyarrow_table().column("part").to_pylist()
    assert sorted(parts) == ["copy", "gateway", "gateway", "llm"]
    usage = DeltaTable(tmp_path / "ledger" / "usage").to_pyarrow_table()
    assert usage.num_rows == 2
