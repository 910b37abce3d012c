"""What all exports share: their options, and where their bytes go."""

from __future__ import annotations

import shutil
import sys
import tempfile
from contextlib import contextmanager
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.cli.options import Shared
    from tokenaudit.export.formats import Target


class ExportFormat(StrEnum):
    """What a file may be."""

    csv = "csv"
    tsv = "tsv"
    json = "json"
    jsonl = "jsonl"
    parquet = "parquet"
    xlsx = "xlsx"


FormatOption = Annotated[
    ExportFormat | None,
    typer.Option("--format", help="Format of the file.", show_default="by the file's name; csv on stdout"),
]
ForceOption = Annotated[bool, typer.Option("--force", help="Replace an existing file.")]


def target_of(shared: Shared, fmt: ExportFormat | None, *, force: bool) -> Target:
    """Where the export goes, checked before any work: it is a format, and replaces nothing that is not to be."""
    from tokenaudit.cli.output import stdout_or
    from tokenaudit.errors import UsageError
    from tokenaudit.export.files import refuse_existing
    from tokenaudit.export.formats import BINARY, target

    found = target(stdout_or(shared.output), fmt.value if fmt is not None else None)
    if found.path is not None:
        refuse_existing(found.path, force=force)
    elif found.fmt in BINARY and sys.stdout.isatty():
        raise UsageError(f"{found.fmt} is nothing for a terminal", hint="name a file with -o, or pipe it on")
    return found


@contextmanager
def into(target: Target) -> Iterator[BinaryIO]:
    """The stream to write to: a file that appears when it is whole, or stdout. A workbook is never written in order."""
    from tokenaudit.export.files import whole

    if target.path is not None:
        with whole(target.path) as stream:
            yield stream
    elif target.fmt == "xlsx":
        with tempfile.TemporaryFile() as draft:
            yield draft
            draft.seek(0)
            shutil.copyfileobj(draft, sys.stdout.buffer)
    else:
        yield sys.stdout.buffer


def note(shared: Shared, notes: Iterable[str]) -> None:
    """What has to be said and has no place in the file, on stderr."""
    from tokenaudit.model.inert import in_brief, visible

    if not shared.quiet:
        for each in notes:
            typer.echo(f"note: {visible(in_brief(each))}", err=True)
