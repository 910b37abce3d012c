"""Why the cost of the second side is another than that of the first: `compare --explain-change`."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.cost_cells import cost_cells
from tokenaudit.analysis.effects import (
    effects_by_model_section,
    effects_caveats,
    effects_section,
    explained,
    left_out,
)
from tokenaudit.analysis.tally import tally
from tokenaudit.errors import UsageError
from tokenaudit.model.report import Caveat
from tokenaudit.model.workings import BILLED, CONTRACTED, EFFECTIVE, LIST

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tokenaudit.analysis.attribution import CostCell
    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.analysis.cost_cells import Bought
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.question import Question
    from tokenaudit.model.report import Section

Found = tuple[tuple["Section", ...], tuple[Caveat, ...]]
"""Sections, and what is to be said of them."""


def change_effects(
    cells: Sequence[TokenCell],
    question: Question,
    pricing: Pricing,
    labels: Mapping[str, str],
    cost: str,
    *,
    strict: bool,
) -> Found:
    """Sections `effects` and `effects_by_model`, of list cost or, where unit prices are of it, of contracted cost.

    A bill does not say how many requests it is for, so billed costs are explained at list prices. Without a priced
    token on one side there are no sections: that what it cost is not known is no change. Raises UsageError where the
    question has not two sides.
    """
    if len(question.sides) != 2 or question.sides[0].label == question.sides[1].label:
        raise UsageError("a change is explained between two sides", hint="say --left and --right, each another")
    sides = (question.sides[0].label, question.sides[1].label)
    which = CONTRACTED if cost == CONTRACTED else LIST
    bought = cost_cells(cells, sides, pricing, labels, strict=strict)
    silent = [side for side, used in zip(sides, _used(bought), strict=True) if not any(used)]
    if silent:
        text = f"no log of {' and '.join(silent)} tells tokens that have a price, as has what they are compared with"
        return (), (Caveat("effects_unknown", f"why the cost changed is not known: {text}"),)
    found = explained(bought)
    sections = (effects_section(found, which), effects_by_model_section(found, which))
    counted = tally(cells, pricing, strict=strict)
    whole = [counted.side(side).list_cost_usd() or Decimal(0) for side in sides]
    said = (*effects_caveats(found, sides), *left_out(found, sides, whole), *_not_of_the_bill(cost))
    return sections, said


def _used(bought: Sequence[CostCell[Bought]]) -> tuple[list[bool], list[bool]]:
    """Of both sides whether each cell has anything that was used, or that was tried and failed."""
    return (
        [bool(cell.before.tokens or cell.before.requests) for cell in bought],
        [bool(cell.after.tokens or cell.after.requests) for cell in bought],
    )


def _not_of_the_bill(cost: str) -> Iterator[Caveat]:
    if cost in (BILLED, EFFECTIVE):
        yield Caveat(
            "effects_of_list_cost",
            f"effects are of list cost, not of {cost} cost: a bill does not say what requests it is for",
        )
