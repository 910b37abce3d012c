from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from packaging.requirements import Requirement

if TYPE_CHECKING:
    from pathlib import Path

LOCKS = ("requirements.lock", "requirements-dev.lock")


def declared(root: Path, lock: str) -> list[str]:
    """What pyproject.toml asks for, and what builds the project itself."""
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))
    wanted = [*project["project"]["dependencies"], *project["build-system"]["requires"]]
    return wanted + (project["dependency-groups"]["dev"] if "dev" in lock else [])


def locked(root: Path, lock: str) -> dict[str, set[str]]:
    """Name -> versions; one name may have several, for different Pythons."""
    pins: dict[str, set[str]] = {}
    for name, version in re.findall(
        r"^([a-z0-9-]+)==([^ ;]+)", (root / lock).read_text(encoding="utf-8"), re.MULTILINE
    ):
        pins.setdefault(name, set()).add(version)
    return pins


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_meets_what_the_project_declares(root: Path, lock: str) -> None:
    pins = locked(root, lock)
    unmet = []
    for text in declared(root, lock):
        requirement = Requirement(text)
        versions = pins.get(re.sub(r"[-_.]+", "-", requirement.name).lower(), set())
        if not versions or any(version not in requirement.specifier for version in versions):
            unmet.append(f"{text}: {sorted(versions)}")
    assert unmet == [], "run `make lock`"


@pytest.mark.parametrize("lock", [*LOCKS, "tests/focus/requirements.lock"])
def test_a_lock_pins_by_hash_and_names_no_host(root: Path, lock: str) -> None:
    text = (root / lock).read_text(encoding="utf-8")
    entries = re.split(r"\n(?=\S)", text.strip())
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []
    assert [line for line in text.splitlines() if "://" in line or line.startswith("-")] == []


def test_the_locks_agree(root: Path) -> None:
    runtime, dev = (locked(root, lock) for lock in LOCKS)
    assert {name: versions for name, versions in runtime.items() if dev.get(name) != versions} == {}


def test_the_lock_of_npm_pins_by_hash_and_names_no_host(root: Path) -> None:
    folder = root / "tests" / "node"
    text = (folder / "package-lock.json").read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if "://" in line] == [], "run `make lock`"
    lock = json.loads(text)
    declared = json.loads((folder / "package.json").read_text(encoding="utf-8"))["dependencies"]
    packages = lock["packages"]
    assert packages.pop("")["dependencies"] == declared
    assert [name for name, each in packages.items() if "resolved" in each or "integrity" not in each] == []
