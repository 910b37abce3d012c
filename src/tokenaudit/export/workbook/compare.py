"""The live cells of a comparison: which cost and unit cost is a formula over sheet Costs, and which stays a value.

Costs at list price, and at the contract's, are formulas. What a bill says is a fact and stays as it is billed, and so
do unit costs that are made of it. Counts and durations are read out of logs.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.export.workbook.costs import ANSWER, PROMPT, sum_of
from tokenaudit.export.workbook.sheets import Live

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tokenaudit.export.workbook.sheets import Placed
    from tokenaudit.model.cells import Group
    from tokenaudit.model.report import Section
    from tokenaudit.model.workings import Workings

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


def live_totals(section: Section, sides: Mapping[str, int], workings: Workings) -> dict[tuple[int, str], Live]:
    """The formulas of section `totals`. A side that only a bill knows has none."""
    found: dict[tuple[int, str], Live] = {}
    for row, values in enumerate(section.rows):
        side = sides[str(values["side"])]
        for basis, column in _with_steps(workings):
            if all(step.side != values["side"] for step in workings.steps[basis]):
                continue
            found[row, column] = Live(_cost(basis, side=side))
            if basis == workings.cost:
                found[row, "usd_per_mtok"] = Live(_unit_cost(basis, None, side=side))
    return found


def _with_steps(workings: Workings) -> Iterator[tuple[str, str]]:
    return ((basis, _COSTS[basis]) for basis in workings.steps)


def _cost(basis: str, *, line: int | None = None, side: int | None = None) -> str:
    priced = sum_of("priced_tokens", basis, line=line, side=side)
    return f'IF({priced}=0,"",{sum_of("cost_usd", basis, line=line, side=side)})'


def _unit_cost(basis: str, part: str | None, *, line: int | None = None, side: int | None = None) -> str:
    priced = sum_of("priced_tokens", basis, line=line, side=side, part=part)
    cost = sum_of("cost_usd", basis, line=line, side=side, part=part)
    return f'IF({priced}=0,"",{cost}*1000000/{priced})'
