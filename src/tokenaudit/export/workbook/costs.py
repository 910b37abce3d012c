"""Sheet Costs: every product of tokens and a rate, live; and the rates themselves, each in a cell with a name.

A sum of a report is a SUMIFS over the named columns of this sheet, so that whoever changes a rate on Assumptions, or
fills in one that is missing, sees what becomes of every cost.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenaudit.export.workbook.sheets import Live, place, write_section
from tokenaudit.model.columns import PROMPT_TOKENS
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.model.cells import Group
    from tokenaudit.model.workings import Step

COSTS = "Costs"
PROMPT, ANSWER = "prompt", "answer"
FIELDS = (
    Field("line"),
    Field("side_number"),
    Field("side"),
    Field("model"),
    Field("basis"),
    Field("part"),
    Field("token_kind"),
    Field("tokens", "tokens"),
    Field("rate_name"),
    Field("usd_per_mtok", "USD/1M tokens"),
    Field("priced_tokens", "tokens"),
    Field("cost_usd", "USD"),
    Field("assumed"),
    Field("why_unpriced"),
)
_NAMED = ("line", "side_number", "basis", "part", "priced_tokens", "cost_usd")


@dataclass
class Rates:
    """The rates in use, numbered as they were first met; a price that is missing has a number too.

    A price has one cell, whether the log told all that chooses it or a part was assumed: who changes it changes it.
    """

    _names: dict[tuple[object, ...], str] = field(default_factory=dict)
    _assumed: dict[str, set[tuple[str, ...]]] = field(default_factory=dict)
    steps: list[tuple[str, str, Step]] = field(default_factory=list)
    """Name, basis and the first step of each."""

    def name(self, basis: str, step: Step) -> str:
        """The name of the cell that holds the rate of a step."""
        unknown = (step.label, step.column, step.why) if step.rate is None else ()
        key = (basis, step.rate, step.layer, *unknown)
        if key not in self._names:
            kind = step.column.removesuffix("_tokens")
            self._names[key] = f"rate_{len(self._names) + 1:03d}_{kind}"
            self.steps.append((self._names[key], basis, step))
        self._assumed.setdefault(self._names[key], set()).add(tuple(step.assumed))
        return self._names[key]

    def assumed(self, name: str) -> str | None:
        """What was assumed to find a rate; `in part` where the log told it of some of the tokens."""
        found = self._assumed[name]
        words = ", ".join(sorted({word for each in found for word in each}))
        return None if not words else words if len(found) == 1 else f"{words} (in part)"


def write_costs(
    book: Book,
    sheet: Worksheet,
    steps: Mapping[str, tuple[Step, ...]],
    lines: Mapping[tuple[str, Group], int],
    sides: Mapping[str, int],
    rates: Rates,
) -> None:
    """One row a step, with the line of the main sheet and the number of the side that it belongs to."""
    rows: list[dict[str, Value]] = []
    formulas: dict[tuple[int, str], Live] = {}
    placed = place(sheet.get_name(), FIELDS, sum(map(len, steps.values())))
    for basis, found in steps.items():
        for step in ordered(found, lines, sides):
            name, at = rates.name(basis, step), len(rows)
            tokens = placed.cell(at, "tokens")
            formulas[at, "usd_per_mtok"] = Live(f'IF(ISNUMBER({name}),{name},"")')
            formulas[at, "priced_tokens"] = Live(f"IF(ISNUMBER({name}),{tokens},0)")
            formulas[at, "cost_usd"] = Live(f'IF(ISNUMBER({name}),{tokens}*{name}/1000000,"")')
            rows.append(
                {
                    "line": lines[step.side, step.group],
                    "side_number": sides[step.side],
                    "side": step.side,
                    "model": step.label,
                    "basis": basis,
                    "part": PROMPT if step.column in PROMPT_TOKENS else ANSWER,
                    "token_kind": step.column.removesuffix("_tokens"),
                    "tokens": step.tokens,
                    "rate_name": name,
                    "usd_per_mtok": step.rate.usd_per_mtok if step.rate else None,
                    "priced_tokens": step.tokens if step.rate else 0,
                    "cost_usd": step.cost_usd,
                    "assumed": ", ".join(step.assumed) or None,
                    "why_unpriced": step.why if step.rate is None else None,
                }
            )
    write_section(book, sheet, Section("costs", "Costs", FIELDS, tuple(rows)), formulas)
    for name in _NAMED:
        book.book.define_name(f"costs_{name}", f"={placed.column(name)}")


def ordered(steps: Iterable[Step], lines: Mapping[tuple[str, Group], int], sides: Mapping[str, int]) -> list[Step]:
    """The steps of one basis as they stand on the sheet: by line, and those of one side of it together."""
    return sorted(steps, key=lambda each: (lines[each.side, each.group], sides[each.side], each.column))


def sum_of(what: str, basis: str, *, line: int | None = None, side: int | None = None, part: str | None = None) -> str:
    """A formula: the sum of `cost_usd` or `priced_tokens` of a line or side, all of it or one part."""
    criteria = [f'costs_basis,"{basis}"']
    criteria += [f"costs_line,{line}"] if line is not None else []
    criteria += [f"costs_side_number,{side}"] if side is not None else []
    criteria += [f'costs_part,"{part}"'] if part is not None else []
    return f"SUMIFS(costs_{what},{','.join(criteria)})"
