"""Rows of a section as lines of written figures, as columns declare them; and how what is not known looks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.figures import UNKNOWN, Formatter, number, prices
from tokenaudit.render.tables import Cell, Column, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.model.report import Value

Declared = tuple[Column, Formatter, str]
"""A column, how its figures are written, and the field of the section that holds them."""


def cell(text: str) -> Cell:
    """A written figure; one that is not known stands back."""
    return Cell(text, Tone.MUTED if text == UNKNOWN else Tone.PLAIN)


def lines_of(rows: Sequence[dict[str, Value]], declared: Sequence[Declared]) -> list[tuple[Cell, ...]]:
    """The figures of each row. All unit prices have the same decimals, so that one can be held against another."""
    unit_prices = [number(row[name]) for _, formatter, name in declared if formatter is prices for row in rows]
    decimals = iter(prices(unit_prices))
    written = [
        [next(decimals) for _ in rows] if formatter is prices else formatter([number(row[name]) for row in rows])
        for _, formatter, name in declared
    ]
    if not written:
        return [() for _ in rows]
    return [tuple(map(cell, line)) for line in zip(*written, strict=True)]
