"""A pytest plugin for CI: a test that would skip because of its environment fails instead.

Two reasons stay good: one that names Python 3.12, which CI does not install, and one that names the samples folder
(`TOKENAUDIT_SHARED`), on a machine that has none.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

ROOT = Path(__file__).resolve().parents[2]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """A test that skips."""
    report = yield
    if report.skipped and not hasattr(report, "wasxfail"):
        _refuse(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """A whole file that skips while it is imported."""
    report = yield
    if report.skipped:
        _refuse(report)
    return report


def _refuse(report: pytest.TestReport | pytest.CollectReport) -> None:
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not _allowed(reason):
        report.outcome = "failed"
        report.longrepr = f"may not be skipped here: {reason}"


def _allowed(reason: str) -> bool:
    if "3.12" in reason:
        return True
    shared = Path(os.environ.get("TOKENAUDIT_SHARED") or ROOT.parent / "shared")
    return "TOKENAUDIT_SHARED" in reason and not shared.is_dir()
