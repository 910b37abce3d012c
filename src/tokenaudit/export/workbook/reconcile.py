"""The live cells of a reconciliation: gaps are differences, sums are SUMIFS over cells, tolerance is an assumption."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.export.workbook.assumptions import TOLERANCE_RATIO, TOLERANCE_TOKENS
from tokenaudit.export.workbook.sheets import Live, place, write_section
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.export.workbook.sheets import Placed
    from tokenaudit.model.report import Report
    from tokenaudit.model.workings import Workings

_ADDED = (Field("line"), Field("judged"), Field("within_tolerance"))
_SUMS = ("logs_tokens", "metrics_tokens", "bill_tokens", "list_cost", "billed_cost")
_NAMED = (*_SUMS, "gap_tokens", "line", "judged")


def with_lines(report: Report, workings: Workings) -> Section:
    """Section `reconcile` with the line of the totals that each cell is a part of, and whether it is judged."""
    cells, totals = report.section("reconcile"), report.section("totals")
    lines: dict[tuple[Value, ...], int] = {}
    for number, total in enumerate(totals.rows, 1):
        lines[total["provider"], total["kind"], total["currency"]] = number
        lines.setdefault((total["provider"], total["kind"], None), number)
    rows = []
    for row in cells.rows:
        line = lines.get((row["provider"], row["kind"], row["currency"])) or lines[row["provider"], row["kind"], None]
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


def write_cells(book: Book, sheet: Worksheet, section: Section) -> None:
    """Section `reconcile`, live."""
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
        formulas[row, "within_tolerance"] = Live(f'IF({gap}="","",IF(ABS({gap})<={most},"yes","no"))')
    write_section(book, sheet, section, formulas)
    for name in _NAMED:
        book.book.define_name(f"cells_{name}", f"={placed.column(name)}")
    if section.rows:
        column = placed.columns["within_tolerance"]
        rule = {"type": "cell", "criteria": "==", "value": '"no"', "format": book.formats["worse"]}
        sheet.conditional_format(1, column, len(section.rows), column, rule)


def live_totals(section: Section, placed: Placed) -> dict[tuple[int, str], Live]:
    """The formulas of section `totals`: sums over the cells, gaps over those that are judged."""
    found: dict[tuple[int, str], Live] = {}
    for row, values in enumerate(section.rows):
        line = f"cells_line,{row + 1}"
        judged = f'{line},cells_judged,"yes"'
        for name in _SUMS:
            if values[name] is not None:
                found[row, name] = Live(f"SUMIFS(cells_{name},{line})")
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
