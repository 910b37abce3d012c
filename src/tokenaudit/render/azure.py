"""Azure Pipelines logging commands: `##vso[task.logissue type=error]...`, which make the issues of a run.

The agent takes a command wherever it stands in a line, so what a log said must not hold one: `##` is broken up.
Escaping is that of the agent: `%` as `%AZP25`, CR and LF.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.render.annotations import capped
from tokenaudit.render.gate import items, of_severity
from tokenaudit.render.notes import caveat_line, provenance_line, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """An error issue for what failed, warnings for what only warns and for caveats, then verdict and provenance."""
    return "".join(f"{line}\n" for line in _lines(report))


def escape_message(text: str) -> str:
    """The message of a command."""
    inert = text.replace("##", "# #")
    return inert.replace("%", "%AZP25").replace("\r", "%0D").replace("\n", "%0A")


def _lines(report: Report) -> Iterator[str]:
    found = items(report)
    failures = [(each.title, each.text) for each in of_severity(found, "failure")]
    warnings = [(each.title, each.text) for each in of_severity(found, "warning")]
    caveats = [(each.code, caveat_line(each)) for each in report.caveats]
    for kind, texts in (("error", failures), ("warning", [*warnings, *caveats])):
        for _, text in capped(texts):
            yield f"##vso[task.logissue type={kind}]{escape_message(visible(text))}"
    verdict = verdict_line(report.verdict) or "verdict: pass"
    yield escape_message(visible(f"tokenaudit {report.command}: {verdict}; {provenance_line(report)}"))
