"""Section `explain` as people want it: a tree, each step set in under the one that it explains."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.figures import Number, amounts, counts, number, percent, prices, tenths
from tokenaudit.render.generic import write
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from tokenaudit.model.report import Section, Value

_INDENT = "  "
_COLUMNS = (Column("figure", numeric=False), Column("value"), Column("how", numeric=False, priority=1))


def tree_of(section: Section) -> Table:
    """The steps in order: figure, value with its unit, and how it was worked out with the source of what went in."""
    lines = tuple(_line(row) for row in section.rows)
    return Table(section.title, _COLUMNS, (Group(lines),))


def _line(row: dict[str, Value]) -> tuple[Cell, ...]:
    depth = str(row["step"]).count(".")
    source = f" [{row['source']}]" if row["source"] else ""
    tone = Tone.STRONG if not depth else Tone.PLAIN
    return (
        Cell(_INDENT * depth + write(row["what"]), tone),
        Cell(_value(row["value"], str(row["unit"] or "")), tone),
        Cell(f"{row['how'] or ''}{source}", Tone.MUTED),
    )


def _value(value: Value, unit: str) -> str:
    figure: Number | None = number(value)
    if unit.startswith("USD/"):
        return f"{prices([figure])[0]} $/{unit.removeprefix('USD/').replace('1M tokens', '1M')}"
    if unit == "ratio":
        return percent([figure])[0]
    if unit in ("tokens", "requests"):
        return f"{counts([figure])[0]} {unit}"
    if unit == "ms":
        return f"{tenths([figure])[0]} ms"
    return f"{amounts([figure])[0]} {unit.replace('USD', '$')}".strip()
