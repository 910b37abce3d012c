"""GitLab's Code Quality report: an issue for each figure and budget that is not good, shown in the merge request.

A fingerprint is made of what an issue is about and not of its figures, so that GitLab knows it again in the next run.
An issue needs a place in a file: it is the configuration, where its threshold or budget can be changed.
"""

from __future__ import annotations

import json
from hashlib import sha256
from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.render.gate import items
from tokenaudit.render.notes import caveat_line, provenance_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal

PLACE = "tokenaudit.toml"
_SEVERITIES = {"failure": "critical", "warning": "minor", "skipped": "info"}


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """The issues as a JSON array; caveats and provenance are issues of severity info."""
    return json.dumps(list(_issues(report)), indent=2) + "\n"


def _issues(report: Report) -> Iterator[dict[str, object]]:
    for item in items(report):
        if item.severity != "good":
            yield _issue(item.title, f"{item.suite} {item.title}", item.text, _SEVERITIES[item.severity])
    for caveat in report.caveats:
        yield _issue(caveat.code, f"{caveat.code} {caveat.text}", caveat_line(caveat), "info")
    yield _issue("provenance", "provenance", provenance_line(report), "info")


def _issue(name: str, about: str, text: str, severity: str) -> dict[str, object]:
    return {
        "check_name": f"tokenaudit {visible(name)}",
        "description": visible(text),
        "fingerprint": sha256(about.encode("utf-8", "surrogatepass")).hexdigest(),
        "severity": severity,
        "location": {"path": PLACE, "lines": {"begin": 1}},
    }
