"""Manifests of cost exports: of CUR 2.0 (Data Exports), and of the legacy Cost and Usage Report.

CUR 2.0   {"exportName": ..., "dataFiles": ["s3://bucket/.../BILLING_PERIOD=2026-10/..."], "executionId": ...}
legacy    {"reportName": ..., "account": ..., "assemblyId": ..., "billingPeriod": {"start": "20261001T...", "end": ...},
           "reportKeys": ["prefix/report/20261001-20261101/<assembly>/report-00001.csv.gz"]}
"""

from __future__ import annotations

import json
import re
from datetime import date
from typing import Any

from tokenaudit.model.ports import Manifest

_FOLDER = re.compile(r"(?i)/billing_period=(\d{4})-(\d\d)(?=/)")
_EXECUTION = re.compile(r"(?i)/billing_period=\d{4}-\d\d/([^/]+)/[^/]+$")
_DAY = re.compile(r"^(\d{4})-?(\d\d)")

# UNVERIFIED, all of them: what a manifest may call its payer and its time. The first that is there counts.
_PAYER = ("payerAccountId", "accountId", "account")
_TIMES = ("executionTimestamp", "createdAt", "lastUpdatedAt", "timestamp")
_BEGINS_WITH_A_TIME = re.compile(r"20\d{6}|20\d\d-\d\d-\d\d")


def manifest_of(content: bytes) -> Manifest | None:
    """The manifest in this document; None where it is none. Never raises."""
    try:
        document = json.loads(content)
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return _data_export(document) or _legacy(document)


def _data_export(document: dict[str, Any]) -> Manifest | None:
    """Whose export it is, the place says that it is written to where no payer is told: payers name theirs alike."""
    name, files = _text(document, "exportName"), _texts(document.get("dataFiles"))
    if name is None or files is None:
        return None
    folder = next((found for file in files if (found := _FOLDER.search(file))), None)
    period = _period(document.get("billingPeriod")) or (_month(*folder.groups()) if folder else None)
    if period is None:
        return None
    payer = _text(document, *_PAYER)
    of = payer or (folder.string[: folder.start()] if folder else None)
    return Manifest(name if of is None else f"{name}/{of}", period, _run(document, files), files)


def _run(document: dict[str, Any], files: tuple[str, ...]) -> str:
    """A time, or a word that begins with one, so that runs can be sorted; the id of a run alone says nothing."""
    folders = (found.group(1) for file in files if (found := _EXECUTION.search(file)))
    told = (_text(document, *_TIMES), *folders, _text(document, "executionId"))
    return next((each for each in told if each and _BEGINS_WITH_A_TIME.match(each)), "")


def _legacy(document: dict[str, Any]) -> Manifest | None:
    """It tells no time, as `assemblyId` is a random id: whoever found the manifest knows when it was written."""
    name, files = _text(document, "reportName"), _texts(document.get("reportKeys"))
    period = _period(document.get("billingPeriod"))
    if name is None or files is None or period is None:
        return None
    return Manifest(f"{name}/{_text(document, 'account') or '-'}", period, "", files)


def _period(value: Any) -> date | None:
    start = value.get("start", value.get("startDate")) if isinstance(value, dict) else value
    found = _DAY.match(start) if isinstance(start, str) else None
    return _month(*found.groups()) if found else None


def _month(year: str, month: str) -> date | None:
    return date(int(year), int(month), 1) if year > "0000" and "01" <= month <= "12" else None


def _text(document: dict[str, Any], *names: str) -> str | None:
    return next((value for name in names if isinstance(value := document.get(name), str) and value), None)


def _texts(value: Any) -> tuple[str, ...] | None:
    return tuple(value) if isinstance(value, list) and all(isinstance(each, str) for each in value) else None
