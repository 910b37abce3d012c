"""The main section for a spreadsheet: data alone, the caller shows the caveats."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.csv_text import cell, line
from tokenaudit.render.figures import number
from tokenaudit.render.notes import instant

if TYPE_CHECKING:
    from tokenaudit.model.report import Report, Section, Value
    from tokenaudit.render.settings import Terminal


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - data looks the same everywhere
    """The rows of the main section; empty where a fact is not known."""
    return separated(report, ",")


def separated(report: Report, separator: str) -> str:
    """The same with another separator."""
    section = main_section(report)
    if section is None:
        return ""
    lines = [[cell(field.name) for field in section.columns]]
    lines += [[_field(row[field.name]) for field in section.columns] for row in section.rows]
    return "".join(line(each, separator) for each in lines)


def main_section(report: Report) -> Section | None:
    """Section `compare`, or the first one where there is none; None where there are no sections."""
    by_id = {section.id: section for section in report.sections}
    return by_id.get("compare") or next(iter(report.sections), None)


def _field(value: Value) -> str:
    if isinstance(value, str):
        return cell(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    known = number(value)
    if isinstance(known, Decimal):
        return f"{known:f}"
    return "" if known is None else repr(known)
