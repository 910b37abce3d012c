"""Manifests of exports: the export, the month, the run and its files."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest

from tokenaudit.providers.azure.bills import manifest

if TYPE_CHECKING:
    from tokenaudit.model.ports import Manifest

EXPORT = "/subscriptions/00000000-0000-0000-0000-000000000001/providers/Microsoft.CostManagement/exports/Daily"
WHOLE: dict[str, Any] = {
    "manifestVersion": "2024-04-01",
    "byteCount": 32741,
    "blobCount": 2,
    "dataRowCount": 100,
    "exportConfig": {"exportName": "Daily", "resourceId": EXPORT, "type": "ActualCost", "granularity": "Daily"},
    "deliveryConfig": {"partitionData": True, "rootFolderPath": "bills"},
    "runInfo": {
        "executionType": "Scheduled",
        "submittedTime": "2026-10-05T06:00:00.1234567Z",
        "runId": "run-1",
        "startDate": "2026-10-01T00:00:00",
        "endDate": "2026-10-31T00:00:00",
    },
    "blobs": [{"blobName": f"bills/Daily/20261001-20261031/run-1/part_{n}_0001.csv"} for n in (0, 1)],
}


def read(**changed: Any) -> Manifest | None:
    return manifest.read(json.dumps({**WHOLE, **changed}).encode())


def run(**changed: Any) -> dict[str, Any]:
    return {**WHOLE["runInfo"], **changed}


def test_a_whole_manifest() -> None:
    found = read()
    assert found is not None
    assert found.export == EXPORT.lower() + "#actualcost"
    assert found.billing_period == date(2026, 10, 1)
    assert found.files == tuple(each["blobName"] for each in WHOLE["blobs"])
    assert found.run == "2026-10-05T06:00:00.123456Z run-1"


def test_the_same_resource_with_another_type_of_cost_is_another_export() -> None:
    spread = read(exportConfig={**WHOLE["exportConfig"], "type": "AmortizedCost"})
    billed = read()
    assert spread
    assert billed
    assert spread.export != billed.export
    assert (manifest.spreads(spread.export), manifest.spreads(billed.export)) == (True, False)
    assert manifest.spreads("folder/file#1.csv") is None


@pytest.mark.parametrize(
    ("earlier", "later"),
    [
        ("2026-10-05T06:00:00Z", "2026-10-05T06:00:00.5Z"),
        ("2026-10-05T06:00:00.5Z", "2026-10-05T06:00:01Z"),
        ("2026-10-05T09:00:00+04:00", "2026-10-05T06:00:00Z"),
        ("never", "2026-10-05T06:00:00Z"),
    ],
)
def test_runs_sort_by_time(earlier: str, later: str) -> None:
    one, other = (read(runInfo=run(submittedTime=at, runId=name)) for at, name in ((earlier, "z"), (later, "a")))
    assert one
    assert other
    assert one.run < other.run


@pytest.mark.parametrize("start", ["2026-10-01T00:00:00+02:00", "2026-10-01", "2026-10-17T00:00:00.0000000Z"])
def test_the_month_is_the_one_that_is_written(start: str) -> None:
    found = read(runInfo=run(startDate=start))
    assert found is not None
    assert found.billing_period == date(2026, 10, 1)


def test_without_a_start_the_month_is_that_of_submission() -> None:
    found = read(runInfo={"submittedTime": "2026-11-02T06:00:00Z"})
    assert found is not None
    assert (found.billing_period, found.run) == (date(2026, 11, 1), "2026-11-02T06:00:00.000000Z ")


@pytest.mark.parametrize("blobs", [None, [], [None, 7, {}, {"blobName": None}], {"blobName": "x"}])
def test_an_empty_run_names_no_files(blobs: object) -> None:
    found = read(blobs=blobs, blobCount=None)
    assert found is not None
    assert found.files == ()


def test_an_export_without_a_resource_goes_by_its_name() -> None:
    found = read(exportConfig={"exportName": "Daily"})
    assert found is not None
    assert found.export == "daily#"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"null",
        b"[]",
        b"{}",
        b'{"exportConfig": 7, "runInfo": []}',
        b'{"exportConfig": {"exportName": "x"}}',
        b'{"runInfo": {"startDate": "2026-10-01"}}',
        b'{"exportConfig": {"exportName": 7}, "runInfo": {"startDate": 20261001}}',
        b'{"exportName": "cur", "billingPeriod": {"start": "20261001T000000.000Z"}, "reportKeys": ["a"]}',
        b"\xff\xfe",
        b"[" * 100_000,
    ],
)
def test_any_other_document_is_none(content: bytes) -> None:
    assert manifest.read(content) is None
