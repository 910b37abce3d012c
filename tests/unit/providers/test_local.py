"""Files and folders: each object once, in order of address, whatever its name."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tokenaudit.model.ports import LEDGER_MARKER
from tokenaudit.providers.local import LocalObject, Missing, find


def names(*paths: Path) -> list[str]:
    return [item.uri.rsplit("/", 1)[1] for item in find(paths)]


def put(folder: Path, *files: str) -> Path:
    for file in files:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x", encoding="utf-8")
    return folder


def test_order_is_that_of_addresses_not_of_the_disk_or_the_arguments(tmp_path: Path) -> None:
    put(tmp_path, "b/2.json", "b/10.json", "a.json", "c.json", "b.json")
    expected = ["a.json", "b.json", "10.json", "2.json", "c.json"]
    assert names(tmp_path) == expected
    assert names(tmp_path / "c.json", tmp_path / "b", tmp_path / "a.json", tmp_path / "b.json") == expected


def test_an_object_tells_its_place_and_changes_its_identity_when_written(tmp_path: Path) -> None:
    path = put(tmp_path, "a.json") / "a.json"
    (first,) = find([path])
    assert isinstance(first, LocalObject)
    assert first == LocalObject(path.resolve().as_uri(), str(path.resolve()), 1, first.identity)
    os.utime(path, ns=(1, 1))
    (touched,) = find([path])
    path.write_text("xy", encoding="utf-8")
    os.utime(path, ns=(1, 1))
    (longer,) = find([path])
    assert isinstance(touched, LocalObject)
    assert isinstance(longer, LocalObject)
    assert len({first.identity, touched.identity, longer.identity}) == 3


def test_the_same_file_by_many_ways_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    put(tmp_path, "logs/a.json")
    (tmp_path / "again.json").symlink_to(tmp_path / "logs" / "a.json")
    monkeypatch.chdir(tmp_path)
    ways = (Path("logs/a.json"), Path("./logs/../logs/a.json"), tmp_path / "logs", Path("again.json"), Path())
    assert names(*ways) == ["a.json"]


def test_hidden_files_are_passed_over_unless_named(tmp_path: Path) -> None:
    put(tmp_path, ".hidden.json", ".git/config", "seen/.DS_Store", "seen/a.json")
    assert names(tmp_path) == ["a.json"]
    assert names(tmp_path / ".hidden.json", tmp_path / ".git") == ["config", ".hidden.json"]


def test_ledgers_are_passed_over_unless_a_file_in_them_is_named(tmp_path: Path) -> None:
    put(tmp_path, "a.json", f"ledger/{LEDGER_MARKER}", "ledger/usage/day=2026-10-01/part.parquet", "ledger/b.json")
    assert names(tmp_path) == ["a.json"]
    assert names(tmp_path / "ledger") == []
    assert names(tmp_path / "ledger" / "b.json") == ["b.json"]


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    (absent,) = find([tmp_path / "absent.json"])
    assert absent == Missing((tmp_path / "absent.json").as_uri(), "does not exist")
    put(tmp_path, "file")
    (below_a_file,) = find([tmp_path / "file" / "a.json"])
    assert isinstance(below_a_file, Missing)
    assert below_a_file.reason.startswith("cannot be opened")


def test_a_folder_that_may_not_be_opened_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is in it would be missing from every figure without a word."""
    put(tmp_path, "a.json", "locked/b.json", "open/c.json")
    scan = os.scandir

    def refuse(path: str) -> object:
        if path.endswith("locked"):  # root may look into it all the same
            raise PermissionError(13, "Permission denied", path)
        return scan(path)

    monkeypatch.setattr("os.scandir", refuse)
    found = {item.uri.rsplit("/", 1)[1]: item for item in find([tmp_path])}
    assert found.keys() == {"a.json", "c.json", "locked"}
    assert found["locked"] == Missing((tmp_path / "locked").as_uri(), "cannot be opened: Permission denied")


def test_a_file_in_a_closed_folder_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = put(tmp_path, "closed/a.json") / "closed" / "a.json"

    def refusing(self: Path, **_: object) -> None:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr("pathlib.Path.stat", refusing)
    assert list(find([path])) == [Missing(path.as_uri(), "cannot be opened: Permission denied")]


def test_links_that_lead_nowhere_or_round_in_a_circle_are_told(tmp_path: Path) -> None:
    (tmp_path / "dangling").symlink_to(tmp_path / "absent")
    (tmp_path / "one").symlink_to(tmp_path / "two")
    (tmp_path / "two").symlink_to(tmp_path / "one")
    found = {item.uri.rsplit("/", 1)[1]: item for item in find([tmp_path])}
    assert set(found) == {"dangling", "one", "two"}
    assert all(isinstance(item, Missing) and item.reason for item in found.values())


def test_a_folder_that_links_to_its_parent_ends(tmp_path: Path) -> None:
    put(tmp_path, "logs/a.json")
    (tmp_path / "logs" / "up").symlink_to(tmp_path, target_is_directory=True)
    assert names(tmp_path) == ["a.json"]


def test_a_link_to_a_folder_elsewhere_is_told_and_not_followed(tmp_path: Path) -> None:
    put(tmp_path, "logs/2026/a.json", "elsewhere/b.json")
    (tmp_path / "logs" / "latest").symlink_to(tmp_path / "logs" / "2026", target_is_directory=True)
    (tmp_path / "logs" / "more").symlink_to(tmp_path / "elsewhere", target_is_directory=True)
    found = {item.uri.rsplit("/", 1)[1]: item for item in find([tmp_path / "logs"])}
    assert found.keys() == {"a.json", "more"}
    assert isinstance(found["more"], Missing)
    assert "name that one itself" in found["more"].reason


def test_a_folder_named_through_a_link_is_walked(tmp_path: Path) -> None:
    put(tmp_path, "real/a.json")
    (tmp_path / "link").symlink_to(tmp_path / "real", target_is_directory=True)
    assert names(tmp_path / "link") == ["a.json"]


def test_what_is_neither_a_file_nor_a_folder_is_not_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (found,) = find([tmp_path])
    assert found == Missing((tmp_path / "pipe").as_uri(), "is neither a file nor a folder")


@pytest.mark.parametrize(
    "name",
    [
        "two words.json",
        "Zürich 東京.json",
        "100%.json",
        "a%20b.json",
        "a#b?c=d.json",
        "'quoted\".json",
        "new\nline.json",
        "-n",
        "é",
    ],
)
def test_any_name_is_an_address_of_its_own(tmp_path: Path, name: str) -> None:
    put(tmp_path, name, "other")
    found = [item for item in find([tmp_path]) if isinstance(item, LocalObject)]
    assert len({item.uri for item in found}) == 2
    assert {Path(item.path).name for item in found} == {name, "other"}
    assert all(item.uri.isascii() and " " not in item.uri and item.uri.startswith("file:///") for item in found)


def test_a_name_that_is_no_text_is_an_address_too(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/caf\xe9.json"
    with open(path, "wb"):  # noqa: PTH123 - a Path is made of text
        pass
    (found,) = find([tmp_path])
    assert isinstance(found, LocalObject)
    assert found.uri.endswith("/caf%E9.json")
    assert found.size_bytes == 0


def test_an_empty_folder_holds_nothing(tmp_path: Path) -> None:
    assert names(tmp_path) == []
    assert list(find([])) == []
