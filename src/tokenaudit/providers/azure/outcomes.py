"""HTTP status -> the ledger's outcome, and how a content filter is told from any other refusal."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tokenaudit.providers.azure.record import Record

_OUTCOMES = {"2": "ok", "4": "client_error", "5": "server_error"}
# Azure OpenAI answers 400 for a filtered prompt; the gateway's llm-content-safety policy answers 403.
_FILTERS = ("400", "403")
_STATUS = re.compile(r"[1-5][0-9]{2}")

_WORDS = (
    "lasterrorreason",
    "lasterrormessage",
    "lasterrorsource",
    "lasterror",
    "errors",
    "resulttype",
    "resultdescription",
)
_WORDING = re.compile(r"content[ _-]?(?:filter|safety|management policy)|responsible ?ai ?policy", re.IGNORECASE)
# A body may quote the prompt, so there only the error's own code counts.
_BODIES = ("backendresponsebody", "responsebody")
_CODE = re.compile(r'"code"\s*:\s*"(?:content_filter|ResponsibleAIPolicyViolation)"')


def outcome_of(status: str | None, record: Record) -> str:
    """The outcome of a request that was answered with this status; `unknown` where that is no HTTP status."""
    if status is None or not _STATUS.fullmatch(status):
        return "unknown"
    if status == "429":
        return "throttled"
    if status in _FILTERS and _is_filtered(record):
        return "filtered"
    return _OUTCOMES.get(status[0], "unknown")


def _is_filtered(record: Record) -> bool:
    if any(_WORDING.search(_prose(record.get(name))) for name in _WORDS):
        return True
    return any(_CODE.search(_prose(record.get(name))) for name in _BODIES)


def _prose(value: object) -> str:
    if isinstance(value, str):
        return value
    return json.dumps(value) if isinstance(value, dict | list) else ""
