"""What the house tests look at: the files of the tree, and the modules of the package as syntax trees."""

from __future__ import annotations

import ast
import subprocess
from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def root() -> Path:
    return Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def tree(root: Path) -> list[Path]:
    """Every file that is committed, or would be by `git add --all`, relative to the root."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=root,
        check=True,
        capture_output=True,
        text=True,
    )
    names = sorted(set(filter(None, listed.stdout.split("\0"))))
    return [Path(name) for name in names if (root / name).is_file()]


@pytest.fixture(scope="session")
def texts(root: Path, tree: list[Path]) -> dict[Path, str]:
    """The text files among them."""
    contents = ((path, (root / path).read_bytes()) for path in tree)
    return {path: content.decode("utf-8", "replace") for path, content in contents if b"\0" not in content}


@pytest.fixture(scope="session")
def modules(root: Path) -> dict[str, ast.Module]:
    """The package's modules by dotted name."""
    source = root / "src"
    found = {}
    for path in sorted(source.rglob("*.py")):
        parts = path.relative_to(source).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    return found
