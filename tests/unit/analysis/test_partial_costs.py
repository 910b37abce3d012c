"""Which costs are those of some bills only, as the others do not tell them."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tests.unit.analysis.made import line

from tokenaudit.analysis.partial_costs import partial_costs

if TYPE_CHECKING:
    from tokenaudit.model.cells import BillCell

BOTH = line(effective_cost=Decimal(1))
NEXT = date(2026, 10, 2)


def codes(*lines: BillCell) -> list[str]:
    return [each.code for each in partial_costs(lines)]


def test_a_day_that_does_not_tell_the_cost_is_named() -> None:
    (caveat,) = partial_costs([BOTH, replace(BOTH, day=NEXT, days=2, effective_cost=None)])
    assert caveat.code == "partial_effective_cost"
    assert caveat.text == (
        "left: aws.cur tells no effective cost of 111122223333 on 2 days (2026-10-02 to 2026-10-03): "
        "effective cost is that of the rest alone"
    )
    assert caveat.count == 2


def test_an_account_that_does_not_tell_it_is_named_too() -> None:
    other = replace(BOTH, account="444455556666", effective_cost=None)
    assert codes(BOTH, other) == ["partial_effective_cost"]
    assert codes(replace(BOTH, billed_cost=None), other) == ["partial_billed_cost", "partial_effective_cost"]


def test_a_cost_that_no_bill_tells_or_every_day_does_is_not_partial() -> None:
    untold = replace(BOTH, effective_cost=None)
    assert codes(untold, replace(untold, day=NEXT)) == []
    assert codes(BOTH, replace(untold, kind="output")) == [], "the negation of what a plan covers has none"
    assert codes(BOTH, replace(untold, day=NEXT, side="right")) == [], "another side"
    besides: tuple[dict[str, Any], ...] = (
        {"category": "Purchase"},
        {"kind": None, "tier": None, "meter": "USE1-Guardrail-Units"},
    )
    for beside in besides:
        assert codes(BOTH, replace(untold, day=NEXT, **beside)) == [], beside
