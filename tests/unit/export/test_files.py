"""Files: whole or not at all, and nothing is replaced that nobody asked to be."""

from __future__ import annotations

import errno
import os
import stat
import threading
from typing import TYPE_CHECKING

import pytest

from tokenaudit.errors import DataError, UsageError
from tokenaudit.export.files import refuse_existing, write_whole

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def test_an_existing_file_is_refused_unless_forced(tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    refuse_existing(path, force=False)
    path.write_text("mine")
    with pytest.raises(UsageError, match="exists"):
        refuse_existing(path, force=False)
    refuse_existing(path, force=True)


def test_a_folder_is_refused_always(tmp_path: Path) -> None:
    for force in (True, False):
        with pytest.raises(UsageError, match="is a folder"):
            refuse_existing(tmp_path, force=force)


def test_text_is_written_as_utf_8_with_its_own_line_ends(tmp_path: Path) -> None:
    write_whole(tmp_path / "x.csv", ["ü\n", "b\r\n"])
    assert (tmp_path / "x.csv").read_bytes() == "ü\nb\r\n".encode()
    assert [path.name for path in tmp_path.iterdir()] == ["x.csv"]


def test_what_fails_half_way_leaves_the_old_file_and_no_other(tmp_path: Path) -> None:
    def pieces() -> Iterator[str]:
        yield "half"
        raise ZeroDivisionError

    (tmp_path / "x.csv").write_text("old")
    with pytest.raises(ZeroDivisionError):
        write_whole(tmp_path / "x.csv", pieces())
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("x.csv", "old")]


def test_a_folder_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file or directory"):
        write_whole(tmp_path / "no" / "x.csv", ["a"])


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_a_disk_that_takes_nothing_is_told_by_the_name_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def refusing(path: Path, *_: object) -> None:
        raise OSError(number, os.strerror(number), str(path))

    monkeypatch.setattr("pathlib.Path.open", refusing)
    monkeypatch.setattr("pathlib.Path.unlink", refusing)  # a read-only disk says so even of what is not there
    with pytest.raises(DataError) as caught:
        write_whole(tmp_path / "x.csv", ["a"])
    assert str(caught.value) == f"{tmp_path / 'x.csv'} cannot be written: {os.strerror(number)}"
    assert caught.value.hint.startswith("make room")


def test_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "real.csv").write_text("old")
    (tmp_path / "link.csv").symlink_to("real.csv")
    write_whole(tmp_path / "link.csv", ["new"])
    assert (tmp_path / "link.csv").is_symlink()
    assert (tmp_path / "real.csv").read_text() == "new"


def test_a_pipe_takes_the_text_and_stays_a_pipe(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    got: list[str] = []
    reader = threading.Thread(target=lambda: got.append(pipe.read_text()))
    reader.start()
    refuse_existing(pipe, force=False)
    write_whole(pipe, ["a", "b"])
    reader.join(timeout=10)
    assert got == ["ab"]
    assert stat.S_ISFIFO(pipe.stat().st_mode)
