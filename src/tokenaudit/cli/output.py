"""Where a result goes: stdout and nothing else on it, or a file; notes and progress go to stderr."""

from __future__ import annotations

import io
import os
import shutil
import sys
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.export.files import refuse_existing, write_whole
from tokenaudit.render import PIPE, Terminal, caveat_lines, format_of, render

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tokenaudit.cli.options import Shared
    from tokenaudit.model.report import Report


def show(report: Report, shared: Shared, *, silent: bool = False) -> None:
    """Writes the report where, and in the form that, the options ask for; `silent` writes it empty."""
    fmt = format_for(shared)
    path = stdout_or(shared.output)
    if path is not None:
        refuse_existing(path, force=True)
        write_whole(path, ["" if silent else render(report, fmt, terminal=PIPE)])
    elif not silent:
        to_stdout([render(report, fmt, terminal=terminal(shared))], fmt)
    if fmt == "csv" and not shared.quiet:
        caveats_to_stderr(report)


def caveats_to_stderr(report: Report) -> None:
    """What has to be said beside data that has no room for it."""
    for line in caveat_lines(report):
        sys.stderr.write(f"{line}\n")


def to_stdout(pieces: Iterable[str], fmt: str) -> None:
    """Writes text to stdout: a table with what the terminal can show, any other format in UTF-8, as it is in a file."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        if fmt == "table":
            sys.stdout.reconfigure(errors="backslashreplace")
        else:
            sys.stdout.reconfigure(encoding="utf-8")
    sys.stdout.writelines(pieces)


_ENDINGS = "end it in .json, .jsonl, .csv, .md, .html, .xml or .txt, or give --format"


def format_for(shared: Shared, hint: str = _ENDINGS) -> str:
    """--format, else what the name of --output asks for, else a table. `hint` is for a name that asks for none."""
    path = stdout_or(shared.output)
    if shared.format is not None:
        return shared.format.value
    if path is None:
        return "table"
    named = format_of(path.name)
    if named is None:
        raise UsageError(f"{path.name} names no known format", hint=hint)
    return named


def for_machines(shared: Shared) -> bool:
    """Whether a program reads the result: it gets a document even when there is nothing in it."""
    return format_for(shared) not in ("table", "markdown")


def terminal(shared: Shared) -> Terminal:
    """What stdout can show. NO_COLOR (https://no-color.org) and FORCE_COLOR count where --color leaves it open."""
    on_terminal = sys.stdout.isatty()
    color = on_terminal and os.environ.get("TERM") != "dumb"
    if os.environ.get("FORCE_COLOR"):
        color = True
    if os.environ.get("NO_COLOR"):
        color = False
    if shared.color.value != "auto":
        color = shared.color.value == "always"
    width = shutil.get_terminal_size().columns if on_terminal else None
    encoding = (sys.stdout.encoding or "ascii").lower().replace("-", "")
    return Terminal(width, color, ascii_only=not encoding.startswith("utf"))


def stdout_or(path: Path | None) -> Path | None:
    """The file to write to; None for stdout. Raises UsageError for an empty name, which is that of this folder."""
    if path is not None and not path.name:
        raise UsageError("-o names no file", hint="write -o FILE, or -o - for stdout")
    return None if path is None or str(path) == "-" else path
