"""Sheets Assumptions and Provenance: what the figures rest on, and where they come from.

The cells that an auditor may change are coloured and named; everything else is there to be read.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from xlsxwriter.utility import xl_rowcol_to_cell

from tokenaudit.export.workbook.sheets import write_cell

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.export.workbook.costs import Rates
    from tokenaudit.model.report import Report, Value
    from tokenaudit.model.workings import Step, Workings

TOLERANCE_TOKENS, TOLERANCE_RATIO = "tolerance_tokens", "tolerance_ratio"
_RATE_HEAD = (
    *("rate_name", "usd_per_mtok", "basis", "provider", "model", "version", "token_kind", "scope", "tier", "region"),
    *("prompt_above_tokens", "valid_from", "valid_until", "layer", "source", "source_date", "note", "assumed"),
)
_OBJECT_HEAD = ("source", "object_uri", "identity", "sha256", "records", "rejects")
_HASHES = (
    "of the content that was read; empty where a file has changed or gone since, and where a cloud's own identity "
    "(an ETag) stands for it"
)
_UTC = "All times are UTC; windows exclude their end."
_OF_COSTS = (
    "Coloured cells may be changed: costs and unit costs on Summary, compare, totals and Costs follow.",
    "All other sheets, and discounts and counts on these, stay as they were worked out.",
    "A rate that is missing is an empty coloured cell: its tokens cost nothing known until it is filled in.",
    f"What a bill says is a fact, and stays as it is billed. {_UTC}",
)
_OF_GAPS = (
    "Coloured cells may be changed: within_tolerance on sheet reconcile follows the tolerances.",
    "list_cost and gap_cost on sheet reconcile, and sums on Summary, follow a rate where the bill tells no list cost.",
    f"What a cell is (status), which cells are judged, and the verdict stay as they were found. {_UTC}",
)


def write_assumptions(book: Book, sheet: Worksheet, report: Report, workings: Workings, rates: Rates) -> None:
    """Window, book, tolerance, exchange rates, the rates in use, and the caveats."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 22)
    sheet.set_column(2, len(_RATE_HEAD) - 1, 16)
    sheet.write_string(0, 0, "Assumptions", book.formats["title"])
    row = _pairs(
        book, sheet, 1, [("", text) for text in (_OF_COSTS if workings.tolerance_tokens is None else _OF_GAPS)]
    )
    row = _pairs(book, sheet, row + 1, _window(report, workings))
    row = _tolerance(book, sheet, row, workings)
    row = _exchange(book, sheet, row, report)
    row = _rates(book, sheet, row + 1, rates)
    _caveats(book, sheet, row + 1, report)


def write_provenance(book: Book, sheet: Worksheet, report: Report, workings: Workings) -> None:
    """Tool, ledger, price book with its whole hash, and every object that the ledger was filled from."""
    sheet.set_column(0, 0, 30)
    sheet.set_column(1, 1, 66)
    sheet.set_column(2, 2, 34)
    sheet.set_column(3, 3, 66)
    sheet.set_column(4, 5, 12)
    sheet.write_string(0, 0, "Provenance", book.formats["title"])
    source = report.provenance
    facts: tuple[tuple[str, Value], ...] = (
        ("command", report.command),
        ("tool", f"tokenaudit {source.tool_version}"),
        ("ledger version", source.ledger_version),
        ("price book date", source.price_book_date),
        ("price book sha256", source.price_book_sha256),
        ("verdict", f"{report.verdict.status} (exit code {report.verdict.exit_code})"),
        ("objects in the ledger", len(workings.objects)),
        ("times", "UTC"),
        ("sha256", _HASHES),
        *(("note", note) for note in book.notes()),
    )
    row = _pairs(book, sheet, 1, facts) + 1
    for place, name in enumerate(_OBJECT_HEAD):
        sheet.write_string(row, place, name, book.formats["head"])
    for number, each in enumerate(workings.objects, row + 1):
        values: tuple[Value, ...] = (each.source, each.uri, each.identity, each.sha256, each.records, each.rejects)
        for place, value in enumerate(values):
            write_cell(book, sheet, (number, place), value)
    if workings.objects:
        sheet.autofilter(row, 0, row + len(workings.objects), len(_OBJECT_HEAD) - 1)


def _pairs(book: Book, sheet: Worksheet, row: int, pairs: Iterable[tuple[str, Value]]) -> int:
    for name, value in pairs:
        sheet.write_string(row, 0, name)
        if isinstance(value, str):
            sheet.write_string(row, 1 if name else 0, book.text(value), book.formats["text" if name else "remark"])
        else:
            write_cell(book, sheet, (row, 1), value)
        row += 1
    return row


def _window(report: Report, workings: Workings) -> Iterator[tuple[str, Value]]:
    yield "since", _moment(report.since)
    yield "until (excluded)", _moment(report.until)
    if workings.tolerance_tokens is None:
        yield "unit costs are made of", f"{workings.cost} cost"
    if workings.steps:
        yield "rates are per", "1,000,000 tokens, in USD"


def _moment(moment: datetime | None) -> Value:
    return "open: all dates of the ledger" if moment is None else moment


def _tolerance(book: Book, sheet: Worksheet, row: int, workings: Workings) -> int:
    """The two cells that decide what a gap is."""
    for name, value, looks in (
        (TOLERANCE_TOKENS, workings.tolerance_tokens, "rate"),
        (TOLERANCE_RATIO, workings.tolerance_ratio, "rate_ratio"),
    ):
        if value is None:
            continue
        sheet.write_string(row, 0, name)
        sheet.write_number(row, 1, float(value), book.formats[looks])
        book.book.define_name(name, f"='{sheet.get_name()}'!{xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True)}")
        row += 1
    return row


def _exchange(book: Book, sheet: Worksheet, row: int, report: Report) -> int:
    converted = next((section for section in report.sections if section.id == "exchange"), None)
    if converted is None:
        return _pairs(book, sheet, row, [("exchange rates", "none used: nothing was converted")])
    for each in converted.rows:
        told = f"{each['usd']} USD from {each['valid_from']}, {each['source']}"
        row = _pairs(book, sheet, row, [(f"1 {each['currency']}", told)])
    return row


def _rates(book: Book, sheet: Worksheet, row: int, rates: Rates) -> int:
    if not rates.steps:
        return row
    sheet.write_string(row, 0, "Rates", book.formats["heading"])
    row += 1
    for place, name in enumerate(_RATE_HEAD):
        sheet.write_string(row, place, name, book.formats["head"])
    sheet.autofilter(row, 0, row + len(rates.steps), len(_RATE_HEAD) - 1)
    for name, basis, step in rates.steps:
        row += 1
        sheet.write_string(row, 0, name)
        if step.rate is None:
            sheet.write_blank(row, 1, None, book.formats["rate"])
        else:
            sheet.write_number(row, 1, float(step.rate.usd_per_mtok), book.formats["rate"])
        book.book.define_name(name, f"='{sheet.get_name()}'!{xl_rowcol_to_cell(row, 1, row_abs=True, col_abs=True)}")
        for place, value in enumerate(_facts(basis, step, rates.assumed(name)), 2):
            write_cell(book, sheet, (row, place), value)
    return row + 1


def _facts(basis: str, step: Step, assumed: str | None) -> tuple[Value, ...]:
    rate, kind = step.rate, step.column.removesuffix("_tokens")
    if rate is None:
        return (basis, None, step.label, None, kind, *[None] * 9, f"no price: {step.why}", assumed)
    where = (rate.scope, rate.tier, rate.region, rate.prompt_band or None, rate.valid_from, rate.valid_until)
    told = (step.layer, rate.source, rate.source_date, rate.note or None, assumed)
    return (basis, rate.provider, rate.model, rate.model_version, kind, *where, *told)


def _caveats(book: Book, sheet: Worksheet, row: int, report: Report) -> None:
    sheet.write_string(row, 0, "Caveats", book.formats["heading"])
    if not report.caveats:
        sheet.write_string(row + 1, 0, "none")
    for number, caveat in enumerate(report.caveats, row + 1):
        sheet.write_string(number, 0, caveat.code)
        if caveat.count is not None:
            sheet.write_number(number, 1, caveat.count, book.formats["count"])
        sheet.write_string(number, 2, book.text(caveat.text))
