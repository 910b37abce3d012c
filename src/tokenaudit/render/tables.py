"""A table as people see it: named columns of written figures, in groups. Neither markdown nor a terminal yet."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from tokenaudit.model.inert import brief


class Tone(Enum):
    """What a text means; colour only repeats it."""

    PLAIN = "plain"
    STRONG = "strong"
    MUTED = "muted"
    WARNING = "warning"
    BETTER = "better"
    WORSE = "worse"


@dataclass(frozen=True)
class Column:
    """`priority` 0 is always shown; where there is no room the highest number goes first."""

    name: str
    unit: str = ""
    priority: int = 0
    numeric: bool = True

    @property
    def label(self) -> str:
        """Name and unit on one line; a name that is its own unit once."""
        return self.name if self.unit == self.name else f"{self.name} {self.unit}".strip()


@dataclass(frozen=True)
class Cell:
    """A written figure or a text, exactly as it came: whoever shows it makes it harmless."""

    text: str
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True)
class Group:
    """Lines under one title; `note` is what follows the title. No title: the lines stand for themselves."""

    lines: tuple[tuple[Cell, ...], ...]
    title: str | None = None
    note: str = ""


@dataclass(frozen=True)
class Table:
    """`columns` begin with the one that names a line. `key` says what the groups' titles are.

    `section` is the id of the section that it shows: a page draws a picture of some.
    """

    title: str
    columns: tuple[Column, ...]
    groups: tuple[Group, ...]
    key: str = ""
    section: str = ""

    def has(self, text: str) -> bool:
        """Whether some cell says just this."""
        return any(cell.text == text for group in self.groups for line in group.lines for cell in line)

    @property
    def is_single_line(self) -> bool:
        """One line without a title: it may as well be read from top to bottom."""
        return len(self.groups) == 1 and self.groups[0].title is None and len(self.groups[0].lines) == 1


@dataclass(frozen=True)
class Chart(Table):
    """A table whose figures may be drawn beside them: of each line and numeric column how much of the most it is.

    None is a figure that is not known. Whoever cannot draw shows the table.
    """

    shares: tuple[tuple[float | None, ...], ...] = ()


def shortened(table: Table) -> Table:
    """The table without the rest of texts that nobody would read to their end."""
    groups = tuple(
        replace(
            group,
            title=None if group.title is None else brief(group.title),
            lines=tuple(tuple(replace(cell, text=brief(cell.text)) for cell in line) for line in group.lines),
        )
        for group in table.groups
    )
    return replace(table, groups=groups)
