"""What was pulled, would be, or stands in the way, for people: long names are titles, so that figures have room."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from tokenaudit.render.figures import UNKNOWN, amounts, compact, counts, number
from tokenaudit.render.generic import write
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from tokenaudit.model.report import Section, Value
    from tokenaudit.render.figures import Formatter

Row = dict[str, "Value"]

_TONES = {
    "ok": Tone.BETTER,
    "failed": Tone.WORSE,
    "partial": Tone.WARNING,
    "warning": Tone.WARNING,
    "off": Tone.WARNING,
}
_MIDNIGHT = " 00:00:00Z"
_MINUTES = len("2026-10-05 14:00")


def plan_table(section: Section) -> Table:
    """A group for each call, with the right that it needs; a line for each place that it asks."""
    costs = iter(amounts([number(row["cost_usd"]) for row in section.rows]))
    groups = []
    for (provider, kind, service, operation, permission), rows in groupby(section.rows, _call):
        lines = tuple(
            (
                Cell(write(row["target"])),
                Cell(write(row["size"])),
                Cell(_window(row["since"], row["until"])),
                Cell(next(costs)),
            )
            for row in rows
        )
        groups.append(Group(lines, f"{provider} {kind}: {service} {operation}", _right(permission)))
    columns = (
        Column("asks", numeric=False),
        Column("how often", numeric=False),
        Column("window", numeric=False),
        Column("costs", "$"),
    )
    return Table(section.title, columns, tuple(groups), "call")


def known_table(section: Section) -> Table:
    """A group for each source that the ledger knows, one line long."""
    groups = tuple(
        Group(
            ((Cell(write(row["kind"])), Cell(_window(row["since"], row["until"])), Cell(_day(row["whole_until"]))),),
            write(row["feed"]),
        )
        for row in section.rows
    )
    columns = (
        Column("kind", numeric=False),
        Column("would be asked for", numeric=False),
        Column("whole until", numeric=False, priority=1),
    )
    return Table(section.title, columns, groups, "source")


def pulled_table(section: Section) -> Table:
    """A group for each source, one line long. Its window stands beside its name: there is room however narrow it is."""
    figures: tuple[tuple[str, Column, Formatter], ...] = (
        ("fetched", Column("fetched"), counts),
        ("skipped", Column("known"), counts),
        ("size_bytes", Column("size", "bytes", 2), compact),
        ("rows", Column("rows"), counts),
    )
    written = {name: written([number(row[name]) for row in section.rows]) for name, _, written in figures}
    groups = tuple(
        Group(
            (
                (
                    Cell(f"{write(row['kind'])} {write(row['status'])}", _TONES.get(write(row["status"]), Tone.PLAIN)),
                    *(Cell(written[name][place]) for name, _, _ in figures),
                    Cell(_day(row["whole_until"])),
                ),
            ),
            write(row["feed"]),
            _asked(row["since"], row["until"]),
        )
        for place, row in enumerate(section.rows)
    )
    columns = (
        Column("status", numeric=False),
        *(column for _, column, _ in figures),
        Column("whole until", numeric=False, priority=1),
    )
    return Table(section.title, columns, groups, "source")


def findings_table(section: Section) -> Table:
    """A group for each source, a line for each thing that was looked at."""
    groups = tuple(
        Group(
            tuple(
                (
                    Cell(write(row["check"])),
                    Cell(write(row["status"]), _TONES.get(write(row["status"]), Tone.PLAIN)),
                    Cell(write(row["finding"])),
                )
                for row in rows
            ),
            source,
        )
        for source, rows in groupby(section.rows, _source)
    )
    columns = (Column("check", numeric=False), Column("status", numeric=False), Column("finding", numeric=False))
    return Table(section.title, columns, groups, "source")


def _call(row: Row) -> tuple[str, ...]:
    return tuple(write(row[name]) for name in ("provider", "kind", "service", "operation", "permission"))


def _right(permission: str) -> str:
    return "no right needed" if permission == "none needed" else f"needs {permission}"


def _window(since: Value, until: Value) -> str:
    return UNKNOWN if since is None and until is None else f"{_day(since)} to {_day(until)}"


def _asked(since: Value, until: Value) -> str:
    return "" if since is None and until is None else f"asked for {_window(since, until)}"


def _source(row: Row) -> str:
    return write(row["source"])


def _day(moment: Value) -> str:
    """A moment as short as it can be said."""
    text = write(moment)
    return text.removesuffix(_MIDNIGHT) if text.endswith(_MIDNIGHT) else text[:_MINUTES]
