"""What the rows of all four kinds of record share: the identity of the call, and the columns every row has."""

from __future__ import annotations

import json
import re
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import AZURE
from tokenaudit.model.models import UNKNOWN, from_plain_name
from tokenaudit.providers.azure.values import text

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.providers.azure.record import Kind, Record

Row = dict[str, Any]

GATEWAY_LOGS = "azure.gateway_logs"
REQUEST_LOGS = "azure.request_logs"
_SOURCES: dict[Kind, str] = {
    "llm": GATEWAY_LOGS,
    "gateway": GATEWAY_LOGS,
    "request": REQUEST_LOGS,
    "usage": REQUEST_LOGS,
}
_SUBSCRIPTION = re.compile(r"/subscriptions/([^/]+)")


def part(kind: Kind, record: Record, uri: str, started_at: datetime, columns: Row) -> Row:
    """A partial row: `columns`, the columns that all kinds have, and which call it is a part of.

    Records of one call share their correlation id, whatever its case. A record without one stands alone under a hash of
    its row, which is the same wherever the record was read.
    """
    row: Row = {
        "provider": AZURE,
        "source": _SOURCES[kind],
        "grain": "request",
        "started_at": started_at,
        "day": started_at.date(),
        "request_count": 1,
        "tags": {},
        "part": kind,
        "part_rank": 0,
        **columns,
    }
    correlation = text(record.get("correlationid"))
    key = correlation.lower() if correlation else digest(row)[:32]
    return {"usage_id": f"azure/{key}", "call_id": f"azure/{key}", **row, "object_uri": uri}


def digest(content: object) -> str:
    """SHA-256 in hex of the canonical JSON of something."""
    return sha256(json.dumps(content, sort_keys=True, separators=(",", ":"), default=str).encode()).hexdigest()


def model_columns(name: str | None, version: str | None, deployment: str | None) -> Row:
    """`deployment`, `model`, `model_version` and `model_ref`, all None where no model is involved.

    A deployment is named by its owner, so it says nothing about the model; it is only the reference of last resort.
    """
    known = from_plain_name(name, version) if name else UNKNOWN
    return {
        "deployment": deployment,
        "model": known.model,
        "model_version": known.version or version,
        "model_ref": name or deployment,
    }


def account_columns(record: Record) -> Row:
    """`account` and `resource` of a record that the model's own account wrote. Logs spell resource ids in any case."""
    resource = text(record.get("resourceid"))
    if resource is None:
        return {}
    resource = resource.casefold()
    subscription = _SUBSCRIPTION.search(resource)
    return {"account": subscription.group(1) if subscription else None, "resource": resource}
