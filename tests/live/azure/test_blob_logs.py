"""Diagnostic logs in Azurite: found, read in pieces, and never read twice."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from tests.live.azure.conftest import NOW, Puller
from tests.live.azure.resources import ACCOUNT, GATEWAY, STORAGE, WORKSPACE, WORKSPACE_GUID, account, setting

from tokenaudit.errors import ServiceError
from tokenaudit.ledger.ledger import open_for_writing
from tokenaudit.model.pulling import Failure, Feed, Known
from tokenaudit.model.question import Window
from tokenaudit.pipeline.ingest import ingest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from azure.storage.blob import BlobServiceClient
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud

REQUESTS = "insights-logs-requestresponse"
WINDOW = Window(NOW - timedelta(days=2), NOW)


def name(hour: str = "2026-10-12T08", resource: str = ACCOUNT) -> str:
    at = datetime.fromisoformat(hour)
    return f"resourceId={resource.upper()}/y={at:%Y}/m={at:%m}/d={at:%d}/h={at:%H}/m=00/PT1H.json"


def record(number: int) -> bytes:
    properties = {
        "requestTime": 639264170277847539 + number * 10_000_000,
        "streamType": "Streaming",
        "modelDeploymentName": "chat-prod",
        "modelName": "gpt-4.1-mini",
        "modelVersion": "2025-04-14",
    }
    told = {
        "category": "RequestResponse",
        "correlationId": f"10000000-0000-4000-8000-{number:012}",
        "durationMs": 1000 + number,
        "location": "eastus2",
        "operationName": "ChatCompletions_Create",
        "properties": json.dumps(properties),
        "resourceId": ACCOUNT.upper(),
        "resultSignature": "200",
        "time": f"2026-10-12T08:{number // 60:02}:{number % 60:02}Z",
    }
    return json.dumps(told).encode() + b"\n"


def records(*numbers: int) -> bytes:
    return b"".join(map(record, numbers))


def append(blobs: BlobServiceClient, blob: str, content: bytes, container: str = REQUESTS) -> None:
    client = blobs.get_container_client(container)
    if not client.exists():
        client.create_container()
    at = client.get_blob_client(blob)
    if not at.exists():
        at.create_append_blob()
    at.append_block(content)


def feeds(cloud: Cloud, window: Window = WINDOW) -> list[Feed]:
    found = list(cloud.feeds(("logs",), window))
    assert not [each for each in found if isinstance(each, Failure)]
    return [each for each in found if not isinstance(each, Failure)]


@pytest.fixture
def logs(azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud]) -> Callable[[], Feed]:
    """The one feed of an account whose setting names the storage account. Connects anew, as each run does."""
    del blobs
    azure.accounts = [account()]
    azure.settings = {ACCOUNT.lower(): [setting("RequestResponse", "Audit", storage=STORAGE)]}

    def found() -> Feed:
        (feed,) = feeds(connect())
        return feed

    return found


def test_a_blob_that_grew_costs_its_tail(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller, storage_account: str
) -> None:
    append(blobs, name(), records(1, 2))
    assert logs().name == f"azure.logs {storage_account}/{REQUESTS}"
    (first,) = puller.pull(logs(), WINDOW).items()
    assert first == (f"{storage_account}/{REQUESTS}/{name()}#bytes=0-", records(1, 2))
    assert puller.pull(logs(), WINDOW) == {}
    append(blobs, name(), records(3))
    assert list(puller.pull(logs(), WINDOW).values()) == [records(3)]
    append(blobs, name(), records(4, 5))
    assert list(puller.pull(logs(), WINDOW).values()) == [records(4, 5)]
    assert puller.pull(logs(), WINDOW) == {}
    assert len(list(logs().objects(WINDOW, puller.ledger))) == 3


def test_a_line_that_is_not_finished_waits(blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller) -> None:
    append(blobs, name(), records(1) + record(2)[:40])
    assert list(puller.pull(logs(), WINDOW).values()) == [records(1)]
    assert puller.pull(logs(), WINDOW) == {}
    append(blobs, name(), record(2)[40:].rstrip(b"\n"))
    assert list(puller.pull(logs(), WINDOW).values()) == [record(2).rstrip(b"\n")]
    append(blobs, name(), b"\n" + records(3))
    assert list(puller.pull(logs(), WINDOW).values()) == [b"\n" + records(3)]


def test_a_record_that_is_longer_than_the_first_look_is_whole(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller
) -> None:
    long = json.dumps({"category": "RequestResponse", "x": "y" * 300_000}).encode()
    append(blobs, name(), records(1) + long[:250_000])
    assert list(puller.pull(logs(), WINDOW).values()) == [records(1)]
    append(blobs, name(), long[250_000:] + b"\n")
    assert list(puller.pull(logs(), WINDOW).values()) == [long + b"\n"]


def test_a_blob_that_was_made_anew_is_read_whole_and_its_former_pieces_are_emptied(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller, storage_account: str
) -> None:
    append(blobs, name(), records(1, 2))
    puller.pull(logs(), WINDOW)
    append(blobs, name(), records(3))
    puller.pull(logs(), WINDOW)
    client = blobs.get_blob_client(REQUESTS, name())
    before = client.get_blob_properties().creation_time
    client.delete_blob()
    while True:  # Azurite tells the time of making in whole seconds
        append(blobs, name(), records(7))
        if client.get_blob_properties().creation_time != before:
            break
        client.delete_blob()
    again = puller.pull(logs(), WINDOW)
    address = f"{storage_account}/{REQUESTS}/{name()}#bytes="
    old = len(records(1, 2))
    assert again[f"{address}0-"] == records(7)
    assert json.loads(again[f"{address}{old}-"])["tables"][0]["rows"] == []
    assert puller.pull(logs(), WINDOW) == {}
    append(blobs, name(), records(8))
    assert list(puller.pull(logs(), WINDOW).values()) == [records(8)]


def rows(folder: Path, objects: Iterable[tuple[str, bytes]]) -> list[dict[str, Any]]:
    """What a ledger holds of these files, once they lie under their names; addresses left out."""
    mirror, ledger = folder / "mirror", folder / "ledger"
    for path, content in objects:
        to = mirror / path
        to.parent.mkdir(parents=True, exist_ok=True)
        to.write_bytes(content)
    with open_for_writing(ledger) as opened:
        result = ingest(opened, [mirror], 1)
        assert (result.unrecognised, result.unreadable) == ([], [])
        files = opened.usage_files()
    found = [row for file in files for row in pq.ParquetFile(file).read().to_pylist()]
    return sorted(({**row, "object_uri": ""} for row in found), key=lambda row: str(row["usage_id"]))


def test_pieces_make_the_rows_of_the_whole(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller, tmp_path: Path
) -> None:
    pieces: list[tuple[str, bytes]] = []
    for numbers in ((1, 2), (3,), (4, 5, 6)):
        append(blobs, name(), records(*numbers))
        paths = {each.uri: each.path for each in logs().objects(WINDOW, puller.ledger)}
        pieces += [(paths[uri], content) for uri, content in puller.pull(logs(), WINDOW).items()]
    assert len({path for path, _ in pieces}) == 3
    whole = rows(tmp_path / "whole", [("PT1H.json", records(1, 2, 3, 4, 5, 6))])
    assert len(whole) == 6
    assert rows(tmp_path / "pieces", pieces) == whole


def test_an_emptied_piece_takes_its_rows_out_of_the_ledger(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller, tmp_path: Path
) -> None:
    append(blobs, name(), records(1, 2))
    first = puller.pull(logs(), WINDOW)
    (uri,) = first
    assert len(rows(tmp_path, [("piece.json", first[uri])])) == 2
    puller.ledger.read = {f"{uri.split('=0-')[0]}=7-": Known("2026-10-12T08:00:00+00:00 7-9", final=False)}
    emptied = puller.pull(logs(), WINDOW)[f"{uri.split('=0-')[0]}=7-"]
    assert rows(tmp_path, [("piece.json", emptied)]) == []


def test_only_hours_around_the_window_and_resources_that_write_there_are_read(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller
) -> None:
    hours = ["2026-10-01T08", "2026-10-09T08", "2026-10-09T10", "2026-10-11T23", "2026-10-12T09"]
    for hour in hours:
        append(blobs, name(hour), records(1))
    append(blobs, name(resource=f"{ACCOUNT}-of-others"), records(2))
    append(blobs, name().lower().replace("resourceid", "resourceId").replace("pt1h", "PT1H"), records(3))
    append(blobs, "readme.txt", b"nothing")
    read = puller.pull(logs(), WINDOW)
    assert sorted(re.findall(r"d=(\d+)/h=(\d+)", " ".join(read))) == [
        ("09", "10"), ("11", "23"), ("12", "08"), ("12", "09")
    ]  # fmt: skip
    wide = Window(NOW - timedelta(days=11), NOW)
    assert sorted(puller.pull(logs(), wide).values()) == [records(1), records(1)]


def test_a_container_that_no_log_has_made_yet_is_no_error(
    logs: Callable[[], Feed], puller: Puller, connect: Callable[..., Cloud], storage_account: str
) -> None:
    assert puller.pull(logs(), WINDOW) == {}
    (named,) = feeds(connect(logs=[f"{storage_account}/{REQUESTS}"]))
    with pytest.raises(ServiceError, match=f"{REQUESTS} is not there"):
        puller.pull(named, WINDOW)


def test_an_account_that_is_named_has_all_its_log_containers_read(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], puller: Puller, storage_account: str
) -> None:
    append(blobs, name(), records(1))
    append(blobs, name(resource=GATEWAY), records(2), "insights-logs-gatewayllmlogs")
    for other in ("something-else", "insights-logs-audit", "insights-logs-trace"):
        append(blobs, name(), records(3), other)
    (feed,) = feeds(connect(logs=[storage_account]))
    assert sorted(puller.pull(feed, WINDOW).values()) == [records(1), records(2)]
    assert azure.asked == []
    (below,) = feeds(connect(logs=[f"{storage_account}/{REQUESTS}/{name().split('y=')[0]}"]))
    assert list(Puller(puller.folder).pull(below, WINDOW).values()) == [records(1)]


def test_an_account_without_logs_is_told_with_what_to_switch_on(
    blobs: BlobServiceClient, connect: Callable[..., Cloud], puller: Puller, storage_account: str
) -> None:
    append(blobs, name(), records(1), "insights-logs-audit")
    cloud = connect(logs=[storage_account])
    (feed,) = feeds(cloud)
    with pytest.raises(ServiceError, match=f"{storage_account} holds no logs") as told:
        puller.pull(feed, WINDOW)
    assert "diagnostic setting" in told.value.hint
    (finding,) = (each for each in cloud.examine() if each.source == feed.name)
    assert (finding.status, finding.text, finding.fix) == ("failed", str(told.value), told.value.hint)


def test_many_threads_read_without_a_warning(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller, caplog: pytest.LogCaptureFixture
) -> None:
    for hour in range(6):
        append(blobs, name(f"2026-10-11T{hour:02}"), records(hour))
    found = list(logs().objects(WINDOW, puller.ledger)) * 4
    with ThreadPoolExecutor(16) as threads:
        fetched = list(threads.map(lambda each: each[1].fetch(puller.folder / str(each[0])), enumerate(found)))
    assert len(fetched) == 24
    assert [each.getMessage() for each in caplog.records if each.levelname == "WARNING"] == []


def test_a_blob_that_is_written_at_once_is_one_object(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller
) -> None:
    append(blobs, name("2026-10-12T07"), records(9))
    client = blobs.get_blob_client(REQUESTS, name())
    client.upload_blob(records(1))
    assert sorted(puller.pull(logs(), WINDOW).values()) == [records(1), records(9)]
    assert puller.pull(logs(), WINDOW) == {}
    client.upload_blob(records(2), overwrite=True)
    (changed,) = puller.pull(logs(), WINDOW).items()
    assert changed[0].endswith("/PT1H.json")
    assert changed[1] == records(2)


def test_what_is_replaced_between_listing_and_reading_is_not_taken(
    blobs: BlobServiceClient, logs: Callable[[], Feed], puller: Puller
) -> None:
    append(blobs, name("2026-10-12T07"), records(9))
    client = blobs.get_blob_client(REQUESTS, name())
    client.upload_blob(records(1, 2, 3))
    grows, whole = logs().objects(WINDOW, puller.ledger)
    client.upload_blob(records(4), overwrite=True)
    with pytest.raises(ServiceError, match="was replaced while it was read"):
        puller.fetch(whole)
    gone = blobs.get_blob_client(REQUESTS, name("2026-10-12T07"))
    gone.delete_blob()
    gone.upload_blob(b"short")
    with pytest.raises(ServiceError, match="was replaced while it was read"):
        puller.fetch(grows)


def test_logs_that_go_to_storage_and_to_a_workspace_are_read_once(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], storage_account: str
) -> None:
    del blobs
    azure.accounts = [account(), account("fabrikam-ai", "OpenAI")]
    azure.gateways = [{"id": GATEWAY, "name": "contoso-gateway", "location": "East US 2"}]
    other = ACCOUNT.lower().replace("contoso-ai", "fabrikam-ai")
    azure.settings = {
        ACCOUNT.lower(): [
            setting("RequestResponse", workspace=WORKSPACE),
            {**setting("RequestResponse", storage=STORAGE), "name": "b"},
        ],
        other: [setting("RequestResponse", workspace=WORKSPACE)],
        GATEWAY.lower(): [
            {
                "name": "x",
                "properties": {
                    "storageAccountId": STORAGE.upper(),
                    "logs": [{"categoryGroup": "allLogs", "enabled": True}],
                },
            }
        ],
    }
    assert [each.name for each in feeds(connect())] == [
        f"azure.logs {storage_account}/insights-logs-gatewayllmlogs",
        f"azure.logs {storage_account}/insights-logs-gatewaylogs",
        f"azure.logs {storage_account}/{REQUESTS}",
        f"azure.logs workspace {WORKSPACE_GUID}",
    ]
    assert len(azure.paths("/storageaccounts/")) == 1
