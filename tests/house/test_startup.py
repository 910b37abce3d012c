from __future__ import annotations

import subprocess
import sys

import pytest

# What makes a program slow to start, or is a provider that nobody asked for.
# fmt: off
HEAVY = (
    "azure", "boto3", "botocore", "deflate", "deltalake", "duckdb", "genai_prices", "httpx", "isal", "jinja2",
    "msgspec", "numpy", "pandas", "pyarrow", "pydantic", "pydantic_settings", "rich.table",
    "tokenaudit.providers", "xlsxwriter",
)
# fmt: on

PROGRAM = """
import sys
sys.argv = ["tokenaudit", *sys.argv[1:]]
from tokenaudit.cli.app import main
try:
    main()
except SystemExit as stop:
    assert not stop.code, stop.code
print("loaded:", *sys.modules)
"""


@pytest.mark.parametrize("arguments", [["--help"], ["--version"], ["compare", "--help"]], ids=" ".join)
def test_help_loads_nothing_heavy(arguments: list[str]) -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM, *arguments], capture_output=True, text=True, check=True)
    loaded = set(done.stdout.splitlines()[-1].removeprefix("loaded:").split())
    assert "tokenaudit.cli.app" in loaded
    # Typer itself loads pydantic as soon as a command has parameters of its own to read.
    allowed = {"pydantic"} if arguments[0] == "compare" else set()
    assert sorted(loaded.intersection(HEAVY) - allowed) == []


def test_importing_the_package_loads_nothing_heavy() -> None:
    program = "import sys, tokenaudit; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert sorted(set(done.stdout.split()).intersection([*HEAVY, "typer", "rich"])) == []
