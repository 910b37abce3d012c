"""How far tokens may differ and still agree."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Tolerance:
    """A gap of at most `tokens`, or of at most `ratio` of the billed tokens, is none."""

    tokens: int = 1000
    ratio: Decimal = Decimal("0.005")

    def allows(self, gap: int, billed: int) -> bool:
        """Whether so many billed tokens may be that far from the used ones."""
        return abs(gap) <= max(Decimal(self.tokens), self.ratio * billed)

    def cancels(self, gaps: Iterable[int], billed: int) -> bool:
        """Whether gaps of both signs explain each other: together they are none, and little of the smaller is left.

        `billed` is of all the cells together. What is left may be a quarter of the smaller side, so that the tolerance
        of a large cell does not explain the gap of a small one.
        """
        listed = list(gaps)
        above = sum(gap for gap in listed if gap > 0)
        below = -sum(gap for gap in listed if gap < 0)
        left = abs(above - below)
        return min(above, below) > 0 and self.allows(left, billed) and 4 * left <= min(above, below)
