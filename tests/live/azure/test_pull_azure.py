"""`tokenaudit pull azure` from Azurite and a loopback Azure, as a user runs it, into a real ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.live.azure.answers import error
from tests.live.azure.conftest import MODEL
from tests.live.azure.resources import (
    ACCOUNT,
    CLIENT_SECRET,
    STORAGE,
    SUBSCRIPTION,
    account,
    definition,
    deployment,
    export,
    setting,
)
from tests.live.azure.services import signed_in
from tests.live.azure.test_blob_logs import REQUESTS, append, name, records
from tests.live.azure.test_costs import put_run
from tests.properties.ledgers import rows_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from azure.storage.blob import BlobServiceClient
    from tests.cli.conftest import Done
    from tests.live.azure.services import Azure

NOW = "2026-11-26T06:00:00+00:00"
WINDOW = ("--since", "2026-10-01", "--until", "2026-10-13")


@pytest.fixture
def pull(
    azure: Azure, blobs: BlobServiceClient, tokenaudit: Callable[..., Done], here: Path, bundle: Path
) -> Callable[..., Done]:
    """An account with logs, metrics and an export, and the command in a process of its own."""
    azure.accounts = [account()]
    azure.deployments = [deployment("chat-prod"), deployment("chat-0")]
    azure.settings = {ACCOUNT.lower(): [setting("RequestResponse", storage=STORAGE)]}
    azure.exports = {f"/subscriptions/{SUBSCRIPTION}": [export("daily")]}
    azure.definitions = [definition(each, *MODEL) for each in ("InputTokens", "OutputTokens")]
    for hour, numbers in (("2026-10-11T07", (1, 2)), ("2026-10-12T08", (3,))):
        append(blobs, name(hour), records(*numbers))
    put_run(blobs, "daily", "run-a")
    endpoints = "\n".join(f'{key} = "{azure.home}"' for key in ("management", "authority", "log_analytics"))
    (here / "tokenaudit.toml").write_text(f"[azure.endpoints]\n{endpoints}\n", encoding="utf-8")
    environment = signed_in(bundle)
    return lambda *arguments, **changes: tokenaudit(*arguments, at=NOW, **{**environment, **changes})


def kinds(done: Done) -> dict[str, dict[str, Any]]:
    """The rows of the report by what they brought."""
    return {each["kind"]: each for each in done.rows("pull")}


def usage(ledger: Path) -> list[dict[str, Any]]:
    """What came out of logs, addresses left out."""
    return [{**row, "object_uri": ""} for row in rows_of(ledger) if row["source"] == "azure.request_logs"]


def test_what_is_pulled_is_what_files_would_give_and_is_fetched_once(
    azure: Azure, blobs: BlobServiceClient, pull: Callable[..., Done], here: Path
) -> None:
    first = pull("pull", "azure", *WINDOW, "--format", "json")
    assert first.code == 0, first
    found = kinds(first)
    assert {kind: (each["status"], each["fetched"]) for kind, each in found.items()} == {
        "inventory": ("ok", 2),
        "logs": ("ok", 2),
        "metrics": ("ok", 12),
        "costs": ("ok", 3),
    }
    saved = here / "saved"
    for number, client in enumerate(blobs.get_container_client(REQUESTS).list_blobs()):
        to = saved / str(number) / "PT1H.json"
        to.parent.mkdir(parents=True)
        to.write_bytes(blobs.get_blob_client(REQUESTS, client.name).download_blob().readall())
    assert pull("ingest", saved, "--ledger", here / "from-files").code == 0
    pulled = usage(here / ".tokenaudit" / "ledger")
    assert len(pulled) == 3
    assert pulled == usage(here / "from-files")

    azure.asked.clear()
    again = kinds(pull("pull", "azure", *WINDOW, "--format", "json"))
    assert {kind: (each["fetched"], each["rows"]) for kind, each in again.items() if kind != "inventory"} == {
        "logs": (0, 0),
        "metrics": (0, 0),
        "costs": (0, 0),
    }
    assert azure.paths("/Microsoft.Insights/metrics") == []

    append(blobs, name(), records(4))
    put_run(blobs, "daily", "run-b", day=10)
    grown = kinds(pull("pull", "azure", *WINDOW, "--only", "logs,costs", "--format", "json"))
    assert (grown["logs"]["fetched"], grown["logs"]["size_bytes"]) == (1, len(records(4)))
    assert (grown["costs"]["fetched"], set(grown)) == (3, {"logs", "costs"})
    assert [row["request_id"][-1] for row in usage(here / ".tokenaudit" / "ledger")] == ["1", "2", "3", "4"]


def test_a_source_that_is_refused_does_not_keep_the_others_and_no_secret_is_shown(
    azure: Azure, pull: Callable[..., Done]
) -> None:
    azure.odd["/exports"].append(lambda: error(403, "AuthorizationFailed"))
    done = pull("pull", "azure", *WINDOW, "--verbose", "--format", "json")
    assert done.code == 4
    assert {kind: each["status"] for kind, each in kinds(done).items()} == {
        "inventory": "ok",
        "logs": "ok",
        "metrics": "ok",
        "costs": "failed",
    }
    assert "Cost Management Reader" in done.caveats["missing_source"]
    assert azure.issued
    for planted in (CLIENT_SECRET, *azure.issued):
        assert planted not in done.out + done.err


def test_the_doctor_and_a_plan_say_what_a_pull_would_do(azure: Azure, pull: Callable[..., Done]) -> None:
    plan = pull("pull", "azure", "--dry-run")
    assert plan.code == 0
    assert azure.issued == []
    assert "Microsoft.Insights/metrics/read" in plan.out
    azure.settings = {}
    visit = pull("doctor")
    assert "az monitor diagnostic-settings create --name tokenaudit" in visit.out
