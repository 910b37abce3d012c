"""Further documents of one run: a report in one more format each, and the summary page of a GitHub Actions step."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.export.files import refuse_existing, write_whole
from tokenaudit.render import FORMATS, render
from tokenaudit.render.github import cut

if TYPE_CHECKING:
    from tokenaudit.model.report import Report

SUMMARY = "GITHUB_STEP_SUMMARY"
MOST_SUMMARY_BYTES = 1024 * 1024
"""GitHub refuses a step's summary as a whole where it is larger."""
_FOR_PEOPLE = frozenset(("table", "markdown", "github"))


@dataclass(frozen=True)
class Document:
    """A format and the file to write it to."""

    fmt: str
    path: Path

    def write(self, report: Report, *, silent: bool) -> None:
        """Writes the file whole, over an older one; empty where there is nothing that people should be told."""
        write_whole(self.path, ["" if silent and for_people(self.fmt) else render(report, self.fmt)])


def for_people(fmt: str) -> bool:
    """Whether people read this format: they need no page that says that nothing changed."""
    return fmt in _FOR_PEOPLE


def write_also(text: str) -> Document:
    """`FORMAT=FILE`. Raises UsageError for a format that there is not, and for a file that cannot be written."""
    fmt, equals, name = text.partition("=")
    if not equals or not name or fmt not in FORMATS:
        raise UsageError(f"--also {text!r} names no format and file", hint="write FORMAT=FILE; " + ", ".join(FORMATS))
    path = Path(name)
    refuse_existing(path, force=True)
    return Document(fmt, path)


def summary_of_step() -> Path:
    """The file of this step's summary. Raises UsageError outside GitHub Actions, which names it."""
    name = os.environ.get(SUMMARY)
    if not name:
        raise UsageError(
            f"--step-summary needs {SUMMARY}", hint="GitHub Actions sets it; elsewhere use --also github=FILE"
        )
    return Path(name)


def add_to_summary(path: Path, report: Report) -> None:
    """Adds the comment to the summary, as much of it as there is room for. Raises UsageError where it cannot."""
    text = render(report, "github")
    try:
        written = path.stat().st_size if path.exists() else 0
        room = MOST_SUMMARY_BYTES - written
        if len(text.encode()) > room:
            text = "\n".join(cut(text.splitlines(), room)) + "\n"
        with path.open("a", encoding="utf-8") as file:
            file.write(text)
    except OSError as error:
        raise UsageError(
            f"the summary {path} cannot be written: {error.strerror}",
            hint=f"{SUMMARY} names it; leave --step-summary out",
        ) from error
