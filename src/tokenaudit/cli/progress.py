"""Bars on stderr while objects are read or fetched, on a terminal only."""

from __future__ import annotations

import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from tokenaudit.model.inert import visible
from tokenaudit.model.ports import Progress, Silent, Unwatched, Watcher
from tokenaudit.model.secrets import scrub

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import RenderableType

_WIDE = 120
_FIGURES = 48
"""Columns that objects, bytes, rate and time take: a name that is longer than the rest would push them out of sight."""
_SHORTEST = 12


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


def shortened(name: str, room: int) -> str:
    """A name with its middle left out, for its ends tell it from others; whatever the room, something of both stays."""
    room = max(room, _SHORTEST)
    if len(name) <= room:
        return name
    end = (room - 1) // 2
    return f"{name[: room - 1 - end]}…{name[-end:]}"


class Notes(Watcher, Protocol):
    """Whoever watches work on several sources, and takes lines for the person who waits."""

    def note(self, line: str) -> None:
        """A line that is worth being read."""


@contextmanager
def watching_sources(*, quiet: bool, color: bool) -> Iterator[Notes]:
    """A bar for each source while it is worked on, where somebody can see it; notes go to stderr unless `quiet`."""
    if quiet or not sys.stderr.isatty():
        yield _Plain(quiet=quiet)
        return
    from rich.console import Console  # only where bars are shown
    from rich.progress import (
        BarColumn,
        DownloadColumn,
        ProgressColumn,
        Task,
        TextColumn,
        TimeRemainingColumn,
        TransferSpeedColumn,
    )
    from rich.progress import Progress as Bars
    from rich.text import Text

    class WhereSized(ProgressColumn):
        """A column that stays empty where objects tell no size: answers of an API do not before they are there."""

        def __init__(self, column: ProgressColumn) -> None:
            super().__init__()
            self._column = column

        def render(self, task: Task) -> RenderableType:
            return self._column.render(task) if task.fields["sized"] else Text()

    console = Console(stderr=True, no_color=not color)
    bar_width = 20 if console.width >= _WIDE else 8
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=bar_width),
        TextColumn("{task.fields[objects]}", markup=False),
        WhereSized(DownloadColumn()),
        WhereSized(TransferSpeedColumn()),
        TimeRemainingColumn(),
    )
    with Bars(*columns, console=console, transient=True) as bars:

        class Lines:
            """All of them."""

            @contextmanager
            def source(self, name: str) -> Iterator[Progress]:
                title = shortened(visible(scrub(name)), console.width - bar_width - _FIGURES)
                task = bars.add_task(title, total=None, objects="", sized=False)
                done, whole = [0, 0], [0, 0]

                class One:
                    """One bar, in bytes or where none are told in objects, and the count of its objects."""

                    def total(self, objects: int, size_bytes: int) -> None:
                        whole[:] = objects, size_bytes
                        self._show()

                    def advance(self, objects: int, size_bytes: int) -> None:
                        done[:] = done[0] + objects, done[1] + size_bytes
                        self._show()

                    def _show(self) -> None:
                        sized = whole[1] > 0
                        bars.update(
                            task,
                            total=whole[sized] or None,
                            completed=done[sized],
                            objects=f"{done[0]:,}/{whole[0]:,}",
                            sized=sized,
                        )

                yield One()
                bars.remove_task(task)

            def note(self, line: str) -> None:
                console.print(f"note: {visible(scrub(line))}", markup=False, highlight=False, soft_wrap=True)

        yield Lines()


class _Plain(Unwatched):
    """No bars."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet

    def note(self, line: str) -> None:
        """A line on stderr."""
        if not self._quiet:
            sys.stderr.write(f"note: {visible(scrub(line))}\n")
