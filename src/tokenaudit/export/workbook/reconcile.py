"""The live cells of a reconciliation: gaps are differences, sums are SUMIFS over cells, tolerance is an assumption.

So are the prices of the book: list costs that the bill does not tell, and what a gap costs where nothing is billed.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.export.workbook.assumptions import TOLERANCE_RATIO, TOLERANCE_TOKENS
from tokenaudit.export.workbook.costs import COSTS, FIELDS, ordered
from tokenaudit.export.workbook.sheets import Live, place, write_section
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.export.workbook.sheets import Placed
    from tokenaudit.model.cells import Group
    from tokenaudit.model.report import Report
    from tokenaudit.model.workings import Step, Workings

_ADDED = (Field("line"), Field("judged"), Field("within_tolerance"))
_SUMS = ("logs_tokens", "metrics_tokens", "bill_tokens", "list_cost", "billed_cost")
_NAMED = (*_SUMS, "gap_tokens", "line", "judged")
SIDES = {"logs": 1, "bill": 2}
"""Who tells of the tokens of a step, as sheet Costs numbers sides."""


def lines_of(section: Section) -> dict[tuple[str, Group], int]:
    """The number of the line of each cell, from 1, whoever tells of its tokens."""
    names = [field.name for field in section.columns]
    keys = names[: names.index("logs_tokens")]
    cells = [tuple(row[key] for key in keys) for row in section.rows]
    return {(side, cell): number for number, cell in enumerate(cells, 1) for side in SIDES}


def with_lines(report: Report, workings: Workings) -> Section:
    """Section `reconcile` with the line of the totals that each cell is a part of, and whether it is judged."""
    cells, totals = report.section("reconcile"), report.section("totals")
    lines: dict[tuple[Value, ...], int] = {}
    for number, total in enumerate(totals.rows, 1):
        lines[total["provider"], total["kind"], total["currency"]] = number
        lines.setdefault((total["provider"], total["kind"], None), number)
    rows = []
    for row in cells.rows:
        is_billed = row["list_cost"] is not None or row["billed_cost"] is not None  # else its currency is of a list
        billed_in = row["currency"] if is_billed else None
        line = lines.get((row["provider"], row["kind"], billed_in)) or lines[row["provider"], row["kind"], None]
        judged = row["status"] not in workings.unjudged
        rows.append(
            {**row, "line": line, "judged": "yes" if judged else "no", "within_tolerance": _allowed(row, workings)}
        )
    return replace(cells, columns=(*cells.columns, *_ADDED), rows=tuple(rows))


def _allowed(row: dict[str, Value], workings: Workings) -> Value:
    gap, bill = row["gap_tokens"], row["bill_tokens"]
    if not isinstance(gap, int) or not isinstance(bill, int):
        return None
    most = max(float(workings.tolerance_tokens or 0), float(workings.tolerance_ratio or 0) * bill)
    return "yes" if abs(gap) <= most else "no"


def write_cells(book: Book, sheet: Worksheet, section: Section, steps: Iterable[Step]) -> None:
    """Section `reconcile`, live. `steps` are what its list costs are made of where the bill does not tell them."""
    priced = _Priced(section, steps)
    placed = place(sheet.get_name(), section.columns, len(section.rows))
    formulas: dict[tuple[int, str], Live] = {}
    for row in range(len(section.rows)):
        logs, metrics, bill, gap, billed, listed = (
            placed.cell(row, name)
            for name in ("logs_tokens", "metrics_tokens", "bill_tokens", "gap_tokens", "billed_cost", "list_cost")
        )
        usage = f'IF({logs}="",{metrics},{logs})'
        formulas[row, "gap_tokens"] = Live(f'IF(OR({bill}="",{usage}=""),"",{bill}-{usage})')
        formulas[row, "gap_ratio"] = Live(f'IF(OR({gap}="",{bill}=0),"",{gap}/{bill})')
        formulas[row, "billed_ratio"] = Live(f'IF(OR({billed}="",{listed}=""),"",IF({listed}=0,"",{billed}/{listed}))')
        most = f"MAX({TOLERANCE_TOKENS},{TOLERANCE_RATIO}*{bill})"
        costs = {
            "list_cost": priced.list_cost(row, bill),
            "gap_cost": f'IF({gap}="","",ABS({gap}*{billed}/{bill}))'
            if section.rows[row]["bill_tokens"] and section.rows[row]["billed_cost"] is not None
            else priced.gap_cost(row, gap, logs),
        }
        formulas.update(((row, name), Live(formula)) for name, formula in costs.items() if formula is not None)
        formulas[row, "within_tolerance"] = Live(f'IF({gap}="","",IF(ABS({gap})<={most},"yes","no"))')
    write_section(book, sheet, section, formulas)
    for name in _NAMED:
        book.book.define_name(f"cells_{name}", f"={placed.column(name)}")
    if section.rows:
        column = placed.columns["within_tolerance"]
        rule = {"type": "cell", "criteria": "==", "value": '"no"', "format": book.formats["worse"]}
        sheet.conditional_format(1, column, len(section.rows), column, rule)


class _Priced:
    """Which tokens of the cells have a price of the book, as formulas over sheet Costs.

    They add up the very rows of a cell: where each had to look for its own, a year of cells would take a spreadsheet
    minutes.
    """

    def __init__(self, section: Section, steps: Iterable[Step]) -> None:
        lines = lines_of(section)
        order = ordered(steps, lines, SIDES)
        self._rows = section.rows
        self._placed = place(COSTS, FIELDS, len(order))
        self._steps: dict[tuple[str, int], range] = {}
        self._tokens: Counter[tuple[str, int]] = Counter()
        self._known: defaultdict[int, Decimal] = defaultdict(Decimal)
        for at, step in enumerate(order):
            key = step.side, lines[step.side, step.group]
            self._steps[key] = range(self._steps.get(key, range(at, at)).start, at + 1)
            self._tokens[key] += step.tokens
            if step.side == "bill" and step.cost_usd is not None:
                self._known[key[1]] += step.cost_usd

    def list_cost(self, row: int, bill: str) -> str | None:
        """What the bill tells and what the book does; None where a part is not known, or the bill tells all of it."""
        key, listed = ("bill", row + 1), self._rows[row]["list_cost"]
        if key not in self._steps:
            return None
        cost, priced = self._sums(key)
        if self._tokens[key] == self._rows[row]["bill_tokens"]:
            return f'IF({priced}={bill},{cost},"")'
        return f"{listed - self._known[row + 1]}+{cost}" if isinstance(listed, Decimal) else None

    def gap_cost(self, row: int, gap: str, logs: str) -> str | None:
        """What a gap costs at list price; None where some of the logged tokens are of a model that has no name."""
        key = ("logs", row + 1)
        if key not in self._steps or self._tokens[key] != self._rows[row]["logs_tokens"]:
            return None
        cost, priced = self._sums(key)
        return f'IF(AND({gap}<>"",{priced}={logs}),ABS({gap}*{cost}/{logs}),"")'

    def _sums(self, key: tuple[str, int]) -> tuple[str, str]:
        cost, priced = (f"SUM({self._placed.cells(name, self._steps[key])})" for name in ("cost_usd", "priced_tokens"))
        return cost, priced


def live_totals(section: Section, placed: Placed) -> dict[tuple[int, str], Live]:
    """The formulas of section `totals`: sums over the cells, gaps over those that are judged.

    A list cost that is not known waits for its rates.
    """
    found: dict[tuple[int, str], Live] = {}
    for row, values in enumerate(section.rows):
        line = f"cells_line,{row + 1}"
        judged = f'{line},cells_judged,"yes"'
        for name in _SUMS:
            if values[name] is not None or name == "list_cost":
                known = f'COUNTIFS({line},cells_{name},">-1E+99")'
                found[row, name] = Live(f'IF({known}=0,"",SUMIFS(cells_{name},{line}))')
        if values["gap_tokens"] is not None:
            found[row, "gap_tokens"] = Live(f"SUMIFS(cells_gap_tokens,{judged})")
        if values["gap_ratio"] is not None:
            billed = f"SUMIFS(cells_bill_tokens,{judged})"
            found[row, "gap_ratio"] = Live(f'IF({billed}=0,"",{placed.cell(row, "gap_tokens")}/{billed})')
    return found


def write_summary(book: Book, sheet: Worksheet, report: Report, formulas: dict[tuple[int, str], Live]) -> None:
    """The totals, and a chart of who tells of how many tokens."""
    section = report.section("totals")
    write_section(book, sheet, section, formulas)
    if not section.rows:
        return
    names = [field.name for field in section.columns]
    ratio = names.index("gap_ratio")
    rule = {"type": "data_bar", "bar_color": "#D55E00"}
    sheet.conditional_format(1, ratio, len(section.rows), ratio, rule)
    aside = len(names) + 1
    sheet.set_column(aside, aside, 28)
    sheet.write_string(0, aside, "on the chart", book.formats["remark"])
    for row, values in enumerate(section.rows, 1):
        sheet.write_string(row, aside, book.text(f"{values['provider']} {values['kind']}"), book.formats["remark"])
    chart = book.book.add_chart({"type": "bar"})
    for name, color in (("logs_tokens", "#0072B2"), ("metrics_tokens", "#999999"), ("bill_tokens", "#D55E00")):
        column = names.index(name)
        chart.add_series(
            {
                "name": name.removesuffix("_tokens"),
                "categories": [sheet.get_name(), 1, aside, len(section.rows), aside],
                "values": [sheet.get_name(), 1, column, len(section.rows), column],
                "fill": {"color": color},
            }
        )
    chart.set_title({"name": "Tokens by who tells of them", "name_font": {"size": 11}})
    chart.set_y_axis({"reverse": True})
    chart.set_legend({"position": "bottom"})
    chart.set_size({"width": 760, "height": 140 + 44 * len(section.rows)})
    sheet.insert_chart(len(section.rows) + 3, 0, chart)
    verdict = f"verdict: {report.verdict.status}; a gap is judged by the tolerance on Assumptions"
    sheet.write_string(len(section.rows) + 1, 0, verdict, book.formats["remark"])
