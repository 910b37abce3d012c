"""The manifest.json beside the files of an export's run, and what an export's id says of its costs.

Form: exports of Cost Management with file partitioning. A run of a month in progress holds the month to date, and is
replaced by the next.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tokenaudit.model.ports import Manifest
from tokenaudit.providers.azure.bills.dates import day
from tokenaudit.providers.azure.decoding import RecordError, decode
from tokenaudit.providers.azure.values import moment

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEPARATOR = "#"
_SPREADS = {"amortizedcost": True, "actualcost": False, "usage": False}


def read(content: bytes) -> Manifest | None:
    """The manifest; None for any other document, and for one that tells neither the export nor its month.

    The export is its resource id in lower case with the type of its costs (`...#amortizedcost`): one resource that was
    switched from one type to the other is two exports, which must not replace each other. A run without files
    (`blobCount` 0 or null) names none. The month is that of `startDate` as it is written, else that of submission.
    Never raises.
    """
    try:
        document = decode(content)
    except RecordError:
        return None
    if not isinstance(document, dict):
        return None
    config, run = _object(document, "exportConfig"), _object(document, "runInfo")
    export = _text(config, "resourceId") or _text(config, "exportName")
    submitted = moment(run.get("submittedTime"))
    period = day(_text(run, "startDate"), "month_first") or submitted
    if not export or period is None:
        return None
    blobs = document.get("blobs")
    names = [_text(each, "blobName") for each in (blobs if isinstance(blobs, list) else []) if isinstance(each, dict)]
    return Manifest(
        export=f"{export.casefold()}{_SEPARATOR}{_text(config, 'type').casefold()}",
        billing_period=date(period.year, period.month, 1),
        run=f"{_sortable(submitted)} {_text(run, 'runId')}",
        files=tuple(dict.fromkeys(name for name in names if name)),
    )


def spreads(export: str) -> bool | None:
    """Whether an export's costs are amortised, as its id says; None where it does not."""
    return _SPREADS.get(export.rpartition(_SEPARATOR)[2])


def _sortable(submitted: datetime | None) -> str:
    return submitted.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ") if submitted else ""


def _object(of: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = of.get(name)
    return value if isinstance(value, dict) else {}


def _text(of: Mapping[str, Any], name: str) -> str:
    value = of.get(name)
    return value if isinstance(value, str) else ""
