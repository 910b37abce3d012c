"""Documents that have to agree with the code, and with one another."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import pytest

import tokenaudit

if TYPE_CHECKING:
    from pathlib import Path

# Each is promised by the README, or by a habit that a reader relies on.
STANDING = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE", "docs/house.md", "docs/ledger.md")

LINK = re.compile(r"\]\((?!\w+:|#)([^)#\s]+)")


def test_the_standing_documents_are_there(root: Path) -> None:
    assert [name for name in STANDING if not (root / name).is_file()] == []


def test_every_command_is_in_the_readme(root: Path) -> None:
    """`docs/commands.md` is written from the command line itself, which the test of the generated parts sees to."""
    pages = (root / "docs" / "commands.md").read_text(encoding="utf-8")
    commands = re.findall(r"^## `(tokenaudit .+)`$", pages, re.MULTILINE)
    assert {"tokenaudit ingest", "tokenaudit compare"} <= set(commands)
    readme = (root / "README.md").read_text(encoding="utf-8")
    assert [command for command in commands if command not in readme] == []


def test_the_readme_shows_the_two_commands_that_set_everything_up(root: Path) -> None:
    lines = {line.strip() for line in (root / "README.md").read_text(encoding="utf-8").splitlines()}
    assert {"make demo", "make test"} <= lines


def test_the_generated_parts_are_up_to_date(root: Path) -> None:
    done = subprocess.run(
        [sys.executable, "scripts/write_docs.py", "--check"], cwd=root, capture_output=True, text=True, check=False
    )
    assert done.stderr == ""
    assert done.returncode == 0


def test_one_version(root: Path) -> None:
    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    assert project["version"] == tokenaudit.__version__
    changelog = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(rf"^## \[?{re.escape(tokenaudit.__version__)}\b", changelog, re.MULTILINE)


def test_contributing_opens_with_adding_a_source(root: Path) -> None:
    headings = re.findall(r"^## (.*)", (root / "CONTRIBUTING.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert headings[0] == "Adding a source"


def test_links_lead_somewhere(root: Path, texts: dict[Path, str]) -> None:
    assert [
        f"{path}: {target}"
        for path, text in texts.items()
        if path.suffix == ".md"
        for target in LINK.findall(text)
        if not (root / path.parent / target).exists()
    ] == []


@pytest.mark.parametrize("document", ["CONTRIBUTING.md", "README.md"])
def test_a_make_target_that_is_written_about_exists(root: Path, document: str) -> None:
    targets = set(re.findall(r"^([a-z]+):", (root / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z]+)", (root / document).read_text(encoding="utf-8"), re.MULTILINE))
    assert named - targets == set()


def test_what_the_documents_call_a_file_exists(root: Path, texts: dict[Path, str]) -> None:
    """A path such as `model/ports.py` in backticks is one of the package or the tree. Orchard is an invented cloud."""
    tops = ("src/tokenaudit", ".")
    named = re.compile(r"`([\w./-]+/[\w.-]+\.(?:py|md|toml|csv|lock))`")
    assert [
        f"{path}: {name}"
        for path, text in texts.items()
        if str(path) in {"CONTRIBUTING.md", "SECURITY.md", "docs/house.md", "docs/ledger.md"}
        or path.parent.name == "adr"
        for name in named.findall(text)
        if "orchard" not in name and not any((root / top / name).exists() for top in tops)
    ] == []
