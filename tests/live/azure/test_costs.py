"""Bills: exports in Azurite, answers of the query API, and reports under signed addresses."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.azure.answers import error, good
from tests.live.azure.conftest import NOW, Puller
from tests.live.azure.resources import ACCOUNT, BILLING, SIGNATURE, SUBSCRIPTION, export
from werkzeug import Response

from tokenaudit.errors import ServiceError
from tokenaudit.model.ports import Blob, Sample
from tokenaudit.model.pulling import Failure, Feed
from tokenaudit.model.question import Window
from tokenaudit.providers.azure import PROVIDER
from tokenaudit.providers.azure.client import arm

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.storage.blob import BlobServiceClient
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud

SCOPE = f"/subscriptions/{SUBSCRIPTION}"
WINDOW = Window(NOW - timedelta(days=3), NOW)
METER = "5.4 inp Gl 1M Tokens"
HEADING = "Date,ResourceId,MeterCategory,MeterName,Quantity,CostInBillingCurrency,BillingCurrencyCode\n"


def row(day: int, cost: float = 1.5) -> list[Any]:
    return [cost, 0.5, day, ACCOUNT.lower(), METER, "USD"]


def line(day: str, cost: str = "1.5") -> str:
    return f"{day},{ACCOUNT},Foundry Models,{METER},0.5,{cost},USD\n"


def feeds(cloud: Cloud) -> list[Feed]:
    found = list(cloud.feeds(("costs",), WINDOW))
    assert not [each for each in found if isinstance(each, Failure)]
    return [each for each in found if not isinstance(each, Failure)]


def charges(content: bytes) -> list[dict[str, Any]]:
    heading = content.split(b"\n")[0].decode("utf-8-sig")
    columns = tuple(heading.split(",")) if heading.startswith("Date") else ()
    (source,) = [each for each in PROVIDER.sources if each.recognise(Sample(content, True, "x", columns))]  # noqa: FBT003
    parts = list(source.normalise([Blob("https://x", [content])]))
    assert not [each for part in parts for each in part.rejects]
    return [each for part in parts for each in part.batch.to_pylist()]


def test_the_pages_of_a_month_are_asked_with_the_same_question(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller
) -> None:
    azure.costs = [row(20260930), *(row(20261000 + day) for day in range(1, 6)), row(20261101)]
    (feed,) = feeds(connect())
    assert feed.name == f"azure.costs query {SCOPE}"
    (fetched,) = puller.pull(feed, WINDOW).items()
    assert fetched[0] == f"{azure.home}{SCOPE}/providers/Microsoft.CostManagement/query/2026-10"
    found = charges(fetched[1])
    assert [f"{each['charge_period_start']:%m-%d}" for each in found] == ["10-01", "10-02", "10-03", "10-04", "10-05"]
    assert {each["tokens"] for each in found} == {500_000}
    bodies = [json.loads(body) for _, path, body in azure.asked if path.endswith("/query")]
    assert len(bodies) == 3
    assert bodies[0] == bodies[1] == bodies[2]
    assert len(bodies[0]["dataset"]["grouping"]) == 2


def test_a_month_closes_some_days_after_its_end_and_is_then_asked_once(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller
) -> None:
    azure.costs = [row(20260930), row(20261001)]
    wide = Window(datetime.fromisoformat("2026-08-20T00:00:00Z"), NOW)
    assert [uri[-7:] for uri in puller.pull(feeds(connect())[0], wide)] == ["2026-08", "2026-09", "2026-10"]
    assert [uri[-7:] for uri in puller.pull(feeds(connect())[0], wide)] == ["2026-10"]
    early = {"clock": lambda: datetime.fromisoformat("2026-10-03T00:00:00Z")}
    (feed,) = feeds(connect(early))
    recent = Window(datetime.fromisoformat("2026-10-01T00:00:00Z"), None)
    assert [(each.uri[-7:], each.final) for each in feed.objects(recent, Puller(puller.folder).ledger)] == [
        ("2026-09", False), ("2026-10", False)
    ]  # fmt: skip


def test_a_month_without_costs_is_a_document_without_rows(connect: Callable[..., Cloud], puller: Puller) -> None:
    (content,) = puller.pull(feeds(connect())[0], WINDOW).values()
    assert charges(content) == []


def test_days_that_nobody_asked_for_are_not_taken(azure: Azure, connect: Callable[..., Cloud], puller: Puller) -> None:
    columns = [{"name": name} for name in ("Cost", "UsageQuantity", "UsageDate", "ResourceId", "Meter", "Currency")]
    azure.odd["/query"].append(lambda: good({"properties": {"columns": columns, "rows": [row(20260901)]}}))
    with pytest.raises(ServiceError, match="other days than 2026-10"):
        puller.pull(feeds(connect())[0], WINDOW)


@pytest.mark.parametrize("quota", ["qpu", "entity", "tenant", "client"])
def test_every_header_of_a_throttled_answer_is_heeded(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, quota: str, waits: list[float]
) -> None:
    azure.costs = [row(20261001)]
    headers = {f"x_ms_ratelimit_microsoft.costmanagement_{quota}_retry_after": "17", "x_ms_ratelimit_else": "99"}
    azure.odd["/query"].append(lambda: error(429, "TooManyRequests", **headers))
    (content,) = puller.pull(feeds(connect())[0], WINDOW).values()
    assert len(charges(content)) == 1
    assert [int(each) for each in waits] == [17]
    assert len(azure.paths("/query")) == 2


def test_the_longest_of_several_waits_is_waited_for_and_told(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, waits: list[float], told: list[str]
) -> None:
    azure.costs = [row(20261001)]
    headers = {
        "x_ms_ratelimit_microsoft.costmanagement_qpu_retry_after": "3",
        "x_ms_ratelimit_microsoft.costmanagement_entity_retry_after": "40",
        "Retry_After": "20",
    }
    azure.odd["/query"].append(lambda: error(429, "TooManyRequests", **headers))
    puller.pull(feeds(connect())[0], WINDOW)
    assert [int(each) for each in waits] == [40]
    assert told == ["Azure asks to wait 40 s before the next call"]


def test_a_wait_that_is_too_long_is_an_error(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller, waits: list[float]
) -> None:
    header = {"x_ms_ratelimit_microsoft.costmanagement_tenant_retry_after": "3000"}
    azure.odd["/query"].append(lambda: error(429, "TooManyRequests", **header))
    with pytest.raises(ServiceError, match="answered 429 TooManyRequests") as raised:
        puller.pull(feeds(connect())[0], WINDOW)
    assert "fewer calls" in raised.value.hint
    assert waits == []


def test_pages_that_go_round_in_a_circle_are_an_error(
    azure: Azure, connect: Callable[..., Cloud], puller: Puller
) -> None:
    columns = [{"name": name} for name in ("Cost", "UsageQuantity", "UsageDate", "ResourceId", "Meter", "Currency")]
    following = f"{azure.home}{SCOPE}/providers/Microsoft.CostManagement/query?$skiptoken=same"
    page = {"properties": {"columns": columns, "rows": [row(20261001)], "nextLink": following}}
    azure.odd["/query"] += [lambda: good(page)] * 5
    with pytest.raises(ServiceError, match="go round in a circle"):
        puller.pull(feeds(connect())[0], WINDOW)
    assert len(azure.paths("/query")) == 2


def test_no_page_leads_to_another_host(azure: Azure, connect: Callable[..., Cloud], puller: Puller) -> None:
    page = {"properties": {"columns": [], "rows": [], "nextLink": "https://127.0.0.2:1/query"}}
    azure.odd["/query"].append(lambda: good(page))
    with pytest.raises(ServiceError, match="leads to another host"):
        puller.pull(feeds(connect())[0], WINDOW)


# --- exports --------------------------------------------------------------------------------------------------------


def put_run(
    blobs: BlobServiceClient, name: str, run: str, *, month: str = "202610", day: int = 9, lacking: bool = False
) -> None:
    """A run of an export: two parts and their manifest."""
    client = blobs.get_container_client("cost-exports")
    if not client.exists():
        client.create_container()
    folder = f"costs/{name}/{month}01-{month}31/{run}"
    parts = [f"{folder}/part_0_000{number}.csv" for number in (1, 2)]
    for part in parts[: 1 if lacking else 2]:
        client.upload_blob(part, HEADING + line(f"{month[:4]}-{month[4:]}-{day:02}"), overwrite=True)
    manifest = {
        "exportConfig": {
            "exportName": name,
            "resourceId": f"{SCOPE}/providers/Microsoft.CostManagement/exports/{name}",
            "type": "ActualCost",
        },
        "runInfo": {
            "submittedTime": f"2026-10-{day:02}T00:00:00Z",
            "runId": run,
            "startDate": f"{month[:4]}-{month[4:]}-01T00:00:00",
        },
        "blobs": [{"blobName": part} for part in parts],
    }
    client.upload_blob(f"{folder}/manifest.json", json.dumps(manifest), overwrite=True)


def test_the_newest_run_of_every_export_and_month_comes_whole(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], puller: Puller, storage_account: str
) -> None:
    azure.exports = {SCOPE: [export("daily"), export("prices", "PriceSheet")]}
    for day, run in ((9, "run-a"), (10, "run-b")):
        put_run(blobs, "daily", run, day=day)
    put_run(blobs, "daily", "run-s", month="202609", day=5)
    put_run(blobs, "daily", "run-j", month="202607", day=8)
    put_run(blobs, "daily-of-others", "run-x")
    (feed,) = feeds(connect())
    assert feed.name == f"azure.costs {storage_account}/cost-exports/costs/daily/"
    fetched = puller.pull(feed, Window(NOW - timedelta(days=12), NOW))
    assert sorted(uri.split("/costs/daily/")[1] for uri in fetched) == [
        "20260901-20260931/run-s/manifest.json",
        "20260901-20260931/run-s/part_0_0001.csv",
        "20260901-20260931/run-s/part_0_0002.csv",
        "20261001-20261031/run-b/manifest.json",
        "20261001-20261031/run-b/part_0_0001.csv",
        "20261001-20261031/run-b/part_0_0002.csv",
    ]
    assert puller.pull(feeds(connect())[0], WINDOW) == {}
    put_run(blobs, "daily", "run-c", day=11)
    assert {uri.split("/")[-2] for uri in puller.pull(feeds(connect())[0], WINDOW)} == {"run-c"}


def test_a_run_that_lacks_a_file_is_passed_over_for_the_one_before_it(
    blobs: BlobServiceClient, connect: Callable[..., Cloud], puller: Puller, storage_account: str, told: list[str]
) -> None:
    put_run(blobs, "daily", "run-a")
    put_run(blobs, "daily", "run-b", day=10, lacking=True)
    table = {"exports": [f"{storage_account}/cost-exports"]}
    (feed,) = feeds(connect(**table))
    assert {uri.split("/")[-2] for uri in puller.pull(feed, WINDOW)} == {"run-a"}
    assert "the newest run of 2026-10 is not whole" in told[0]
    blobs.get_blob_client("cost-exports", "costs/daily/20261001-20261031/run-a/part_0_0001.csv").delete_blob()
    with pytest.raises(ServiceError, match="files that the manifest of 2026-10 names are missing"):
        puller.pull(feeds(connect(**table))[0], WINDOW)


def test_of_an_export_without_manifests_the_newest_file_of_a_folder_counts(
    blobs: BlobServiceClient, connect: Callable[..., Cloud], puller: Puller, storage_account: str
) -> None:
    client = blobs.create_container("cost-exports")
    for number in (1, 2):
        client.upload_blob(f"old/20261001-20261031/daily_{number}.csv", HEADING + line("2026-10-01", f"{number}.5"))
    client.upload_blob("old/20260901-20260930/daily_7.csv", HEADING)
    client.upload_blob("old/note.txt", b"x")
    (feed,) = feeds(connect(exports=[f"{storage_account}/cost-exports/old"]))
    names = {uri.rsplit("/", 1)[-1] for uri in puller.pull(feed, WINDOW)}
    assert len(names & {"daily_1.csv", "daily_2.csv"}) == 1
    assert "daily_7.csv" in names
    assert len(names) == 2


def test_a_scope_with_an_export_is_not_asked_by_query_as_well(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], told: list[str], puller: Puller
) -> None:
    blobs.create_container("cost-exports")
    azure.exports = {SCOPE: [export("daily")]}
    (feed,) = feeds(connect())
    assert puller.pull(feed, WINDOW) == {}
    assert "nothing was written there" in told[0]
    assert azure.paths("/query") == []


# --- reports --------------------------------------------------------------------------------------------------------


@pytest.fixture
def reports(azure: Azure, connect: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Feed]:
    monkeypatch.setattr(arm, "_LONGEST_POLL_S", 0.01)
    azure.parts = [
        ("\ufeff" + HEADING + line("2026-10-01")).encode(),
        (HEADING + line("2026-10-02").rstrip("\n")).encode(),
        (HEADING + line("2026-10-03", "0.25")).encode(),
    ]

    def found() -> Feed:
        (feed,) = feeds(connect(billing_scopes=[BILLING]))
        return feed

    return found


def test_a_report_is_waited_for_and_its_parts_are_one_table(
    azure: Azure, reports: Callable[[], Feed], puller: Puller
) -> None:
    azure.polls = 3
    feed = reports()
    assert feed.name == f"azure.costs report {BILLING}"
    (fetched,) = puller.pull(feed, WINDOW).items()
    assert (
        fetched[0] == f"{azure.home}{BILLING}/providers/Microsoft.CostManagement/generateCostDetailsReport/2026-10.csv"
    )
    assert SIGNATURE not in "".join(puller.ledger.read)
    assert [str(each["billed_cost"]).rstrip("0") for each in charges(fetched[1])] == ["1.5", "1.5", "0.25"]
    assert len(azure.paths("costDetailsOperationResults")) == 4
    (asked,) = [json.loads(body) for _, path, body in azure.asked if path.endswith("generateCostDetailsReport")]
    assert asked == {"metric": "ActualCost", "timePeriod": {"start": "2026-10-01", "end": "2026-10-12"}}
    assert list(puller.folder.iterdir()) == [puller.folder / "fetched"]


def test_a_large_part_is_read_in_pieces(
    azure: Azure, reports: Callable[[], Feed], puller: Puller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tokenaudit.providers.azure.client.connection._FIRST_PIECE", 1000)
    monkeypatch.setattr("tokenaudit.providers.azure.client.connection._FURTHER_PIECES", 700)
    azure.parts = [(HEADING + "".join(line("2026-10-01") for _ in range(50))).encode()]
    (content,) = puller.pull(reports(), WINDOW).values()
    assert content == azure.parts[0]
    assert len(azure.paths("/signed/report")) > 5


def test_a_month_without_a_report_is_an_empty_table(azure: Azure, reports: Callable[[], Feed], puller: Puller) -> None:
    azure.parts = []
    (content,) = puller.pull(reports(), WINDOW).values()
    assert content.count(b"\n") == 1
    assert charges(content) == []


def test_parts_with_other_columns_are_not_put_together(
    azure: Azure, reports: Callable[[], Feed], puller: Puller
) -> None:
    azure.parts[1] = azure.parts[1].replace(b"Quantity", b"Amount")
    with pytest.raises(ServiceError, match="different columns"):
        puller.pull(reports(), WINDOW)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.com/report.csv?sig=x",
        "http://127.0.0.1/report?sig=x",
        "https://blob.core.windows.net.example.com/",
    ],
)
def test_a_report_is_fetched_from_storage_only(
    azure: Azure, reports: Callable[[], Feed], puller: Puller, address: str
) -> None:
    manifest = {"blobCount": 1, "blobs": [{"blobLink": address}]}
    azure.odd["costDetailsOperationResults"].append(lambda: good({"status": "Completed", "manifest": manifest}))
    with pytest.raises(ServiceError, match="which is no storage of Azure"):
        puller.pull(reports(), WINDOW)


def test_a_report_is_not_looked_for_elsewhere(azure: Azure, reports: Callable[[], Feed], puller: Puller) -> None:
    azure.odd["/signed/report"].append(lambda: Response(status=302, headers={"Location": f"{azure.home}/elsewhere"}))
    with pytest.raises(ServiceError, match="302"):
        puller.pull(reports(), WINDOW)
    assert azure.paths("/elsewhere") == []


@pytest.mark.parametrize(
    "answer",
    [{"status": "Failed"}, {"status": "Completed", "manifest": {"blobCount": 2, "blobs": [{"blobLink": "x"}]}}],
)
def test_a_report_that_fails_is_an_error(
    azure: Azure, reports: Callable[[], Feed], puller: Puller, answer: dict[str, Any]
) -> None:
    azure.odd["costDetailsOperationResults"].append(lambda: good(answer))
    with pytest.raises(ServiceError, match="report of"):
        puller.pull(reports(), WINDOW)
