"""Shows a `Report`: `render(report, "table")`. One file a format; a format is loaded when it is asked for.

A renderer knows no ledger and no price. A new one is a file with `render(report, terminal) -> str` and a line in
`FORMATS`. Each shows every caveat and where the figures come from; only csv holds data alone, so its caller prints
`caveat_lines`.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol, cast

from tokenaudit.errors import UsageError
from tokenaudit.render.notes import caveat_line, caveat_lines
from tokenaudit.render.settings import PIPE, Terminal

if TYPE_CHECKING:
    from tokenaudit.model.report import Report

__all__ = ["FORMATS", "PIPE", "Terminal", "caveat_line", "caveat_lines", "format_of", "render"]

# Name of a format -> its module here, and the file names that mean it.
FORMATS: dict[str, tuple[str, tuple[str, ...]]] = {
    "table": ("terminal", (".txt",)),
    "json": ("json_document", (".json",)),
    "jsonl": ("json_lines", (".jsonl", ".ndjson")),
    "csv": ("csv_table", (".csv",)),
    "markdown": ("markdown", (".md", ".markdown")),
    "html": ("html", (".html", ".htm")),
    "github": ("github", ()),
    "annotations": ("annotations", ()),
    "gitlab": ("gitlab", ()),
    "azure": ("azure", ()),
    "junit": ("junit", (".xml",)),
}


class _Renderer(Protocol):
    def render(self, report: Report, terminal: Terminal) -> str: ...


def render(report: Report, fmt: str, *, terminal: Terminal = PIPE) -> str:
    """The report in this format; only `table` heeds `terminal`. Raises UsageError where there is no such format."""
    if fmt not in FORMATS:
        raise UsageError(f"no format is called {fmt!r}", hint="formats: " + ", ".join(FORMATS))
    module, _ = FORMATS[fmt]
    return cast("_Renderer", import_module(f"{__name__}.{module}")).render(report, terminal)


def format_of(filename: str) -> str | None:
    """The format that a file's name asks for, or None where it says nothing."""
    for name, (_, endings) in FORMATS.items():
        if filename.lower().endswith(endings):
            return name
    return None
