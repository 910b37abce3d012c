"""Manifests of CUR 2.0 and of the legacy report: which export, which month, which run."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.model.ports import Manifest
from tokenaudit.providers.aws.manifests import manifest_of

OCTOBER = date(2026, 10, 1)
FILE = "s3://bucket/exports/daily/data/BILLING_PERIOD=2026-10/daily-00001.csv.gz"
RUN = "2026-11-03T06-00-00-00000000-0000-0000-0000-000000000001"
IN_RUN = f"s3://bucket/exports/daily/data/BILLING_PERIOD=2026-10/{RUN}/daily-00001.snappy.parquet"
DAILY = "daily/s3://bucket/exports/daily/data"
LEGACY = {
    "assemblyId": "00000000-0000-0000-0000-000000000007",
    "account": "111122223333",
    "reportName": "monthly",
    "billingPeriod": {"start": "20261001T000000.000Z", "end": "20261101T000000.000Z"},
    "reportKeys": ["bills/monthly/20261001-20261101/monthly-00001.csv.gz"],
}


def read(document: Any) -> Manifest | None:
    return manifest_of(json.dumps(document).encode())


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"exportName": "daily", "dataFiles": [FILE]}, Manifest(DAILY, OCTOBER, "", (FILE,))),
        ({"exportName": "daily", "dataFiles": [IN_RUN]}, Manifest(DAILY, OCTOBER, RUN, (IN_RUN,))),
        (
            {"exportName": "daily", "dataFiles": [FILE], "executionId": "c0ffee", "payerAccountId": "1"},
            Manifest("daily/1", OCTOBER, "", (FILE,)),
        ),
        (
            {"exportName": "daily", "dataFiles": [FILE], "createdAt": "2026-11-03T06:00:00Z"},
            Manifest(DAILY, OCTOBER, "2026-11-03T06:00:00Z", (FILE,)),
        ),
        (
            {"exportName": "daily", "dataFiles": [], "billingPeriod": "2026-10"},
            Manifest("daily", OCTOBER, "", ()),
        ),
        (LEGACY, Manifest("monthly/111122223333", OCTOBER, "", tuple(LEGACY["reportKeys"]))),
    ],
)
def test_manifests(document: Any, expected: Manifest) -> None:
    assert read(document) == expected


def test_exports_of_one_name_that_lie_in_two_places_are_two() -> None:
    ours, theirs = (
        read({"exportName": "daily", "dataFiles": [file]}) for file in (FILE, FILE.replace("bucket", "other"))
    )
    assert ours
    assert theirs
    assert ours.export != theirs.export


@pytest.mark.parametrize(
    "document",
    [
        {},
        [],
        7,
        {"exportName": "daily"},
        {"exportName": "daily", "dataFiles": []},
        {"exportName": "daily", "dataFiles": [7]},
        {"exportName": "daily", "dataFiles": "s3://x/BILLING_PERIOD=2026-10/y"},
        {"exportName": "daily", "dataFiles": ["s3://x/BILLING_PERIOD=2026-13/y"]},
        {**LEGACY, "billingPeriod": {"start": 7}},
        {**LEGACY, "reportName": ""},
        {"exportConfig": {"resourceId": "/subscriptions/x"}, "blobs": []},
    ],
)
def test_other_documents_are_no_manifests(document: Any) -> None:
    assert read(document) is None


@given(st.binary(max_size=60))
def test_no_bytes_raise(content: bytes) -> None:
    assert manifest_of(content) is None
