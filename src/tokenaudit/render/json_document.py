"""The versioned document `tokenaudit.report/1`, for programs. Lossless, ASCII only, same bytes for same report."""

from __future__ import annotations

import json
from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.render.figures import number
from tokenaudit.render.notes import instant

if TYPE_CHECKING:
    from tokenaudit.model.report import Report, Section, Value
    from tokenaudit.render.settings import Terminal

SCHEMA = "tokenaudit.report/1"


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """The report as one JSON object, indented."""
    return json.dumps(document(report), indent=2, allow_nan=False) + "\n"


def document(report: Report) -> dict[str, Any]:
    """The report as plain JSON values. Money becomes a double: it keeps 15 significant digits."""
    source = report.provenance
    return {
        "schema": SCHEMA,
        "command": report.command,
        "window": window(report),
        "sections": [
            {
                "id": section.id,
                "title": section.title,
                "columns": [{"name": field.name, "unit": field.unit} for field in section.columns],
                "rows": rows(section),
            }
            for section in report.sections
        ],
        "caveats": caveats(report),
        "verdict": {"status": report.verdict.status, "exit_code": report.verdict.exit_code},
        "provenance": {
            "tool_version": source.tool_version,
            "price_book": {"date": source.price_book_date, "sha256": source.price_book_sha256},
            "ledger_version": source.ledger_version,
        },
    }


def rows(section: Section) -> list[dict[str, Any]]:
    """The rows of a section, every column present, null where a fact is not known."""
    return [{field.name: plain(row[field.name]) for field in section.columns} for row in section.rows]


def caveats(report: Report) -> list[dict[str, Any]]:
    """The caveats as JSON values."""
    return [{"code": caveat.code, "text": caveat.text, "count": caveat.count} for caveat in report.caveats]


def window(report: Report) -> dict[str, str | None]:
    """Since and until, half-open; null is unbounded."""
    return {
        "since": None if report.since is None else instant(report.since),
        "until": None if report.until is None else instant(report.until),
    }


def plain(value: Value) -> str | int | float | bool | None:
    """A value as JSON has it: moments as ISO 8601 with Z, and null for NaN and infinity, which JSON has not."""
    if isinstance(value, datetime):
        return instant(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal | float):
        known = number(value)
        return None if known is None else float(known)
    return value
