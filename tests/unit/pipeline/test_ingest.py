"""The ingest as a function: the same in one process or several, and honest about what it could not do."""

from __future__ import annotations

import errno
import gzip
import os
from io import FileIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from tests.properties import ledgers, logs

from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
from tokenaudit.pipeline import ingest as pipeline
from tokenaudit.pipeline import tasks, worker
from tokenaudit.pipeline.ingest import IngestResult, ingest
from tokenaudit.providers import reading

FILES = 12


@pytest.fixture
def many(tmp_path: Path) -> Path:
    """A dozen files of both clouds, each record of a file again in the next one; and some that are none."""
    folder = tmp_path / "logs"
    for number in range(FILES):
        own = [logs.bedrock(event, logs.after(hours=event)) for event in range(4 * number, 4 * number + 8)]
        logs.write(folder / f"aws-{number:02}.json.gz", own)
        logs.write(folder / f"azure-{number:02}.json", [logs.llm(f"call-{number}"), logs.gateway(f"call-{number - 1}")])
    (folder / "notes.txt").write_text("no log at all")
    (folder / "damaged.json.gz").write_bytes((folder / "aws-00.json.gz").read_bytes()[:60])
    return folder


class Watching:
    """Remembers what it is told."""

    def __init__(self) -> None:
        self.expected = (0, 0)
        self.done = [0, 0]

    def total(self, objects: int, size_bytes: int) -> None:
        self.expected = (objects, size_bytes)

    def advance(self, objects: int, size_bytes: int) -> None:
        self.done[0] += objects
        self.done[1] += size_bytes


def _take(ledger: Path, logs_folder: Path, jobs: int | None) -> IngestResult:
    with open_for_writing(ledger) as opened:
        return ingest(opened, [logs_folder], jobs)


class Failing(FileIO):
    """A file of which the system gives the beginning only: another program has locked the rest, or a share is gone."""

    given = 0

    def read(self, size: int | None = -1, /) -> bytes:
        if self.name.endswith("b.json") and self.tell() >= self.given:
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return super().read(size)


@pytest.mark.parametrize(("given", "rows"), [(0, 80), (1, 100)])
def test_a_file_that_cannot_be_read_to_its_end_is_told_and_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: int, rows: int
) -> None:
    for place, name in enumerate("abc"):
        logs.write(tmp_path / "logs" / f"{name}.json", [logs.bedrock(40 * place + event) for event in range(40)])
    size = (tmp_path / "logs" / "b.json").stat().st_size
    monkeypatch.setattr(reading, "PIECE", size // 2)
    monkeypatch.setattr(Failing, "given", given)
    with monkeypatch.context() as patch:
        patch.setattr(worker, "FileIO", Failing)
        result = _take(tmp_path / "ledger", tmp_path / "logs", 1)
    assert result.total().rows == rows
    told = [each for each in (*result.unreadable, *result.rejects) if "to its end" in each.reason]
    assert [each.reason for each in told] == [f"cannot be read to its end: {os.strerror(errno.EIO)}"]
    again = _take(tmp_path / "ledger", tmp_path / "logs", 1)
    assert (again.total().objects, again.total().skipped, again.total().rejects) == (1, 2, 0)
    _take(tmp_path / "whole", tmp_path / "logs", 1)
    assert ledgers.exported(tmp_path / "ledger") == ledgers.exported(tmp_path / "whole")


def test_several_processes_do_what_one_does(many: Path, tmp_path: Path) -> None:
    alone = _take(tmp_path / "one", many, 1)
    together = _take(tmp_path / "two", many, 2)
    assert ledgers.exported(tmp_path / "one") == ledgers.exported(tmp_path / "two")
    assert together.by_source == alone.by_source
    assert together.rejects == alone.rejects
    assert together.unrecognised == alone.unrecognised


def test_many_commits_do_what_one_does(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = _take(tmp_path / "one", many, 1)
    monkeypatch.setattr(pipeline, "ROWS_PER_COMMIT", 5)
    monkeypatch.setattr(tasks, "OBJECTS_PER_TASK", 2)
    pieces = _take(tmp_path / "many", many, 1)
    assert ledgers.exported(tmp_path / "one") == ledgers.exported(tmp_path / "many")
    assert pieces.total() == whole.total()
    first, last = (open_for_reading(tmp_path / name).version for name in ("one", "many"))
    assert first is not None
    assert last is not None
    assert last > first


def test_the_counts_add_up(many: Path, tmp_path: Path) -> None:
    result = _take(tmp_path / "ledger", many, 1)
    aws = result.by_source["aws.invocation_logs"]
    assert aws.records == aws.rows + aws.duplicates + aws.rejects
    assert aws.rows == 4 * FILES + 4
    assert result.by_source["azure.gateway_logs"].rows == FILES
    assert [uri.rpartition("/")[2] for uri in result.unrecognised] == ["notes.txt"]


def test_whoever_watches_is_told_of_every_byte(many: Path, tmp_path: Path) -> None:
    watching = Watching()
    with open_for_writing(tmp_path / "ledger") as ledger:
        ingest(ledger, [many], 1, watching)
    files = [path for path in many.iterdir() if path.is_file()]
    assert watching.expected == (len(files), sum(path.stat().st_size for path in files))
    assert watching.done[1] == watching.expected[1]


def test_nothing_is_left_in_the_staging_folder(many: Path, tmp_path: Path) -> None:
    _take(tmp_path / "ledger", many, 2)
    staging = tmp_path / "ledger" / "staging"
    assert not staging.exists() or list(staging.iterdir()) == []
    assert not (tmp_path / "ledger" / "intent.json").exists()


def test_every_data_file_is_in_a_commit(many: Path, tmp_path: Path) -> None:
    """None is left over that no reader knows of, after the first ingest of everything."""
    _take(tmp_path / "ledger", many, 1)
    known = {path.resolve() for path in open_for_reading(tmp_path / "ledger").usage_files()}
    assert {path.resolve() for path in (tmp_path / "ledger" / "usage").rglob("*.parquet")} == known


@pytest.mark.parametrize(
    ("content", "seen"),
    [
        (b"", "no file that holds anything"),
        (b"hello", "1 file of no kind"),
        (b"\x00" * 10, "1 file of no kind"),
    ],
)
def test_where_nothing_is_recognised_there_is_something_to_complain_of(
    tmp_path: Path, content: bytes, seen: str
) -> None:
    (tmp_path / "logs").mkdir()
    (tmp_path / "logs" / "x").write_bytes(content)
    result = _take(tmp_path / "ledger", tmp_path / "logs", 1)
    assert f"no logs, bills or metrics in {tmp_path / 'logs'}: {seen}" in str(result.nothing([tmp_path / "logs"]))
    missing = _take(tmp_path / "ledger", tmp_path / "nowhere", 1)
    assert "does not exist" in str(missing.nothing([tmp_path / "nowhere"]))


def test_where_all_is_known_already_there_is_nothing_to_complain_of(many: Path, tmp_path: Path) -> None:
    assert _take(tmp_path / "ledger", many, 1).nothing([many]) is None
    assert _take(tmp_path / "ledger", many, 1).nothing([many]) is None


def test_a_file_that_vanishes_before_it_is_opened_is_said(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = worker.read_objects
    gone = many / "aws-03.json.gz"

    def late(*arguments: object, **named: object) -> object:
        gone.unlink(missing_ok=True)
        return read(*arguments, **named)  # type: ignore[arg-type]  # as it was called

    with monkeypatch.context() as patch:
        patch.setattr(tasks, "read_objects", late)
        result = _take(tmp_path / "ledger", many, 1)
    assert [reject.uri.rpartition("/")[2] for reject in result.unreadable] == [gone.name, "damaged.json.gz"]
    assert result.total().rejects == 2 + sum(count.rejects for count in result.by_source.values())
    logs.write(gone, [logs.bedrock(999)])
    assert _take(tmp_path / "ledger", many, 1).by_source["aws.invocation_logs"].rows == 1


def test_a_source_that_reads_better_now_reads_again(
    many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tokenaudit import registry  # noqa: PLC0415

    _take(tmp_path / "ledger", many, 1)
    before = ledgers.exported(tmp_path / "ledger")
    source = registry.source("aws.invocation_logs")
    monkeypatch.setattr(type(source), "version", source.version + 1)
    again = _take(tmp_path / "ledger", many, 1)
    assert again.by_source["aws.invocation_logs"].objects >= FILES
    assert again.by_source["azure.gateway_logs"].objects == 0
    assert ledgers.exported(tmp_path / "ledger") == before


def test_a_file_whose_time_alone_changed_is_read_again_and_changes_nothing(many: Path, tmp_path: Path) -> None:
    _take(tmp_path / "ledger", many, 1)
    before = ledgers.exported(tmp_path / "ledger")
    os.utime(many / "aws-05.json.gz", ns=(1, 1))
    result = _take(tmp_path / "ledger", many, 1)
    assert result.by_source["aws.invocation_logs"].objects == 1
    assert ledgers.exported(tmp_path / "ledger") == before


@pytest.mark.parametrize("content", [b"", b"\n", gzip.compress(b"", mtime=0), b"notes of somebody"])
def test_what_holds_no_records_any_more_loses_its_rows(many: Path, tmp_path: Path, content: bytes) -> None:
    changed = many / "azure-03.json"
    _take(tmp_path / "ledger", many, 1)
    changed.write_bytes(content)
    result = _take(tmp_path / "ledger", many, 1).by_source["azure.gateway_logs"]
    assert (result.objects, result.records, result.skipped) == (1, 0, FILES - 1)
    _take(tmp_path / "fresh", many, 1)
    assert ledgers.exported(tmp_path / "ledger") == ledgers.exported(tmp_path / "fresh")
    assert _take(tmp_path / "ledger", many, 1).total().objects == 0


@pytest.mark.parametrize("content", [b"", b'{"ResultsByTime": []}'])
def test_of_a_bill_that_is_there_twice_the_other_copy_counts_once_the_first_is_gone(
    tmp_path: Path, content: bytes
) -> None:
    bill = Path(__file__).parents[3] / "fixtures" / "aws" / "cost_explorer" / "record_types.raw.json"
    for name in ("a.json", "b.json"):
        (tmp_path / "bills" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "bills" / name).write_bytes(bill.read_bytes())
    _take(tmp_path / "ledger", tmp_path / "bills", 1)
    (file,) = open_for_reading(tmp_path / "ledger").charges_files()
    (tmp_path / "bills" / "a.json").write_bytes(content)
    result = _take(tmp_path / "ledger", tmp_path / "bills", 1).by_source["aws.cost_explorer"]
    assert (result.objects, result.skipped) == (2, 0)
    (again,) = open_for_reading(tmp_path / "ledger").charges_files()
    assert pq.read_metadata(again).num_rows == pq.read_metadata(file).num_rows
