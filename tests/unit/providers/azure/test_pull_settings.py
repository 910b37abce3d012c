from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from tokenaudit.errors import ConfigError, ServiceError
from tokenaudit.providers.azure.client.endpoints import Endpoints, is_loopback, same_host, storage_address
from tokenaudit.providers.azure.settings import Place, read

SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
SIGNED = "https://contoso.blob.core.windows.net/logs?sv=1&sig=abcdefghij"


def test_a_table_is_understood() -> None:
    found = read(
        {
            "deployments": [],
            "tenant": "contoso.onmicrosoft.com",
            "subscriptions": [f"/subscriptions/{SUBSCRIPTION}", SUBSCRIPTION.upper()],
            "logs": [
                "https://contoso.blob.core.windows.net",
                "https://contoso.blob.core.windows.net/insights-logs-x/a/b",
            ],
            "exports": ["https://127.0.0.1:10000/devstoreaccount1/cost-exports/costs/"],
            "workspaces": [
                f"/subscriptions/{SUBSCRIPTION}/resourceGroups/R/providers/Microsoft.OperationalInsights/workspaces/W"
            ],
            "billing_scopes": ["providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31/"],
            "endpoints": {"management": "https://management.usgovcloudapi.net/", "authority": None},
        }
    )
    assert found.subscriptions == (SUBSCRIPTION,)
    account = "https://contoso.blob.core.windows.net"
    assert found.logs == (Place(account), Place(account, "insights-logs-x", "a/b"))
    assert found.exports == (Place("https://127.0.0.1:10000/devstoreaccount1", "cost-exports", "costs/"),)
    assert found.workspaces[0].endswith("/workspaces/w")
    assert found.billing_scopes == ("/providers/Microsoft.Billing/billingAccounts/1:2_2019-05-31",)
    assert found.endpoints == Endpoints(management="https://management.usgovcloudapi.net")
    assert [each.url for each in read({"exports": [place.url for place in found.exports]}).exports] == [
        "https://127.0.0.1:10000/devstoreaccount1/cost-exports/costs/"
    ]
    assert read({}) == read({"endpoints": {}, "logs": []})


@pytest.mark.parametrize(
    "table",
    [
        {"tenant": "a b"},
        {"tenant": 7},
        {"subscriptions": ["my subscription"]},
        {"subscriptions": SUBSCRIPTION},
        {"logs": [7]},
        {"logs": ["http://contoso.blob.core.windows.net/logs"]},
        {"logs": ["http://127.0.0.1:10000/devstoreaccount1/logs"]},
        {"logs": ["contoso"]},
        {"logs": ["https:///logs"]},
        {"logs": ["https://contoso.blob.core.windows.net/Not_A_Container"]},
        {"logs": [SIGNED]},
        {"exports": ["https://contoso.blob.core.windows.net"]},
        {"exports": ["https://user:word@contoso.blob.core.windows.net/costs"]},
        {"workspaces": ["contoso-logs"]},
        {"billing_scopes": ["1234567"]},
        {"billing_scopes": ["/providers/Microsoft.Billing/../x?y"]},
        {"endpoints": "https://management.azure.com"},
        {"endpoints": {"management": "http://management.azure.com"}},
        {"endpoints": {"authority": 7}},
    ],
    ids=str,
)
def test_what_cannot_be_right_is_said_without_a_signature(table: dict[str, Any]) -> None:
    with pytest.raises(ConfigError) as raised:
        read(table)
    assert "[azure" in str(raised.value)
    assert raised.value.hint
    assert "abcdefghij" not in f"{raised.value} {raised.value.hint}"
    assert "user:word" not in f"{raised.value} {raised.value.hint}"


@pytest.mark.parametrize(
    ("url", "local"),
    [
        ("https://127.0.0.1:1/x", True),
        ("https://[::1]/x", True),
        ("https://localhost", True),
        ("https://127.0.0.1.example.com", False),
        ("https://localhost.example.com", False),
        ("https://10.0.0.1", False),
        ("", False),
    ],
)
def test_what_is_of_this_machine(url: str, local: bool) -> None:  # noqa: FBT001
    assert is_loopback(url) is local


def test_reports_come_from_storage_of_azure_only() -> None:
    good = "https://ccmstorage.blob.core.windows.net/a/b.csv?sig=x"
    assert storage_address(good, Endpoints()) == good
    for bad in (
        good.replace("https", "http"),
        "https://blob.core.windows.net.example.com/a",
        "https://blobXcore.windows.net/a",
        "https://127.0.0.1/a",
    ):
        with pytest.raises(ServiceError) as raised:
            storage_address(bad, Endpoints())
        assert "sig=" not in str(raised.value)


def test_pages_stay_where_they_began() -> None:
    home = "https://management.azure.com"
    assert same_host(f"{home}/next?x=1", home) == f"{home}/next?x=1"
    for bad in ("https://management.azure.com.example.com/", "http://management.azure.com/", "https://x@evil/", "//x"):
        with pytest.raises(ServiceError, match="leads to another host"):
            same_host(bad, home)


def test_whoever_only_reads_files_or_asks_for_a_plan_loads_no_sdk() -> None:
    code = """
import sys
from datetime import UTC, datetime
from tokenaudit.model.pulling import KINDS, Manners
from tokenaudit.model.question import Window
from tokenaudit.providers.azure import PROVIDER
assert not [name for name in sys.modules if name.startswith("tokenaudit.providers.azure.live")]
manners = Manners(lambda: datetime(2026, 10, 12, tzinfo=UTC), print)
assert list(PROVIDER.connector.connect({}, manners).plan(KINDS, Window()))
print([name for name in sys.modules if name.split(".")[0] in ("azure", "msal", "requests")])
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
