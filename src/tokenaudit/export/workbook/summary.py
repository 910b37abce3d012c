"""Sheet Summary: both sides beside each other, with the change from left to right, and charts of it.

All cells are formulas over the sheets of the sections, so that they follow a changed rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from xlsxwriter.utility import xl_rowcol_to_cell

from tokenaudit.export.workbook.sheets import Live, write_cell

if TYPE_CHECKING:
    from collections.abc import Sequence

    from xlsxwriter.worksheet import Worksheet

    from tokenaudit.export.workbook.book import Book
    from tokenaudit.export.workbook.sheets import Placed
    from tokenaudit.model.report import Report, Section, Value


@dataclass(frozen=True)
class Figure:
    """A column of a section that is shown side by side; less of it is better, or there is no better."""

    field: str
    label: str
    less_is_better: bool = True


FIGURES = (
    Figure("usd_per_mtok", "USD per 1M tokens"),
    Figure("usd_per_mtok_input", "USD per 1M prompt tokens"),
    Figure("usd_per_mtok_output", "USD per 1M answer tokens"),
    Figure("list_cost_usd", "List cost, USD", less_is_better=False),
    Figure("latency_p50_ms", "Latency p50, ms"),
    Figure("latency_p95_ms", "Latency p95, ms"),
)
_IN_ALL = (
    *("tokens", "list_cost_usd", "contracted_cost_usd", "billed_cost_usd", "effective_cost_usd"),
    *("usd_per_mtok", "priced_ratio"),
)
_CHARTS = (("usd_per_mtok", "USD per 1M tokens"), ("latency_p95_ms", "Latency p95, ms"))
_ON_A_CHART = 20
_COLORS = ("#D55E00", "#0072B2")
"""Told apart by the colour-blind, and in print."""


def write_summary(
    book: Book, sheet: Worksheet, report: Report, placed: dict[str, Placed], sides: Sequence[str]
) -> None:
    """The title, all in all, each group, two charts."""
    sheet.set_column(0, 0, 34)
    sheet.set_column(1, 3 * len(FIGURES), 12)
    sheet.write_string(0, 0, " against ".join(map(book.text, sides)), book.formats["title"])
    sheet.write_string(1, 0, f"{_window(report)}; rates and caveats are on sheet Assumptions", book.formats["remark"])
    sheet.set_row(3, 30)
    row = _in_all(book, sheet, report.section("totals"), placed["totals"], 3)
    section = report.section("compare")
    groups = _groups(section, sides)
    first = _head(book, sheet, row + 1, sides)
    units = {field.name: field.unit for field in section.columns}
    for number, (label, rows) in enumerate(groups, first):
        sheet.write_string(number, 0, book.text(label))
        for place, figure in enumerate(FIGURES):
            _figure(book, sheet, (number, 1 + 3 * place), section, placed["compare"], rows, figure, units[figure.field])
    last = first + len(groups) - 1
    if groups:
        sheet.freeze_panes(first, 1)
        sheet.autofilter(first - 1, 0, last, 3 * len(FIGURES))
        _charts(book, sheet, (first, last), sides)


def _window(report: Report) -> str:
    begin = "" if report.since is None else f"from {report.since:%Y-%m-%d %H:%M} UTC "
    end = "" if report.until is None else f"to {report.until:%Y-%m-%d %H:%M} UTC, end excluded"
    return f"{begin}{end}".strip() or "all dates of the ledger"


def _in_all(book: Book, sheet: Worksheet, section: Section, placed: Placed, row: int) -> int:
    """One line a side, and the change."""
    shown = [field for field in section.columns if field.name in _IN_ALL]
    sheet.write_string(row, 0, "In all", book.formats["head"])
    for place, field in enumerate(shown, 1):
        sheet.write_string(row, place, field.name, book.formats["head"])
    for number, values in enumerate(section.rows):
        sheet.write_string(row + 1 + number, 0, book.text(str(values["side"])))
        for place, field in enumerate(shown, 1):
            source = placed.cell(number, field.name)
            live = Live(f'IF({source}="","",{source})')
            write_cell(book, sheet, (row + 1 + number, place), values[field.name], field.unit, live)
    below = row + 1 + len(section.rows)
    if len(section.rows) == 2:
        sheet.write_string(below, 0, "change", book.formats["change"])
        for place, field in enumerate(shown, 1):
            if field.unit == "ratio":
                continue
            pair = [values[field.name] for values in section.rows]
            addresses = [xl_rowcol_to_cell(row + 1 + number, place) for number in (0, 1)]
            _change(book, sheet, (below, place), addresses, pair)
        _judged(book, sheet, (below, 1 + [field.name for field in shown].index("usd_per_mtok")), below)
    return below + 1


def _head(book: Book, sheet: Worksheet, row: int, sides: Sequence[str]) -> int:
    """Two lines of head: what, and whose. Returns the first row below."""
    for place, figure in enumerate(FIGURES):
        sheet.merge_range(row, 1 + 3 * place, row, 3 + 3 * place, figure.label, book.formats["head"])
    sheet.write_string(row + 1, 0, "group", book.formats["head"])
    for place in range(len(FIGURES)):
        for offset, label in enumerate((*sides, "change")):
            sheet.write_string(row + 1, 1 + 3 * place + offset, book.text(label), book.formats["head"])
    return row + 2


def _groups(section: Section, sides: Sequence[str]) -> list[tuple[str, list[int | None]]]:
    """A label and the row of each side: rows with equal keys, or of models that the user paired one to one."""
    names = [field.name for field in section.columns]
    keys = [name for name in names[: names.index("side")] if name != "match"]
    paired: dict[tuple[Value, ...], list[int]] = {}
    for number, row in enumerate(section.rows):
        if row.get("match") is not None:
            rest = tuple(row[key] for key in keys if key != "model")
            paired.setdefault((row["match"], *rest), []).append(number)
    matched = {
        number: key
        for key, rows in paired.items()
        if sorted(str(section.rows[each]["side"]) for each in rows) == sorted(sides)
        for number in rows
    }
    found: dict[tuple[Value, ...], list[int | None]] = {}
    for number, row in enumerate(section.rows):
        key = matched.get(number) or tuple(row[name] for name in keys)
        found.setdefault(key, [None] * len(sides))[list(sides).index(str(row["side"]))] = number
    return [
        (", ".join("not known" if each is None else str(each) for each in key) or "all", rows)
        for key, rows in found.items()
    ]


def _figure(
    book: Book,
    sheet: Worksheet,
    at: tuple[int, int],
    section: Section,
    placed: Placed,
    rows: Sequence[int | None],
    figure: Figure,
    unit: str,
) -> None:
    values: list[Value] = []
    for offset, number in enumerate(rows):
        value = None if number is None else section.rows[number][figure.field]
        values.append(value)
        if number is not None:
            source = placed.cell(number, figure.field)
            live = Live(f'IF({source}="","",{source})')
            write_cell(book, sheet, (at[0], at[1] + offset), value, unit, live)
    if len(rows) == 2:
        addresses = [xl_rowcol_to_cell(at[0], at[1] + offset) for offset in (0, 1)]
        _change(book, sheet, (at[0], at[1] + 2), addresses, values)
        if figure.less_is_better:
            _judged(book, sheet, (at[0], at[1] + 2), at[0])


def _change(book: Book, sheet: Worksheet, at: tuple[int, int], pair: Sequence[str], values: Sequence[Any]) -> None:
    """The change from the left to the right; nothing where one of them is not known, or the left is 0."""
    left, right = pair
    known = all(value is not None for value in values) and values[0]
    cached = float(values[1]) / float(values[0]) - 1 if known else ""
    formula = f'=IF(OR(NOT(ISNUMBER({left})),NOT(ISNUMBER({right}))),"",IF({left}=0,"",{right}/{left}-1))'
    sheet.write_formula(*at, formula, book.formats["change"], cached)


def _judged(book: Book, sheet: Worksheet, at: tuple[int, int], last: int) -> None:
    """Less is good, more is bad: of numbers only, for a text is more than any number."""
    cell = xl_rowcol_to_cell(*at)
    for looks, sign in (("better", "<"), ("worse", ">")):
        rule = {"type": "formula", "criteria": f"=AND(ISNUMBER({cell}),{cell}{sign}0)", "format": book.formats[looks]}
        sheet.conditional_format(*at, last, at[1], rule)


def _charts(book: Book, sheet: Worksheet, rows: tuple[int, int], sides: Sequence[str]) -> None:
    first, below = rows
    last = min(below, first + _ON_A_CHART - 1)
    only = "" if last == below else f", first {_ON_A_CHART} groups"
    name = sheet.get_name()
    for number, (field, title) in enumerate(_CHARTS):
        column = 1 + 3 * [figure.field for figure in FIGURES].index(field)
        chart = book.book.add_chart({"type": "bar"})
        for offset in range(len(sides)):
            chart.add_series(
                {
                    "name": [name, first - 1, column + offset],  # as a text, a name that looks like a formula is one
                    "categories": [name, first, 0, last, 0],
                    "values": [name, first, column + offset, last, column + offset],
                    "fill": {"color": _COLORS[offset % len(_COLORS)]},
                }
            )
        chart.set_title({"name": f"{title}{only}", "name_font": {"size": 11}})
        chart.set_legend({"position": "bottom"})
        chart.set_y_axis({"reverse": True})
        chart.set_x_axis({"major_gridlines": {"visible": True, "line": {"color": "#DDDDDD"}}})
        chart.set_size({"width": 620, "height": 120 + 44 * (last - first + 1)})
        sheet.insert_chart(below + 2, 0 if not number else 7, chart)
