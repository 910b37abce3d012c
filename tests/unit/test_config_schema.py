"""The JSON Schema for editors: it is current, and it takes what the program takes."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from tests.unit.test_config import EVERYTHING

ROOT = Path(__file__).resolve().parents[2]
SCHEMA: dict[str, Any] = json.loads((ROOT / "docs" / "tokenaudit.schema.json").read_text(encoding="utf-8"))


def faults(text: str) -> list[str]:
    """What an editor would underline. Dates are texts in JSON."""
    document = json.loads(json.dumps(tomllib.loads(text), default=str))
    return [each.message for each in jsonschema.Draft202012Validator(SCHEMA).iter_errors(document)]


def test_it_is_made_of_the_code() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "write_schema.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert (done.returncode, done.stderr) == (0, "")


def test_it_is_a_schema_that_takes_every_key() -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    assert faults(EVERYTHING) == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/tokenaudit.toml")), ids=lambda path: path.parent.name)
def test_the_examples_are_valid(path: Path) -> None:
    assert faults(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "text",
    [
        "[check]\nbudget = 3",
        "[check.metrics.usd_per_sucess]\nlevel = 'off'",
        "[check.metrics.usd_per_success]\nlevel = 'loud'",
        "[check.metrics.usd_per_success]\nthreshold = 'five'",
        "[[check.budgets]]\nmetric = 'usd_per_year'\nmax = 1",
        "[check.ratchet]\nmax_drift = '10%'",
    ],
)
def test_a_mistake_is_underlined(text: str) -> None:
    assert faults(text) != []
