"""What a text is shown on. The command line decides it (NO_COLOR, FORCE_COLOR, --color, the size of the window)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Terminal:
    """`width` in cells; None is a pipe or a file: nothing is left out, folded or shortened there."""

    width: int | None = None
    color: bool = False
    ascii_only: bool = False


PIPE = Terminal()
