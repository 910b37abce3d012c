"""The Python snippet runs as it is written, and shows bills and requests."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.properties import ledgers

EXAMPLES = Path(__file__).parents[3] / "examples"


def test_the_snippet_runs(tmp_path: Path) -> None:
    example = EXAMPLES / "two-clouds"
    ledger = ledgers.taken(tmp_path / "ledger", [example / "logs", example / "bills"])
    done = subprocess.run(
        [sys.executable, EXAMPLES / "pandas_snippet.py", ledger],
        cwd=example,
        check=True,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.stderr == ""
    assert "billed_cost" in done.stdout
    bills, _ = done.stdout.split("started_at")
    assert " -" not in bills, "a credit is no price of a token"
    assert "latency_ms" in done.stdout
    assert "anthropic/claude-sonnet-4-5" in done.stdout
