"""The main section for a spreadsheet: data alone, the caller shows the caveats."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.csv_text import cell, line
from tokenaudit.render.figures import number
from tokenaudit.render.notes import instant

if TYPE_CHECKING:
    from tokenaudit.model.report import Report, Value
    from tokenaudit.render.settings import Terminal


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - data looks the same everywhere
    """The rows of section `compare`, or of the first section where there is none; empty where a fact is not known."""
    by_id = {section.id: section for section in report.sections}
    section = by_id.get("compare") or next(iter(report.sections), None)
    if section is None:
        return ""
    header = line([cell(field.name) for field in section.columns])
    return header + "".join(line([_field(row[field.name]) for field in section.columns]) for row in section.rows)


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
