"""Why billed and used tokens of a cell differ. Each difference is named as what it is, or as what is left.

The order, and why:

 1. `late`: the day is not settled yet. Its bill will still change, so that nothing else can be said of it.
 2. `no_bill`, `no_usage`: one of the two does not speak of that day at all, or the bill does not tell how many
    tokens it is for. Nothing to compare is no gap.
 3. `ok`: within tolerance. What cells of `ok` cost is looked at in `billed_rates`.
 4. `boundary_shift`: the gap of the same cell on the day before or after is the opposite. A request that begins before
    midnight is logged on one day and billed on the other. Before all others, as it says that nothing is wrong.
 5. `kind_shift`: gaps of two kinds of one cell, or those of all kinds of prompt tokens, are opposite: cached tokens
    counted as uncached ones. Before `unlogged`, which is what the kind that was never logged would look like.
 6. `region_shift`: gaps of one cell in two or more regions are opposite: a request may run elsewhere than it was
    called, and a log tells the one place, a bill perhaps the other. Before `unlogged` and `overlogged` as well.
 7. `model_alias`: one model is in the logs only, another in the bill only, and each kind of their tokens agrees: one
    model with two names. Before `unlogged` and `overlogged` for the same reason.
 8. `unlogged`: nothing was used, but something billed. `unlogged_excess`: more was billed than used.
 9. `overlogged`: more was used than billed: duplicates, or calls that were not charged.

Gaps cancel where the cells together are within tolerance, and what is left is at most a quarter of the smaller gap. The
second condition keeps a small gap from being explained by the tolerance of a large neighbour. The neighbour may be
within its own tolerance: what is a gap in a small cell need not be one in a large cell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from tokenaudit.analysis.gap_causes import Gap, days_shifted, kinds_shifted, models_renamed, regions_shifted

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

    from tokenaudit.analysis.lineup import Cell
    from tokenaudit.analysis.tolerance import Tolerance

Status = Literal[
    "late",
    "no_bill",
    "no_usage",
    "ok",
    "discount",
    "boundary_shift",
    "kind_shift",
    "region_shift",
    "model_alias",
    "unlogged",
    "unlogged_excess",
    "overlogged",
    "rate_mismatch",
]

UNJUDGED: frozenset[Status] = frozenset(("late", "no_bill", "no_usage"))
GOOD: frozenset[Status] = frozenset(("ok", "discount", "boundary_shift"))
"""A shift over midnight is good, as both days together agree. One model or region for another is not: prices differ."""


@dataclass(frozen=True, slots=True)
class Judged:
    """A cell and what it is. `counterpart` says where the tokens are: other day, kinds, regions or model."""

    cell: Cell
    status: Status
    counterpart: str | None = None

    @property
    def is_judged(self) -> bool:
        """Whether there was something to compare, and it is settled."""
        return self.status not in UNJUDGED

    @property
    def is_bad(self) -> bool:
        """Whether it does not reconcile."""
        return self.is_judged and self.status not in GOOD


def judge(cells: Iterable[Cell], tolerance: Tolerance, settle_until: date | None) -> list[Judged]:
    """The class of each cell by its tokens, in the order given. Days from `settle_until` on are late; None: no day."""
    listed = list(cells)
    gaps: list[Gap] = []
    found: dict[object, tuple[Status, str | None]] = {}
    for cell in listed:
        if settle_until is not None and cell.key.day >= settle_until:
            found[cell.key] = "late", None
        elif cell.bill is None or cell.usage is None:
            found[cell.key] = "no_bill" if cell.bill is None else "no_usage", None
        else:
            gaps.append(Gap(cell.key, cell.usage, cell.bill))
            if tolerance.allows(gaps[-1].tokens, cell.bill):
                found[cell.key] = _among_parts(cell, tolerance)
    status: Status
    for status, cause in (
        ("boundary_shift", days_shifted),
        ("kind_shift", kinds_shifted),
        ("region_shift", regions_shifted),
        ("model_alias", models_renamed),
    ):
        unexplained = {gap.key for gap in gaps if gap.key not in found}
        found.update({key: (status, other) for key, other in cause(gaps, unexplained, tolerance).items()})
    found.update({gap.key: (_left(gap), None) for gap in gaps if gap.key not in found})
    return [Judged(cell, *found[cell.key]) for cell in listed]


def _left(gap: Gap) -> Status:
    if gap.tokens < 0:
        return "overlogged"
    return "unlogged_excess" if gap.used else "unlogged"


def _among_parts(cell: Cell, tolerance: Tolerance) -> tuple[Status, str | None]:
    """Prompt tokens may agree together, and their kinds not: metrics hide what logs and bill tell apart."""
    off = [part.kind for part in cell.parts if not tolerance.allows(part.bill - part.logs, part.bill)]
    return ("kind_shift", ", ".join(off)) if off and cell.logs is not None else ("ok", None)
