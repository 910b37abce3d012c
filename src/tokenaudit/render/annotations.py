"""GitHub workflow commands: `::error title=...::...`, which the log of a step turns into annotations.

GitHub shows at most ten of each type a step and drops the rest without a word; so the tenth says how many there are.
Escaping is that of the workflow command syntax: `%`, CR and LF in data, `:` and `,` too in properties.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.render.gate import items, of_severity
from tokenaudit.render.notes import caveat_line, provenance_line, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal

MOST = 10
"""Annotations of one type that a step may have."""


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """Errors for what failed, warnings for what only warns and for caveats, one notice with verdict and provenance."""
    return "".join(f"{line}\n" for line in _lines(report))


def escape_data(text: str) -> str:
    """The message of a command."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """The value of a property, such as a title."""
    return escape_data(text).replace(":", "%3A").replace(",", "%2C")


def capped(found: Sequence[tuple[str, str]], most: int = MOST) -> list[tuple[str, str]]:
    """At most so many titles and texts; where there are more, the last one counts them."""
    if len(found) <= most:
        return list(found)
    return [*found[: most - 1], ("tokenaudit", f"{len(found) - most + 1} more are in the report")]


def _lines(report: Report) -> Iterator[str]:
    found = items(report)
    failures = [(each.title, each.text) for each in of_severity(found, "failure")]
    warnings = [(each.title, each.text) for each in of_severity(found, "warning")]
    caveats = [(each.code, caveat_line(each)) for each in report.caveats]
    verdict = verdict_line(report.verdict) or "verdict: pass"
    notices = [(f"tokenaudit {report.command}", f"{verdict}; {provenance_line(report)}")]
    for kind, texts in (("error", failures), ("warning", [*warnings, *caveats]), ("notice", notices)):
        for title, text in capped(texts):
            yield f"::{kind} title={escape_property(visible(title))}::{escape_data(visible(text))}"
