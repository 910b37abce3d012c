"""The bill of a live account: exports through their manifests, and Cost Explorer where there is none."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.aws_service import ACCOUNT
from tests.live.aws_world import BUCKET, Remembered, feeds, nothing, window

from tokenaudit.errors import ServiceError, UsageError
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.pulling import Failure
from tokenaudit.pipeline.deliveries import deliveries
from tokenaudit.providers.aws.cost_explorer import CostExplorer
from tokenaudit.providers.local import find

if TYPE_CHECKING:
    from tests.live.aws_world import World

    from tokenaudit.model.pulling import RemoteObject

ROOT = "exports/audit"
NOVEMBER = window("2026-11-01", "2026-11-21")
BOTH = window("2026-10-15", "2026-11-21")
SERVICE, USAGE_TYPE = "Amazon Bedrock", "USE1-NovaPro-input-tokens"


def put_run(
    aws: World, execution: str, *parts: str, month: str = "2026-11", root: str = ROOT, there: int | None = None
) -> str:
    """A run of a Data Export: its files, of which only the first `there` are there, then its manifest."""
    folder = f"BILLING_PERIOD={month}/{execution}"
    keys = [f"{root}/data/{folder}/audit-{number:05}.csv.gz" for number, _ in enumerate(parts, 1)]
    for key, text in list(zip(keys, parts, strict=True))[:there]:
        aws.put(key, gzip.compress(text.encode(), mtime=0))
    manifest = {
        "exportName": "audit",
        "executionId": execution,
        "dataFiles": [f"s3://{BUCKET}/{key}" for key in keys],
    }
    return aws.put(f"{root}/metadata/{folder}/audit-Manifest.json", json.dumps(manifest).encode())


def keys_of(items: list[RemoteObject]) -> list[str]:
    return [each.uri.removeprefix(f"s3://{BUCKET}/") for each in items]


def test_the_newest_run_of_each_month_comes_with_its_manifest(aws: World) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports/")
    october = put_run(aws, "20261103T000000Z-old", "a", month="2026-10")
    newest = put_run(aws, "20261121T000000Z-bbbb", "b", "c")
    put_run(aws, "20261120T000000Z-aaaa", "d", "e", "f")  # written later, but of an earlier run
    put_run(aws, "20260903T000000Z-none", "g", month="2026-08")
    (feed,) = feeds(aws.cloud(), "costs", BOTH)
    assert feed.name == f"aws.cur s3://{BUCKET}/{ROOT}"
    items = list(feed.objects(BOTH, nothing))
    data = f"{ROOT}/data/BILLING_PERIOD=2026-11/20261121T000000Z-bbbb"
    assert keys_of(items) == [
        october,
        f"{ROOT}/data/BILLING_PERIOD=2026-10/20261103T000000Z-old/audit-00001.csv.gz",
        newest,
        f"{data}/audit-00001.csv.gz",
        f"{data}/audit-00002.csv.gz",
    ]
    assert aws.service.calls("GetCostAndUsage") == []


def test_a_month_that_was_never_delivered_is_told(aws: World) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    put_run(aws, "20261121T000000Z-bbbb", "b")
    (feed,) = feeds(aws.cloud(), "costs", BOTH)
    assert len(list(feed.objects(BOTH, nothing))) == 2
    assert [line for line in aws.said if "delivered" in line] == [
        f"aws.cur s3://{BUCKET}/{ROOT}: nothing was delivered for 2026-10 (yet)"
    ]


def test_a_known_month_that_may_be_restated_comes_again(aws: World) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    known = put_run(aws, "20261101T000000Z-aaaa", "a", month="2026-10")
    newer = put_run(aws, "20261103T000000Z-bbbb", "b", month="2026-10")
    put_run(aws, "20261121T000000Z-cccc", "c")
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    assert len(list(feed.objects(NOVEMBER, nothing))) == 2
    items = list(feed.objects(NOVEMBER, Remembered({known: False})))
    assert keys_of(items)[0] == newer
    assert len(items) == 4
    later = window("2026-11-15", "2026-11-21")
    assert len(list(feed.objects(later, Remembered({"": False})))) == 2


def test_a_mirror_of_the_export_is_understood_by_what_reads_files(aws: World) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    put_run(aws, "20261121T000000Z-bbbb", "b", "c")
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    for each in feed.objects(NOVEMBER, nothing):
        aws.fetched(each)
    found = deliveries(each for each in find([Path(aws.folder)]))  # type: ignore[misc]
    assert found.missing == []
    assert {Path(uri).name: each.run for uri, each in found.of.items()} == {
        "audit-00001.csv.gz": "20261121T000000Z-bbbb",
        "audit-00002.csv.gz": "20261121T000000Z-bbbb",
    }


def test_a_legacy_report_is_read_by_the_manifest_above_its_runs(aws: World) -> None:
    aws.exports.reports["old"] = (BUCKET, "reports")
    folder = "reports/old/20261101-20261201"
    key = aws.put(f"{folder}/run-2/old-00001.csv.gz", b"x")
    manifest = {
        "reportName": "old",
        "account": ACCOUNT,
        "assemblyId": "run-2",
        "billingPeriod": {"start": "20261101T000000.000Z", "end": "20261201T000000.000Z"},
        "reportKeys": [key],
    }
    above = aws.put(f"{folder}/old-Manifest.json", json.dumps(manifest).encode())
    aws.put(f"{folder}/run-1/old-Manifest.json", b"{}")
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    assert keys_of(list(feed.objects(NOVEMBER, nothing))) == [above, key]


def test_one_export_is_read_where_there_are_several(aws: World) -> None:
    aws.exports.exports |= {
        "carbon": ("CARBON_EMISSIONS", BUCKET, "exports"),
        "focus": ("FOCUS_1_2_AWS", BUCKET, "exports"),
        "audit": ("COST_AND_USAGE_REPORT", BUCKET, "exports"),
    }
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    assert feed.name.endswith("/exports/audit")
    assert any("not from FOCUS focus" in line for line in aws.said)
    del aws.exports.exports["audit"]
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    assert feed.name.endswith("/exports/focus")


@pytest.mark.parametrize("place", ["exports/audit", "exports", ""])
def test_the_place_of_an_export_can_be_named(aws: World, place: str) -> None:
    put_run(aws, "20261121T000000Z-bbbb", "b")
    (feed,) = feeds(aws.cloud(exports=[f"s3://{BUCKET}/{place}"]), "costs", NOVEMBER)
    assert len(list(feed.objects(NOVEMBER, nothing))) == 2
    assert aws.service.calls("ListExports") == []


def test_a_place_without_an_export_is_an_error(aws: World) -> None:
    (failure,) = aws.cloud(exports=[f"s3://{BUCKET}/nowhere"]).feeds(["costs"], NOVEMBER)
    assert isinstance(failure, Failure)
    assert "holds no cost export" in str(failure.error)


def test_a_run_that_is_not_whole_yet_is_left_for_later_and_other_months_come(aws: World) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    put_run(aws, "20261103T000000Z-old", "a", month="2026-10", there=0)
    put_run(aws, "20261121T000000Z-bbbb", "b")
    (feed,) = feeds(aws.cloud(), "costs", BOTH)
    came: list[RemoteObject] = []
    with pytest.raises(ServiceError, match="names 1 file not there") as failed:
        came.extend(feed.objects(BOTH, nothing))
    assert "later" in failed.value.hint
    items = feed.objects(BOTH, nothing)
    assert [next(items).uri[-13:], next(items).uri[-12:]] == ["Manifest.json", "00001.csv.gz"]


@pytest.mark.parametrize(
    "file", ["s3://somebody-elses/exports/audit/x.csv", f"s3://{BUCKET}/secrets/x.csv", f"s3://{BUCKET}/{ROOT}x/y"]
)
def test_a_manifest_does_not_lead_out_of_its_export(aws: World, file: str) -> None:
    aws.exports.exports["audit"] = ("COST_AND_USAGE_REPORT", BUCKET, "exports")
    manifest = {"exportName": "audit", "billingPeriod": "2026-11", "dataFiles": [file]}
    aws.put(f"{ROOT}/metadata/BILLING_PERIOD=2026-11/audit-Manifest.json", json.dumps(manifest).encode())
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    with pytest.raises(ServiceError, match="outside of its export"):
        list(feed.objects(NOVEMBER, nothing))


# --- Cost Explorer --------------------------------------------------------------------------------------------------


def bill(aws: World, *days: date) -> None:
    for number, day in enumerate(days):
        aws.bills.billed[day, SERVICE, USAGE_TYPE] = (f"0.{number + 1}", "1000")
        aws.bills.billed[day, "Amazon Simple Storage Service", "USE1-Requests-Tier1"] = ("9", "1")


def rows(content: bytes, uri: str) -> list[dict[str, Any]]:
    source = CostExplorer()
    assert source.recognise(Sample(content, whole=True, name="any"))
    (part,) = source.normalise([Blob(uri, [content])])
    assert part.rejects == ()
    found: list[dict[str, Any]] = part.batch.to_pylist()
    return found


def test_cost_explorer_tells_days_for_one_price(aws: World) -> None:
    days = [date(2026, 11, day) for day in range(1, 21)]
    bill(aws, *days)
    (feed,) = feeds(aws.cloud(), "costs", window("2026-11-01", "2026-11-21T09:30:00"))
    items = list(feed.objects(window("2026-11-01", "2026-11-21T09:30:00"), nothing))
    assert [each.uri for each in items] == [f"cost-explorer://{ACCOUNT}/{day}" for day in days]
    assert not any(each.final for each in items)
    assert aws.service.calls("GetCostAndUsage") == []
    found = [row for each in items for row in rows(aws.fetched(each), each.uri)]
    (call,) = aws.service.calls("GetCostAndUsage")
    assert call.asked["TimePeriod"] == {"Start": "2026-11-01", "End": "2026-11-21"}
    assert call.asked["Filter"]["And"][0]["Dimensions"] == {"Key": "LINKED_ACCOUNT", "Values": [ACCOUNT]}
    assert [row["billed_cost"] for row in found] == [Decimal(f"0.{number}") for number in range(1, 21)]
    assert {row["sub_account_id"] for row in found} == {ACCOUNT}
    assert {row["tokens"] for row in found} == {1_000_000}
    assert all(row["provisional"] for row in found)
    assert any("Cost Explorer" in line and "$0.0100" in line for line in aws.said)


def test_pages_of_one_answer_are_put_together_and_each_is_paid(aws: World) -> None:
    days = [date(2026, 11, day) for day in range(1, 11)]
    bill(aws, *days)
    over = window("2026-11-01", "2026-11-11")
    (feed,) = feeds(aws.cloud(), "costs", over)
    whole = [aws.fetched(each) for each in feed.objects(over, nothing)]
    aws.bills.days_a_page = 4
    (feed,) = feeds(aws.cloud(), "costs", over)
    assert [aws.fetched(each) for each in feed.objects(over, nothing)] == whole
    assert len(aws.service.calls("GetCostAndUsage")) == 1 + 3
    (feed,) = feeds(aws.cloud(api_cost_usd="0.02"), "costs", over)
    first, *_ = feed.objects(over, nothing)
    with pytest.raises(UsageError, match="page 3") as failed:
        aws.fetched(first)
    assert "--max-api-cost 0.03" in failed.value.hint
    assert len(aws.service.calls("GetCostAndUsage")) == 1 + 3 + 2


def test_days_of_a_closed_month_are_asked_once(aws: World) -> None:
    over = window("2026-10-30", "2026-11-03")
    (feed,) = feeds(aws.cloud(exports=["cost-explorer"]), "costs", over)
    assert aws.service.calls("ListExports") == []
    aws.now = datetime(2026, 11, 14, 23, tzinfo=UTC)
    assert not any(each.final for each in feed.objects(over, nothing))
    aws.now += timedelta(hours=1)
    items = list(feed.objects(over, Remembered({"2026-10-30": True, "2026-10-31": True})))
    assert {each.uri[-10:]: each.final for each in items} == {
        "2026-10-30": True,
        "2026-10-31": True,
        "2026-11-01": False,
        "2026-11-02": False,
    }
    aws.fetched(next(each for each in items if not each.final))
    (call,) = aws.service.calls("GetCostAndUsage")
    assert call.asked["TimePeriod"]["Start"] == "2026-11-01"


def test_known_days_before_the_window_are_asked_again_while_they_may_be_restated(aws: World) -> None:
    (feed,) = feeds(aws.cloud(), "costs", NOVEMBER)
    known = Remembered({f"2026-10-{day}": day == 30 for day in (29, 30, 31)})
    over = window("2026-11-10", "2026-11-12")
    items = feed.objects(over, known)
    assert [each.uri[-5:] for each in items] == ["10-29", "10-31", "11-10", "11-11"]


def test_without_a_cent_cost_explorer_is_not_asked(aws: World) -> None:
    (feed,) = feeds(aws.cloud(api_cost_usd="0"), "costs", NOVEMBER)
    first, second, *_ = feed.objects(NOVEMBER, nothing)
    for each in (first, second):
        with pytest.raises(UsageError):
            aws.fetched(each)
    assert aws.service.calls("GetCostAndUsage") == []
