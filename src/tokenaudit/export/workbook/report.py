"""A comparison or a reconciliation as a workbook: Summary, a sheet a section, Costs, Assumptions, Provenance."""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from tokenaudit.export.workbook import compare, reconcile, summary
from tokenaudit.export.workbook.assumptions import write_assumptions, write_provenance
from tokenaudit.export.workbook.book import Book, opened
from tokenaudit.export.workbook.costs import COSTS, Rates, write_costs
from tokenaudit.export.workbook.sheets import place, write_section
from tokenaudit.model.workings import LIST

if TYPE_CHECKING:
    from tokenaudit.model.report import Report
    from tokenaudit.model.workings import Workings


def write(stream: BinaryIO, report: Report, workings: Workings) -> list[str]:
    """The workbook, into `stream`. Returns what has to be said of it."""
    with opened(stream, constant_memory=False) as book:
        rates = Rates()
        if report.command == "compare":
            _comparison(book, report, workings, rates)
        else:
            _reconciliation(book, report, workings, rates)
        write_assumptions(book, book.sheet("Assumptions"), report, workings, rates)
        write_provenance(book, book.sheet("Provenance"), report, workings)
        return book.notes()


def _comparison(book: Book, report: Report, workings: Workings, rates: Rates) -> None:
    front = book.sheet("Summary")
    section, totals = report.section("compare"), report.section("totals")
    sides = [str(row["side"]) for row in totals.rows]
    numbers = {side: number for number, side in enumerate(sides, 1)}
    placed = {each.id: place(each.id, each.columns, len(each.rows)) for each in (section, totals)}
    live = {
        "compare": compare.live_rows(section, placed["compare"], workings),
        "totals": compare.live_totals(totals, placed["totals"], numbers, workings),
    }
    for each in report.sections:
        write_section(book, book.sheet(each.id), each, live.get(each.id))
    write_costs(book, book.sheet(COSTS), workings.steps, compare.lines_of(section), numbers, rates)
    summary.write_summary(book, front, report, placed, sides)


def _reconciliation(book: Book, report: Report, workings: Workings, rates: Rates) -> None:
    front = book.sheet("Summary")
    totals = report.section("totals")
    reconcile.write_summary(
        book, front, report, reconcile.live_totals(totals, place("Summary", totals.columns, len(totals.rows)))
    )
    for each in report.sections:
        if each.id == "reconcile":
            cells = reconcile.with_lines(report, workings)
            reconcile.write_cells(book, book.sheet("reconcile"), cells, workings.steps[LIST])
        elif each.id != "totals":
            write_section(book, book.sheet(each.id), each)
    lines = reconcile.lines_of(report.section("reconcile"))
    write_costs(book, book.sheet(COSTS), workings.steps, lines, reconcile.SIDES, rates)
