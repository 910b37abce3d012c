"""The live cells of a comparison: which cost and unit cost is a formula over sheet Costs, and which stays a value.

Costs at list price, and at the contract's, are formulas. What a bill says is a fact and stays as it is billed, and so
do unit costs that are made of it. Counts and durations are read out of logs.
"""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.export.workbook.costs import ANSWER, PROMPT, sum_of
from tokenaudit.export.workbook.sheets import Live
from tokenaudit.model.workings import LIST

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from tokenaudit.export.workbook.sheets import Placed
    from tokenaudit.model.cells import Group
    from tokenaudit.model.report import Section, Value
    from tokenaudit.model.workings import Step, Workings

_PARTS = {"usd_per_mtok": None, "usd_per_mtok_input": PROMPT, "usd_per_mtok_output": ANSWER}
_COSTS = {"list": "list_cost_usd", "contracted": "contracted_cost_usd"}
"""Basis of the steps -> the column that adds them up."""


def lines_of(section: Section) -> dict[tuple[str, Group], int]:
    """The number of the line of each side and group, from 1."""
    names = [field.name for field in section.columns]
    keys = [name for name in names[: names.index("side")] if name != "match"]
    return {(str(row["side"]), tuple(row[key] for key in keys)): number for number, row in enumerate(section.rows, 1)}


def live_rows(section: Section, placed: Placed, workings: Workings) -> dict[tuple[int, str], Live]:
    """The formulas of section `compare`. A row that only a bill knows has none."""
    found: dict[tuple[int, str], Live] = {}
    for row, values in enumerate(section.rows):
        if values["requests"] is None:
            continue
        for basis, column in _with_steps(workings):
            found[row, column] = Live(_cost(basis, line=row + 1))
            if basis == workings.cost:
                for name, part in _PARTS.items():
                    found[row, name] = Live(_unit_cost(basis, part, line=row + 1))
                cost, requests = placed.cell(row, column), placed.cell(row, "requests")
                found[row, "usd_per_request"] = Live(f'IF({cost}="","",{cost}/{requests})')
    return found


def live_totals(
    section: Section, placed: Placed, sides: Mapping[str, int], workings: Workings
) -> dict[tuple[int, str], Live]:
    """The formulas of section `totals`. A side that only a bill knows has none; groups that only it knows are facts."""
    found: dict[tuple[int, str], Live] = {}
    for row, values in enumerate(section.rows):
        side = sides[str(values["side"])]
        for basis, column in _with_steps(workings):
            steps = [step for step in workings.steps[basis] if step.side == values["side"]]
            if not steps:
                continue
            fixed = _of_the_bill(values, steps) if basis == LIST else ("", "")
            found[row, column] = Live(_cost(basis, side=side, fixed=fixed))
            if basis == workings.cost:
                found[row, "usd_per_mtok"] = Live(_unit_cost(basis, None, side=side, fixed=fixed))
            if basis == LIST:
                priced = sum_of("priced_tokens", basis, side=side) + fixed[1]
                found[row, "priced_ratio"] = Live(f"({priced})/{placed.cell(row, 'tokens')}")
    return found


def _of_the_bill(totals: Mapping[str, Value], steps: Iterable[Step]) -> tuple[str, str]:
    """List cost and priced tokens of a side that come of no rate, to be added in a formula; empty without any."""
    tokens, ratio, listed = totals["tokens"], totals["priced_ratio"], totals["list_cost_usd"]
    if not (isinstance(tokens, int) and isinstance(ratio, float) and isinstance(listed, Decimal)):
        return "", ""
    priced = [step for step in steps if step.cost_usd is not None]
    cost = listed - sum((step.cost_usd or Decimal(0) for step in priced), Decimal(0))
    count = round(tokens * ratio) - sum(step.tokens for step in priced)
    return (f"+{cost}", f"+{count}") if count else ("", "")


def _with_steps(workings: Workings) -> Iterator[tuple[str, str]]:
    return ((basis, _COSTS[basis]) for basis in workings.steps)


def _cost(basis: str, *, line: int | None = None, side: int | None = None, fixed: tuple[str, str] = ("", "")) -> str:
    priced = sum_of("priced_tokens", basis, line=line, side=side) + fixed[1]
    return f'IF({priced}=0,"",{sum_of("cost_usd", basis, line=line, side=side)}{fixed[0]})'


def _unit_cost(
    basis: str,
    part: str | None,
    *,
    line: int | None = None,
    side: int | None = None,
    fixed: tuple[str, str] = ("", ""),
) -> str:
    priced = sum_of("priced_tokens", basis, line=line, side=side, part=part) + fixed[1]
    cost = sum_of("cost_usd", basis, line=line, side=side, part=part) + fixed[0]
    return f'IF({priced}=0,"",({cost})*1000000/({priced}))'
