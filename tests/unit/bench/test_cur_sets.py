"""The benchmark's bills are the same for the same seed, and say the same in both formats."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit.model.ports import Blob
from tokenaudit.providers.aws.cur import CostAndUsageReport
from tokenaudit.providers.reading import slices

if TYPE_CHECKING:
    from decimal import Decimal

GENERATE = Path(__file__).parents[2] / "bench" / "cur_sets.py"
ROWS = 300


def _generate(out: Path) -> tuple[Path, Path]:
    command = [sys.executable, str(GENERATE), str(out), "--rows", str(ROWS), "--bedrock", "0.2"]
    subprocess.run(command, check=True, timeout=120, capture_output=True)
    return out / "cur.csv.gz", out / "cur.snappy.parquet"


def _read(path: Path) -> tuple[list[tuple[str | None, int | None, Decimal]], int]:
    with path.open("rb") as stream:
        content = b"".join(slices(stream, path.stat().st_size, lambda _: None))
    parts = list(CostAndUsageReport().normalise([Blob("x", (content,))]))
    assert not [each for part in parts for each in part.rejects]
    rows = [row for part in parts for row in part.batch.to_pylist()]
    said = [(row["model"], row["tokens"], row["billed_cost"]) for row in rows]
    return said, len(rows) + sum(part.foreign["x"] for part in parts)


def test_both_formats_hold_the_same_lines_every_time(tmp_path: Path) -> None:
    csv_path, parquet_path = _generate(tmp_path / "one")
    rows, lines = _read(csv_path)
    assert lines == ROWS
    assert 20 < len(rows) < 120
    assert _read(parquet_path) == (rows, ROWS)
    assert _read(_generate(tmp_path / "two")[0]) == (rows, ROWS)
