"""A bar on stderr while objects are read, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from tokenaudit.model.ports import Progress, Silent

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def watching(*, quiet: bool, color: bool) -> Iterator[Progress]:
    """Whoever is to be told of the work: a bar where somebody can see it, else nobody."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console  # only where a bar is shown
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True, no_color=not color), transient=True) as bars:
        task = bars.add_task("reading", total=None)

        class Bar:
            """One bar, in bytes."""

            def total(self, objects: int, size_bytes: int) -> None:  # the bar counts bytes  # noqa: ARG002
                bars.update(task, total=size_bytes)

            def advance(self, objects: int, size_bytes: int) -> None:  # the same  # noqa: ARG002
                bars.update(task, advance=size_bytes)

        yield Bar()
