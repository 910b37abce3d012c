"""What may be named on the command line, and lie in a folder: nothing crashes, hangs, or is mistaken."""

from __future__ import annotations

import gzip
import os
import shutil
from io import FileIO
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from tests.properties import logs

from tokenaudit.pipeline import worker

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.cli.conftest import Done


def test_a_path_that_does_not_exist(inside: Callable[..., Done], here: Path) -> None:
    message, hint = inside("ingest", "nowhere").refused(3)
    assert "nowhere" in message
    assert "does not exist" in message
    assert hint
    told = inside("ingest", "nowhere", "--format", "json")
    assert (told.code, told.rows("ingest")[-1]["rejects"]) == (3, 1)
    assert list(here.iterdir()) == [], "no ledger is made of nothing"


@pytest.mark.parametrize("command", ["ingest", "compare", "check", "reconcile"])
def test_an_address_of_a_cloud_is_no_path(inside: Callable[..., Done], command: str) -> None:
    message, hint = inside(command, "s3://bucket/AWSLogs").refused(2)
    assert message == "s3://bucket/AWSLogs is not on this machine"
    assert "tokenaudit pull" in hint


def test_one_that_does_not_exist_beside_one_that_does_is_said_and_counted(
    inside: Callable[..., Done], two_clouds: Path
) -> None:
    done = inside("ingest", two_clouds, "nowhere", "--format", "json")
    assert done.code == 0
    assert "nowhere" in done.caveats["rejects"]
    assert done.rows("ingest")[-1]["rejects"] == 1
    assert inside("ingest", two_clouds, "nowhere", "--strict").code == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n",
        b"\x00\x01\x02" * 500,
        b"%PDF-1.7 ...",
        b"hello, world\n",
        b"{}",
        b"[]",
        gzip.compress(b"", mtime=0),
        b"\x1f\x8b\x08",
    ],
)
def test_a_file_that_is_no_log_ends_with_3_alone_and_is_passed_over_in_company(
    inside: Callable[..., Done], here: Path, content: bytes
) -> None:
    (here / "logs").mkdir()
    (here / "logs" / "other").write_bytes(content)
    inside("ingest", "logs").refused(3)
    logs.write(here / "logs" / "good.json", [logs.bedrock(1)])
    done = inside("ingest", "logs", "--format", "json")
    assert done.code == 0
    assert next(row for row in done.rows("ingest") if row["source"] == "aws.invocation_logs")["rows"] == 1


def test_an_empty_folder(inside: Callable[..., Done], here: Path) -> None:
    (here / "empty").mkdir()
    assert "empty" in inside("ingest", "empty").refused(3)[0]
    inside("compare", "empty").refused(3)


def test_pipes_devices_and_sockets_are_not_opened(tokenaudit: Callable[..., Done], here: Path) -> None:
    logs.write(here / "logs" / "good.json", [logs.bedrock(1)])
    os.mkfifo(here / "logs" / "pipe")
    (here / "logs" / "device").symlink_to("/dev/zero")
    done = tokenaudit("ingest", "logs", "--format", "json")
    assert done.code == 0
    assert done.rows("ingest")[-1] | {"rows": 1, "rejects": 2} == done.rows("ingest")[-1]
    tokenaudit("ingest", "/dev/zero").refused(3)


def test_links_are_followed_once_and_circles_end(inside: Callable[..., Done], here: Path) -> None:
    real = logs.write(here / "logs" / "good.json", [logs.bedrock(1)])
    (here / "logs" / "again.json").symlink_to(real)
    (here / "logs" / "round").symlink_to("round")
    (here / "logs" / "up").symlink_to(here / "logs")
    done = inside("ingest", "logs", "--format", "json")
    assert done.rows("ingest")[0] | {"objects": 1, "rows": 1, "duplicates": 0} == done.rows("ingest")[0]


@pytest.mark.parametrize(
    "name", ["with space", "ünïcode", "per%20cent", "quo'te", 'dou"ble', "gl[o]b*?", "semi;colon", "-dash", "hash#tag"]
)
def test_any_name_will_do_for_logs(inside: Callable[..., Done], here: Path, name: str) -> None:
    logs.write(here / name / f"{name}.json", [logs.bedrock(1)])
    done = inside("ingest", "--format", "json", "--", name)
    assert (done.code, done.rows("ingest")[0]["rows"]) == (0, 1)
    again = inside("ingest", "--format", "json", "--", here / name / f"{name}.json")
    assert again.rows("ingest")[0]["skipped"] == 1
    (row,) = inside("compare", "--format", "json", "--by", "object_uri").rows()
    assert row["object_uri"] == (here / name / f"{name}.json").as_uri()


@pytest.mark.parametrize("name", ["with space", "ünïcode", "quo'te", 'dou"ble', "gl[o]b*?", "semi;colon", "hash#tag"])
def test_any_usual_name_will_do_for_a_ledger(
    inside: Callable[..., Done], here: Path, two_clouds: Path, name: str
) -> None:
    assert inside("ingest", two_clouds, "--ledger", name).code == 0
    assert sum(row["requests"] for row in inside("compare", "--ledger", name, "--format", "json").rows()) == 10
    assert inside("ledger", "history", "--ledger", name).code == 0
    assert [each.name for each in here.iterdir()] == [name]


@pytest.mark.parametrize("name", ["per%20cent", "back\\slash", "new\nline"])
def test_names_that_no_delta_table_can_have_are_refused(
    inside: Callable[..., Done], two_clouds: Path, name: str
) -> None:
    inside("ingest", two_clouds, "--ledger", name).refused(2)


def test_a_folder_with_other_things_is_no_ledger_and_is_left_alone(
    inside: Callable[..., Done], here: Path, two_clouds: Path
) -> None:
    (here / "mine").mkdir()
    (here / "mine" / "thesis.txt").write_text("ten years of work")
    assert "no ledger" in inside("ingest", two_clouds, "--ledger", "mine").refused(2)[0]
    inside("compare", "--ledger", "mine").refused(3)
    assert [each.name for each in (here / "mine").iterdir()] == ["thesis.txt"]


def test_a_file_is_no_ledger(inside: Callable[..., Done], here: Path, two_clouds: Path) -> None:
    (here / "mine").write_text("a file")
    inside("ingest", two_clouds, "--ledger", "mine").refused(2)
    inside("ledger", "info", "--ledger", "mine").refused(3)
    inside("ingest", two_clouds, "--ledger", "mine/below").refused(2)


def test_a_ledger_among_the_logs_is_not_read_as_one(inside: Callable[..., Done], here: Path, two_clouds: Path) -> None:
    shutil.copytree(two_clouds, here / "all")
    first = inside("ingest", "all", "--ledger", "all/ledger", "--format", "json")
    second = inside("ingest", "all", "--ledger", "all/ledger", "--format", "json")
    assert (first.code, second.code) == (0, 0)
    assert second.rows("ingest")[-1] | {"objects": 0, "skipped": 3, "rejects": 0} == second.rows("ingest")[-1]
    assert second.caveats == {}


def test_a_folder_that_cannot_be_written_to_is_an_error_of_two_lines(
    inside: Callable[..., Done], two_clouds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, *_: object, **__: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "mkdir", refuse)
    message, _ = inside("ingest", two_clouds, "--ledger", "locked/ledger").refused(2)
    assert "Permission denied" in message


def test_a_file_that_may_not_be_read_is_a_reject(
    inside: Callable[..., Done], here: Path, two_clouds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs.write(here / "logs" / "locked.json", [logs.bedrock(9)])

    def refuse(path: str) -> FileIO:
        if path.endswith("locked.json"):  # root may read it all the same
            raise PermissionError(13, "Permission denied", path)
        return FileIO(path)

    monkeypatch.setattr(worker, "FileIO", refuse)
    inside("ingest", here / "logs").refused(3)
    done = inside("ingest", two_clouds, here / "logs", "--format", "json", TOKENAUDIT_JOBS="1")
    assert done.code == 0
    assert "locked.json" in done.caveats["rejects"]


def test_a_damaged_ledger_is_an_error_of_two_lines(inside: Callable[..., Done], here: Path, two_clouds: Path) -> None:
    assert inside("ingest", two_clouds, "--ledger", "mine").code == 0
    for path in (here / "mine" / "usage").rglob("*.parquet"):
        path.write_bytes(path.read_bytes()[:200])
    inside("export", "usage", "-o", "-", "--ledger", "mine").refused(3)
    for path in (here / "mine" / "usage").rglob("*.parquet"):
        path.unlink()
    for command in (("compare",), ("export", "usage", "-o", "-"), ("export", "usage", "-o", "x.csv")):
        message, hint = inside(*command, "--ledger", "mine").refused(3)
        assert "ledger" in message
        assert hint
    assert not (here / "x.csv").exists()
    for path in (here / "mine" / "usage" / "_delta_log").iterdir():
        path.write_text("nonsense")
    for arguments in (("compare",), ("ledger", "info"), ("ingest", str(two_clouds))):
        inside(*arguments, "--ledger", "mine").refused(3)


def test_an_existing_export_is_kept_unless_forced(inside: Callable[..., Done], ledger: Path, here: Path) -> None:
    (here / "x.csv").write_text("mine")
    assert "exists" in inside("export", "usage", "-o", "x.csv", "--ledger", ledger).refused(2)[0]
    assert (here / "x.csv").read_text() == "mine"
    assert inside("export", "usage", "-o", "x.csv", "--ledger", ledger, "--force").code == 0
    assert (here / "x.csv").read_text() == inside("export", "usage", "-o", "-", "--ledger", ledger).out
    inside("export", "usage", "-o", ".", "--ledger", ledger, "--force").refused(2)
    assert [each.name for each in here.iterdir()] == ["x.csv"]
