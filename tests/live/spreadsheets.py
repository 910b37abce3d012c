"""Spreadsheet programs that work a workbook out again, without a window."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from openpyxl import Workbook

PACKAGES = {"ssconvert": "gnumeric"}
Cells = dict[tuple[str, str], Any]


@dataclass(frozen=True)
class Program:
    """Gnumeric's converter, or LibreOffice."""

    name: str

    def recalculated(self, path: Path, folder: Path) -> Path:
        """The workbook with every formula worked out by this program; whatever was cached is forgotten."""
        folder.mkdir()
        out = folder / path.name
        if self.name == "ssconvert":
            command = ["ssconvert", "--recalc", str(path), str(out)]
        else:
            profile = f"-env:UserInstallation={(folder / 'profile').as_uri()}"
            command = [
                *("soffice", profile, "--headless", "--convert-to", "xlsx:Calc MS Excel 2007 XML"),
                *("--outdir", str(folder), str(path)),
            ]
        subprocess.run(command, check=True, capture_output=True, timeout=120)
        return out


def _param(name: str) -> Any:
    why = f"needs {name} of Debian's {PACKAGES[name]}"
    return pytest.param(name, marks=pytest.mark.skipif(shutil.which(name) is None, reason=why))


@pytest.fixture(params=["soffice", "ssconvert"] if shutil.which("soffice") else [_param("ssconvert")])
def program(request: pytest.FixtureRequest) -> Program:
    """Each that is there. LibreOffice is large, and takes seconds to start: nobody has to have it."""
    return Program(request.param)


@pytest.fixture(params=[_param("ssconvert")])
def gnumeric(request: pytest.FixtureRequest) -> Program:
    """The quick one, for what the other would only say again."""
    return Program(request.param)


def opened(path: Path, *, values: bool) -> Workbook:
    """The workbook with the values that formulas have, or with the formulas."""
    return openpyxl.load_workbook(path, data_only=values)


def values_of(path: Path) -> Cells:
    """Every cell that holds something, by sheet and address; an empty text is nothing."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(path, values=True)
        for row in sheet.iter_rows()
        for cell in row
        if cell.value not in (None, "")
    }


def formulas_of(path: Path) -> dict[tuple[str, str], str]:
    """Every formula, by sheet and address."""
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in opened(path, values=False)
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }
