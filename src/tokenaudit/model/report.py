"""What a command answers: sections of rows, caveats, a verdict and where it all came from. Renderers show it."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

Value = str | int | float | Decimal | bool | date | datetime | None


@dataclass(frozen=True)
class Field:
    """A column of a section. `unit` is for people and machines: `USD`, `USD/1M tokens`, `tokens`, `ms`, `ratio`, ``."""

    name: str
    unit: str = ""


@dataclass(frozen=True)
class Section:
    """A table of a report. Each row holds a value, or None for "not known", under every field's name."""

    id: str
    title: str
    columns: tuple[Field, ...]
    rows: tuple[dict[str, Value], ...]


@dataclass(frozen=True)
class Caveat:
    """Something that the reader has to know to read the figures right."""

    code: str
    text: str
    count: int | None = None


@dataclass(frozen=True)
class Verdict:
    """`status` is a gate word of the command contract; only `exit_code` 1 is a bad verdict."""

    status: str = "pass"
    exit_code: int = 0


@dataclass(frozen=True)
class Provenance:
    """What the figures rest on. Absent facts are None."""

    tool_version: str
    price_book_date: str | None = None
    price_book_sha256: str | None = None
    ledger_version: int | None = None


@dataclass(frozen=True)
class Report:
    """The answer of one command, ready for any renderer. `since`/`until` are UTC, half-open; None is unbounded."""

    command: str
    sections: tuple[Section, ...]
    provenance: Provenance
    caveats: tuple[Caveat, ...] = ()
    verdict: Verdict = field(default_factory=Verdict)
    since: datetime | None = None
    until: datetime | None = None

    def section(self, section_id: str) -> Section:
        """The section with this id. Raises KeyError when there is none."""
        for section in self.sections:
            if section.id == section_id:
                return section
        raise KeyError(section_id)
