from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")


def lint_imports(folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [LINT_IMPORTS, "--no-logo", "--no-cache"],
        cwd=folder,
        env=os.environ | {"PYTHONPATH": str(folder / "src"), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_import_contracts_hold(root: Path) -> None:
    done = lint_imports(root)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("file", "line", "complaint"),
    [
        ("model/reject.py", "import tokenaudit.schema", "tokenaudit.model.reject -> tokenaudit.schema"),
        ("pricing/bad.py", "import tokenaudit.ledger", "tokenaudit.pricing.bad -> tokenaudit.ledger"),
        ("lumber.py", "", "not listed as layers"),
        ("registry.py", "import tokenaudit.providers.rows", "tokenaudit.registry -> tokenaudit.providers.rows"),
        ("analysis/bad.py", "def late():\n    import duckdb", "tokenaudit.analysis.bad -> duckdb"),
        ("providers/aws/bad.py", "import boto3", "tokenaudit.providers.aws.bad -> boto3"),
    ],
)
def test_a_forbidden_import_breaks_them(root: Path, tmp_path: Path, file: str, line: str, complaint: str) -> None:
    shutil.copytree(root / "src", tmp_path / "src", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(root / ".importlinter", tmp_path)
    with (tmp_path / "src" / "tokenaudit" / file).open("a", encoding="utf-8") as module:
        module.write(f"\n{line}\n")
    done = lint_imports(tmp_path)
    assert done.returncode == 1
    assert complaint in done.stdout
