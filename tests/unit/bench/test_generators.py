"""The benchmark's log sets are the same for the same seed, and their truth is what a plain reader finds in them."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

GENERATE = Path(__file__).parents[2] / "bench" / "make_sets.py"
SETS = ("full", "tiny", "small", "trap")
MB = "1.5"
PLAIN_COUNTS = {
    "input_tokens": ("input", "inputTokenCount"),
    "cache_read_tokens": ("input", "cacheReadInputTokenCount"),
    "output_tokens": ("output", "outputTokenCount"),
}


def _generate(out: Path, seed: str) -> Path:
    command = [sys.executable, str(GENERATE), *SETS, "--mb", MB, "--out", str(out), "--seed", seed]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return out


@pytest.fixture(scope="module")
def sets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _generate(tmp_path_factory.mktemp("sets"), "3")


def _objects(folder: Path) -> dict[str, bytes]:
    """Inflated, all members, by name in order of delivery."""
    paths = sorted((folder / "logs").rglob("*.json.gz"))
    return {path.relative_to(folder).as_posix(): gzip.decompress(path.read_bytes()) for path in paths}


def _whole(value: Any) -> int | None:
    """A count as a log may write it; ValueError if it is none."""
    if value is None:
        return None
    if isinstance(value, bool) or float(value) != int(float(value)) or not 0 <= float(value) < 2**63:
        raise ValueError("not a count")
    return int(float(value))


def _figures(record: dict[str, Any]) -> dict[str, int | None]:
    figures = {name: _whole(record.get(side, {}).get(key)) for name, (side, key) in PLAIN_COUNTS.items()}
    written = _whole(record["input"].get("cacheWriteInputTokenCount"))
    body = record.get("output", {}).get("outputBodyJson")
    latency = first = None
    hour = 0
    if isinstance(body, list):
        metrics = body[-1]["amazon-bedrock-invocationMetrics"]
        latency, first = metrics["invocationLatency"], metrics["firstByteLatency"]
        hour = body[0]["message"]["usage"]["cache_creation"]["ephemeral_1h_input_tokens"]
    elif body is not None:
        latency = body.get("metrics", {}).get("latencyMs")
        usage = body["usage"]
        hour = sum(part["inputTokens"] for part in usage.get("cacheDetails", []) if part["ttl"] == "1h")
        hour += usage.get("cache_creation", {}).get("ephemeral_1h_input_tokens", 0)
    figures["cache_write_1h_tokens"] = None if written is None else hour
    figures["cache_write_tokens"] = None if written is None else written - hour
    return figures | {"latency_ms": latency, "first_token_ms": first}


def _read(folder: Path) -> dict[str, Any]:
    """Reads a set as simply as possible and tells what `truth.json` tells."""
    seen: set[str] = set()
    records = rejects = 0
    sums: Counter[str] = Counter()
    nulls: Counter[str] = Counter()
    for content in _objects(folder).values():
        for line in content.split(b"\n"):
            text = line.decode("utf-8-sig", "replace").strip()
            if not text:
                continue
            try:
                record = json.loads(text)
                figures = _figures(record)
            except ValueError:
                rejects += 1
                continue
            records += 1
            if record["requestId"] in seen:
                continue
            seen.add(record["requestId"])
            for name, value in figures.items():
                sums[name] += value or 0
                nulls[name] += value is None
    return {"records": records, "unique": len(seen), "rejects": rejects, "sums": sums, "nulls": nulls}


@pytest.mark.parametrize("name", SETS)
def test_the_truth_is_what_a_plain_reader_finds(sets: Path, name: str) -> None:
    truth = json.loads((sets / name / "truth.json").read_text("utf-8"))
    found = _read(sets / name)
    assert found == {key: truth[key] for key in found}
    assert truth["raw_bytes"] == sum(map(len, _objects(sets / name).values()))


def test_the_same_seed_gives_the_same_bytes(sets: Path, tmp_path: Path) -> None:
    again = _generate(tmp_path, "3")
    for name in SETS:
        assert _objects(again / name) == _objects(sets / name)
        assert (again / name / "truth.json").read_bytes() == (sets / name / "truth.json").read_bytes()


def test_another_seed_gives_other_records(sets: Path, tmp_path: Path) -> None:
    other = _generate(tmp_path, "4")
    assert _objects(other / "tiny") != _objects(sets / "tiny")


def test_sets_are_what_they_are_called(sets: Path) -> None:
    truths = {name: json.loads((sets / name / "truth.json").read_text("utf-8")) for name in SETS}
    assert 590 < truths["tiny"]["raw_bytes"] / truths["tiny"]["records"] < 650
    assert truths["tiny"]["nulls"]["latency_ms"] == truths["tiny"]["unique"]
    assert 5 < truths["small"]["records"] / truths["small"]["objects"] < 20
    assert 8_000 < truths["full"]["raw_bytes"] / truths["full"]["records"] < 30_000
    assert truths["tiny"]["records"] > truths["tiny"]["unique"]


def test_traps_are_set(sets: Path) -> None:
    folder = sets / "trap"
    truth = json.loads((folder / "truth.json").read_text("utf-8"))
    contents = list(_objects(folder).values())
    everything = b"".join(contents)
    assert truth["rejects"] > 0
    assert any(content.startswith(b"\xef\xbb\xbf") for content in contents)
    assert any(not content.endswith(b"\n") for content in contents)
    for trap in (b"\r\n", b"\n\n", b"\\ud83d", b'"maxTokens":NaN', b'\\"inputTokenCount\\":1'):
        assert trap in everything, trap
