"""Every raw object under fixtures/ gives the ledger rows, and the rejects, written beside it.

TOKENAUDIT_GOLDEN=write writes them anew; read the diff before you commit it.
"""

from __future__ import annotations

import json
import os
from difflib import unified_diff
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

    from tests.conftest import Case

WRITE = os.environ.get("TOKENAUDIT_GOLDEN") == "write"


def test_fixture(case: Case) -> None:
    assert case.recognised_by == [case.source_name]
    rejects = [{"line": reject.line, "reason": reject.reason} for reject in case.read().rejects]
    _compare(case.beside("ledger"), case.ledger_rows())
    _compare(case.beside("charges"), case.rows_of("charges"))
    _compare(case.beside("metrics"), case.rows_of("metrics"))
    _compare(case.beside("rejects"), rejects)


def _compare(path: Path, actual: list[dict[str, Any]]) -> None:
    if WRITE:
        path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in actual), encoding="utf-8")
        if not actual:
            path.unlink()
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    expected = [json.loads(line) for line in lines]
    diff = "\n".join(unified_diff(_lines(expected), _lines(actual), path.name, "what the source says", lineterm=""))
    assert not diff, f"\n{diff}"


def _lines(rows: list[dict[str, Any]]) -> list[str]:
    return json.dumps(rows, indent=1, ensure_ascii=False).splitlines()
