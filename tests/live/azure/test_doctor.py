"""What the doctor says of Azure, and what `init` can find out."""

from __future__ import annotations

import json
import shlex
from typing import TYPE_CHECKING

from tests.live.azure.answers import error
from tests.live.azure.conftest import NOW
from tests.live.azure.resources import (
    ACCOUNT,
    GATEWAY,
    STORAGE,
    SUBSCRIPTION,
    WORKSPACE,
    WORKSPACE_GUID,
    account,
    export,
    setting,
)
from tests.live.azure.test_blob_logs import REQUESTS, append, name, record
from tests.live.azure.test_log_tables import REQUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    import pytest
    from azure.storage.blob import BlobServiceClient
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud, Finding

SCOPE = f"/subscriptions/{SUBSCRIPTION}"


def examined(cloud: Cloud) -> dict[tuple[str, str], Finding]:
    found = list(cloud.examine())
    assert len({(each.source, each.check) for each in found}) == len(found)
    return {(each.source, each.check): each for each in found}


def test_where_nothing_is_switched_on_the_commands_that_do_it_are_given(
    azure: Azure, connect: Callable[..., Cloud]
) -> None:
    azure.accounts = [account("it's $(rm -rf) ai")]
    found = examined(connect())
    logs, costs = (each for each in found.values() if each.check == "switched on")
    assert (logs.status, logs.exit_code) == ("off", 0)
    words = shlex.split(logs.fix)
    assert words[:4] == ["az", "monitor", "diagnostic-settings", "create"]
    assert words[words.index("--resource") + 1] == f"{ACCOUNT.rpartition('/')[0]}/it's $(rm -rf) ai".lower()
    categories = [each["category"] for each in json.loads(words[words.index("--logs") + 1])]
    assert categories == ["RequestResponse", "AzureOpenAIRequestUsage"]
    assert (costs.source, costs.status) == (f"azure.costs {SCOPE}", "warning")
    words = shlex.split(costs.fix)
    assert words[:4] == ["az", "costmanagement", "export", "create"]
    assert words[words.index("--scope") + 1] == SCOPE.strip("/")
    assert {each.exit_code for each in found.values()} == {0}


def test_where_all_is_well_it_says_how_far_it_reaches(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], storage_account: str
) -> None:
    azure.accounts = [account(), account("fabrikam-ai", "OpenAI")]
    other = ACCOUNT.lower().replace("contoso-ai", "fabrikam-ai")
    azure.settings = {
        ACCOUNT.lower(): [setting("RequestResponse", storage=STORAGE)],
        other: [setting("RequestResponse", "AzureOpenAIRequestUsage", workspace=WORKSPACE)],
    }
    azure.exports = {SCOPE: [export("daily")]}
    azure.records["AzureDiagnostics"] = [{**REQUEST, "TimeGenerated": f"{NOW:%Y-%m-%dT%H}:00:00Z"}] * 7
    append(blobs, name(), record(1))
    blobs.create_container("cost-exports").upload_blob("costs/daily/x/manifest.json", b"{}")
    found = examined(connect())
    assert {each.status for each in found.values()} == {"ok"}
    places = {source: finding.text for (source, check), finding in found.items() if check == "covering"}
    assert set(places) == {
        f"azure.metrics {ACCOUNT.lower()}",
        f"azure.metrics {other}",
        f"azure.logs {storage_account}/{REQUESTS}",
        f"azure.logs workspace {WORKSPACE_GUID}",
        f"azure.costs {storage_account}/cost-exports/costs/daily/",
    }
    assert places[f"azure.metrics {other}"] == "4 metrics, kept for 93 days"
    assert places[f"azure.logs workspace {WORKSPACE_GUID}"] == "7 records in the last two days"
    assert places[f"azure.logs {storage_account}/{REQUESTS}"].startswith("written to until 20")


def test_what_is_empty_or_half_switched_on_is_a_warning(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], storage_account: str
) -> None:
    azure.accounts = [account()]
    azure.gateways = [{"id": GATEWAY, "name": "contoso-gateway", "location": "East US 2"}]
    azure.settings = {
        ACCOUNT.lower(): [setting("AzureOpenAIRequestUsage", storage=STORAGE)],
        GATEWAY.lower(): [setting("GatewayLogs", storage=STORAGE)],
    }
    append(blobs, name("2026-10-01T08"), record(1), "insights-logs-gatewaylogs")
    found = examined(connect())
    assert "RequestResponse is not written" in found[f"azure.logs {ACCOUNT.lower()}", "switched on"].text
    gateway = found[f"azure.logs {GATEWAY.lower()}", "switched on"]
    assert (gateway.status, gateway.text.split(" is")[0]) == ("warning", "GatewayLlmLogs")
    assert STORAGE.lower() in gateway.fix
    old = found[f"azure.logs {storage_account}/insights-logs-gatewaylogs", "covering"]
    assert (old.status, old.text) == ("warning", "no log of the last two days")
    none = found[f"azure.logs {storage_account}/insights-logs-azureopenairequestusage", "covering"]
    assert (none.status, none.text) == ("warning", "nothing has been written yet")


def test_a_right_that_is_missing_comes_with_the_role_assignment(azure: Azure, connect: Callable[..., Cloud]) -> None:
    azure.accounts = [account()]
    for where in ("/metricDefinitions", "/diagnosticSettings", "/exports"):
        azure.odd[where] += [lambda: error(403, "AuthorizationFailed")] * 3
    found = examined(connect())
    refused = {source: each for (source, check), each in found.items() if check == "permitted"}
    metrics = refused[f"azure.metrics {ACCOUNT.lower()}"]
    assert (metrics.status, metrics.exit_code) == ("failed", 4)
    assert metrics.fix == (
        "az role assignment create --assignee-object-id OBJECT_ID_OF_WHO_RUNS_TOKENAUDIT"
        f" --role 43d0d8ad-25c7-4714-9337-8ba259a9fe05 --scope {ACCOUNT.lower()}  # Monitoring Reader"
    )
    assert "72fafb9e-0641-4937-9268-a91bfd8191a3" in refused[f"azure.costs {SCOPE}"].fix
    assert f"azure.logs {ACCOUNT.lower()}" in refused


def test_without_a_token_it_says_how_to_sign_in(
    azure: Azure, connect: Callable[..., Cloud], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("AZURE_CLIENT_SECRET")
    (only,) = connect().examine()
    assert (only.source, only.check, only.status, only.fix, only.exit_code) == (
        "azure", "permitted", "failed", "az login", 4
    )  # fmt: skip
    assert azure.asked == []


def test_a_service_that_cannot_be_reached_is_no_matter_of_rights(azure: Azure, connect: Callable[..., Cloud]) -> None:
    azure.odd["/subscriptions"] += [lambda: error(503, "ServerBusy")] * 3
    (only,) = connect().examine()
    assert (only.check, only.status, only.exit_code) == ("reachable", "failed", 5)


def test_init_is_told_what_was_found(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud], storage_account: str
) -> None:
    del blobs
    azure.accounts = [account(), account("fabrikam-ai", "OpenAI")]
    azure.settings = {
        ACCOUNT.lower(): [setting("RequestResponse", storage=STORAGE)],
        ACCOUNT.lower().replace("contoso-ai", "fabrikam-ai"): [setting("RequestResponse", workspace=WORKSPACE)],
    }
    azure.exports = {SCOPE: [export("daily")]}
    assert dict(connect().suggest()) == {
        "subscriptions": f'["{SUBSCRIPTION}"]',
        "logs": f'["{storage_account}/{REQUESTS}"]',
        "workspaces": f'["{WORKSPACE_GUID}"]',
        "exports": f'["{storage_account}/cost-exports/costs/daily/"]',
    }


def test_a_list_that_may_not_be_whole_is_not_written_down(
    azure: Azure, blobs: BlobServiceClient, connect: Callable[..., Cloud]
) -> None:
    """It would keep what is not in it away from every pull that follows."""
    del blobs
    azure.accounts = [account(), account("fabrikam-ai", "OpenAI")]
    azure.settings = {ACCOUNT.lower(): [setting("RequestResponse", storage=STORAGE)]}
    azure.exports = {SCOPE: [export("daily")]}
    both = [SUBSCRIPTION, SUBSCRIPTION[:-1] + "2"]
    told = dict(connect(subscriptions=both).suggest())  # the costs of the second are asked by query
    assert set(told) == {"subscriptions", "logs"}
    azure.odd["fabrikam-ai/providers/Microsoft.Insights"].append(lambda: error(403, "AuthorizationFailed"))
    assert set(dict(connect().suggest())) == {"subscriptions", "exports"}
    azure.accounts.append(account("contoso-speech", "SpeechServices"))  # may log to the same container
    assert set(dict(connect().suggest())) == {"subscriptions", "exports"}
