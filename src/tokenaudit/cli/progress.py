"""A bar on stderr while objects are read, on a terminal only."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

from tokenaudit.model.ports import Progress, Silent


@contextmanager
def watching(*, quiet: bool) -> Iterator[Progress]:
    """Whoever is to be told of the work: a bar where somebody can see it, else nobody."""
    if quiet or not sys.stderr.isatty():
        yield Silent()
        return
    from rich.console import Console  # noqa: PLC0415  # only where a bar is shown
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn  # noqa: PLC0415
    from rich.progress import Progress as Bars  # noqa: PLC0415

    columns = (TextColumn("reading"), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
        task = bars.add_task("reading", total=None)

        class Bar:
            """One bar, in bytes."""

            def total(self, objects: int, size_bytes: int) -> None:  # noqa: ARG002  # the bar counts bytes
                bars.update(task, total=size_bytes)

            def advance(self, objects: int, size_bytes: int) -> None:  # noqa: ARG002
                bars.update(task, advance=size_bytes)

        yield Bar()
