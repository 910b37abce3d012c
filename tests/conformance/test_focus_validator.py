"""The FOCUS validator on our files: no rule fails but those that docs/focus.md argues, by their ids.

The validator needs an environment of its own with Python 3.12; `TOKENAUDIT_FOCUS_VENV` names it, else it is `.focus-venv`
at the top of the project. Its exit code says nothing; its report does.
"""

from __future__ import annotations

import os
import re
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from defusedxml import ElementTree
from tests.properties import ledgers, logs

from tokenaudit.config import load
from tokenaudit.export.formats import target, write_rows
from tokenaudit.ledger.ledger import open_for_reading
from tokenaudit.model.question import Filter
from tokenaudit.pipeline.exports import focus_of_charges
from tokenaudit.pipeline.focus_usage import focus_of_usage

if TYPE_CHECKING:
    from collections.abc import Callable
    from xml.etree.ElementTree import Element

    from tokenaudit.export.formats import Table

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "two-clouds"
VENV = Path(os.environ.get("TOKENAUDIT_FOCUS_VENV") or ROOT / ".focus-venv")
PROGRAM = VENV / "bin" / "focus-validator"

# The rules that fail, each argued in docs/focus.md; a composite rule fails with its part.
ARGUED = re.findall(r"^\| `([\w-]+)` \|", (ROOT / "docs" / "focus.md").read_text(encoding="utf-8"), re.MULTILINE)
COMPOSITE = re.compile(r":: Composite$")

pytestmark = pytest.mark.skipif(
    not PROGRAM.exists(), reason="needs the FOCUS validator in an environment with Python 3.12: TOKENAUDIT_FOCUS_VENV"
)


def validated(table: Table, folder: Path) -> Element:
    """The validator's report on a table, written as Parquet."""
    path, work = folder / "focus.parquet", folder / "work"
    with path.open("wb") as stream:
        write_rows(table, target(path, None), stream)
    work.mkdir()
    (package,) = VENV.glob("lib/python3.*/site-packages/focus_validator")
    (work / "focus_validator").symlink_to(package)  # where the validator looks for its list of currencies
    subprocess.run(
        [
            *(PROGRAM, "--data-file", path, "--validate-version", "1.2", "--block-download"),
            *("--focus-dataset", "CostAndUsage", "--applicability-criteria", "ALL"),
            *("--output-type", "unittest", "--output-destination", "out.xml"),
        ],
        cwd=work,
        check=True,
        capture_output=True,
        timeout=300,
    )
    found: Element = ElementTree.parse(work / "out.xml").getroot()
    return found


def failed(report: Element) -> set[str]:
    """The rules that failed by themselves."""
    return {
        str(case.get("name")).partition(" ")[0]
        for case in report.iter("testcase")
        if (case.find("failure") is not None or case.find("error") is not None)
        and not COMPOSITE.search(str(case.get("name")))
    }


def example_bills(folder: Path) -> Table:
    return focus_of_charges(open_for_reading(example(folder)), load(EXAMPLE / "tokenaudit.toml"), Filter())[0]


def example_usage(folder: Path) -> Table:
    config = load(EXAMPLE / "tokenaudit.toml")
    return focus_of_usage(open_for_reading(example(folder)), config, Filter(), None)[0]


def month_of_usage(folder: Path) -> Table:
    """Thirty days of requests of Bedrock."""
    begin = datetime(2026, 9, 1, 12, tzinfo=UTC)
    records = [logs.bedrock(number, begin + timedelta(hours=8 * number)) for number in range(90)]
    ledger = ledgers.taken(folder / "ledger", [logs.write(folder / "logs" / "month.json.gz", records)])
    return focus_of_usage(open_for_reading(ledger), load(EXAMPLE / "tokenaudit.toml"), Filter(), None)[0]


def example(folder: Path) -> Path:
    return ledgers.taken(folder / "ledger", [EXAMPLE / "logs", EXAMPLE / "bills"])


@pytest.mark.parametrize("made", [example_bills, example_usage, month_of_usage], ids=lambda made: made.__name__)
def test_no_rule_fails_that_is_not_argued(made: Callable[[Path], Table], tmp_path: Path) -> None:
    report = validated(made(tmp_path), tmp_path)
    rules = {name: int(report.get(name, "0")) for name in ("tests", "failures", "errors", "skipped")}
    found = failed(report)
    print(f"{made.__name__}: {rules}; argued and failed: {sorted(found)}")  # the count, where somebody looks  # noqa: T201
    assert rules["tests"] > 500
    assert rules["errors"] == 0
    assert found - set(ARGUED) == set()
