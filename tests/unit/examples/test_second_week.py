"""The second week is what its script writes, and what is planted in it is what its README promises."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SIZE_BOUND = 600_000


@pytest.fixture(scope="module")
def files(example: Path) -> dict[str, bytes]:
    return _files(example.with_name("second-week") / "logs")


def _files(top: Path) -> dict[str, bytes]:
    """By path below `logs`; inflated, as another build of zlib may compress the same content into other bytes."""
    found = {path.relative_to(top).as_posix(): path.read_bytes() for path in top.rglob("*") if path.is_file()}
    return {name: gzip.decompress(data) if name.endswith(".gz") else data for name, data in found.items()}


@pytest.fixture(scope="module")
def records(files: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for _, data in sorted(files.items()) for line in data.splitlines()]


def test_the_script_writes_exactly_the_shipped_files(example: Path, files: dict[str, bytes], tmp_path: Path) -> None:
    command = [sys.executable, str(example / "second_week.py"), "--out", str(tmp_path)]
    subprocess.run(command, check=True, timeout=60)
    assert _files(tmp_path / "logs") == files
    again = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
    assert again.returncode != 0
    assert "already holds logs" in again.stderr


def test_the_folder_stays_small(example: Path) -> None:
    top = example.with_name("second-week")
    assert sum(path.stat().st_size for path in top.rglob("*") if path.is_file()) < SIZE_BOUND


def test_it_is_the_week_after_and_all_goes_well(records: list[dict[str, Any]]) -> None:
    days = Counter(record["timestamp"][:10] for record in records)
    assert sorted(days) == [f"2026-10-{day}" for day in range(12, 19)]
    assert "ThrottlingException" not in {record.get("errorCode") for record in records}
    assert len({record["requestId"] for record in records}) == len(records) == 2_507


def test_prompts_are_longer_and_fewer_of_them_are_in_the_cache(records: list[dict[str, Any]]) -> None:
    prompts = [
        record["input"]
        for record in records
        if record["requestMetadata"]["team"] == "search" and "cacheReadInputTokenCount" in record["input"]
    ]
    cached = [each["cacheReadInputTokenCount"] for each in prompts if each["cacheReadInputTokenCount"]]
    assert set(cached) == {3912 + 900, 4788 + 900, 6204 + 900}
    assert len(cached) / len(prompts) == pytest.approx(0.74, abs=0.03)
