"""Tables of prices: a group for each provider and model, which leaves the prices themselves their room."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.render.generic import table_of
from tokenaudit.render.tables import Cell, Group, Table

if TYPE_CHECKING:
    from tokenaudit.model.report import Section

_OF_A_GROUP = ("provider", "model", "model_version")


def prices_table(section: Section) -> Table:
    """The section as any other, but for what is the title of a group."""
    rest = tuple(field for field in section.columns if field.name not in _OF_A_GROUP)
    table = table_of(replace(section, columns=rest))
    (whole,) = table.groups
    groups: dict[str, list[tuple[Cell, ...]]] = {}
    for row, line in zip(section.rows, whole.lines, strict=True):
        title = " ".join(str(row[name]) for name in _OF_A_GROUP if row.get(name) is not None)
        groups.setdefault(title, []).append(line)
    listed = tuple(Group(tuple(lines), title) for title, lines in groups.items())
    return replace(table, groups=listed, key="provider, model")
