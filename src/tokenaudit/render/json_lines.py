"""One JSON object a line: the rows of every section, then the caveats, then where it all comes from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from tokenaudit.render.json_document import document

if TYPE_CHECKING:
    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """Every line says its `section` first: a section's id, `caveats` or `provenance`."""
    whole = document(report)
    lines: list[dict[str, Any]] = [
        {"section": section["id"]} | row for section in whole["sections"] for row in section["rows"]
    ]
    lines += [{"section": "caveats"} | caveat for caveat in whole["caveats"]]
    lines.append(
        {"section": "provenance"}
        | {key: whole[key] for key in ("schema", "command", "window", "verdict")}
        | whole["provenance"]
    )
    return "".join(json.dumps(line, allow_nan=False) + "\n" for line in lines)
