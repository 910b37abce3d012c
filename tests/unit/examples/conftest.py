"""The shipped example as its files say it, read without the program."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "two-clouds"


@pytest.fixture(scope="session")
def example() -> Path:
    return EXAMPLE


@pytest.fixture(scope="session")
def tree() -> dict[str, bytes]:
    """By path below the example: every file that the script wrote."""
    tops = [EXAMPLE / top for top in ("logs", "bills", "metrics")]
    files = [path for top in tops for path in top.rglob("*") if path.is_file()]
    return {path.relative_to(EXAMPLE).as_posix(): _content(path) for path in files}


@pytest.fixture(scope="session")
def bedrock(tree: dict[str, bytes]) -> list[dict[str, Any]]:
    return [
        record
        for path, data in sorted(tree.items())
        if path.startswith("logs/bedrock/") and "/data/" not in path
        for record in map(json.loads, data.splitlines())
    ]


@pytest.fixture(scope="session")
def azure(tree: dict[str, bytes]) -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = {}
    for path, data in sorted(tree.items()):
        if path.startswith("logs/azure/"):
            for record in map(json.loads, data.splitlines()):
                found.setdefault(record["category"], []).append(record)
    return found


def _content(path: Path) -> bytes:
    """Inflated: another build of zlib may compress the same content into other bytes."""
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
