"""Which columns of a table fit in a width, and how wide each becomes. Figures are never cut: columns go instead."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenaudit.render.tables import Table

Measure = Callable[[str], int]

GAP = 2
INDENT = 2
_NARROWEST_TEXT = 12
_NARROWEST_SIDE = 24


@dataclass(frozen=True)
class Fitted:
    """The table without the columns that found no room, the widths of those that did, the labels of those left out."""

    table: Table
    widths: tuple[int, ...]
    left_out: tuple[str, ...]


def indent_of(table: Table) -> int:
    """How far lines are set in under the titles of their groups."""
    return INDENT if any(group.title is not None for group in table.groups) else 0


def fit(table: Table, width: int | None, measure: Measure) -> Fitted:
    """The table within `width` cells; None leaves nothing out. `measure` gives the cells that a text takes."""
    naturals = [_natural(table, place, measure) for place in range(len(table.columns))]
    narrowest = [_NARROWEST_SIDE if table.key and not place else _NARROWEST_TEXT for place in range(len(naturals))]
    floors = [
        natural if column.numeric else min(natural, least)
        for column, natural, least in zip(table.columns, naturals, narrowest, strict=True)
    ]
    kept = _kept(table, floors, width)
    left_out = tuple(column.label for place, column in enumerate(table.columns) if place not in kept)
    widths = _widths([naturals[place] for place in kept], [floors[place] for place in kept], width)
    return Fitted(_narrowed(table, kept), tuple(widths), left_out)


def _natural(table: Table, place: int, measure: Measure) -> int:
    column = table.columns[place]
    texts = [column.name, column.unit, *(line[place].text for group in table.groups for line in group.lines)]
    return max(map(measure, texts)) + (0 if place else indent_of(table))


def _kept(table: Table, floors: list[int], width: int | None) -> list[int]:
    kept = list(range(len(floors)))
    while width is not None and len(kept) > 1 and sum(floors[place] + GAP for place in kept) - GAP > width:
        kept.remove(max(kept, key=lambda place: (place != 0, table.columns[place].priority, place)))
    return kept


def _widths(naturals: list[int], floors: list[int], width: int | None) -> list[int]:
    """Texts get what the figures leave, the shortest first, so that only long ones are folded."""
    if width is None:
        return naturals
    widths = list(floors)
    spare = max(0, width - sum(floors) - GAP * (len(floors) - 1))
    for place in sorted(range(len(floors)), key=lambda each: naturals[each]):
        more = min(spare, naturals[place] - floors[place])
        widths[place] += more
        spare -= more
    return widths


def _narrowed(table: Table, kept: list[int]) -> Table:
    groups = (
        replace(group, lines=tuple(tuple(line[place] for place in kept) for line in group.lines))
        for group in table.groups
    )
    return replace(table, columns=tuple(table.columns[place] for place in kept), groups=tuple(groups))
