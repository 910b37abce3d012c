from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

SKIPS = """
import pytest

@pytest.mark.skipif(True, reason="needs azurite")
def test_program(): pass

@pytest.mark.skipif(True, reason="the validator needs Python 3.12")
def test_python(): pass

@pytest.mark.skipif(True, reason="no samples: set TOKENAUDIT_SHARED")
def test_samples(): pass

@pytest.mark.xfail(reason="known")
def test_expected(): assert False

def test_good(): pass
"""


@pytest.mark.parametrize(("samples", "errors", "skipped"), [("absent", 2, 2), (".", 3, 1)])
def test_in_ci_only_agreed_reasons_skip(root: Path, tmp_path: Path, samples: str, errors: int, skipped: int) -> None:
    (tmp_path / "test_skips.py").write_text(SKIPS, encoding="utf-8")
    (tmp_path / "test_whole_file.py").write_text("import pytest\npytest.importorskip('no_such')\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no_skips", "--continue-on-collection-errors"],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(root / "tests" / "plugins"), "TOKENAUDIT_SHARED": str(tmp_path / samples)},
        capture_output=True,
        text=True,
        check=False,
    )
    closing = {outcome: int(count) for count, outcome in re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1])}
    assert closing == {"passed": 1, "skipped": skipped, "xfailed": 1, "errors": errors}
    assert done.returncode == 1
