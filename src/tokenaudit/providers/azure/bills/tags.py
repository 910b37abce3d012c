"""Tags of a bill's line: JSON with braces (MCA) or without (EA). A tag that cannot be read never costs the line."""

from __future__ import annotations

import json

from tokenaudit.providers.azure.values import text


def tags_of(cell: str | None) -> dict[str, str]:
    """The tags; none for an empty cell and for one that is malformed."""
    written = (cell or "").strip()
    if not written or written == "null":
        return {}
    try:
        # Not strict: a tag may hold a line break as it is.
        read = json.loads(written if written.startswith("{") else "{" + written + "}", strict=False)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    tags = {text(name): _value(value) for name, value in read.items()}
    return {name: value for name, value in tags.items() if name is not None and value is not None}


def _value(value: object) -> str | None:
    if value is None:
        return None
    if isinstance(value, str):
        return text(value) or ""
    return json.dumps(value)
