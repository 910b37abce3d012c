"""What is really asked needs no other right than the table of operations says."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.live.azure.conftest import NOW
from tests.live.azure.resources import (
    ACCOUNT,
    BILLING,
    GATEWAY,
    SUBSCRIPTION,
    WORKSPACE,
    account,
    deployment,
    export,
    setting,
)

from tokenaudit.model.pulling import KINDS, Failure
from tokenaudit.model.question import Window
from tokenaudit.providers.azure.client.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.live.azure.conftest import Puller
    from tests.live.azure.services import Azure

    from tokenaudit.model.pulling import Cloud


def action(path: str) -> str:
    """The action of a call of Resource Manager: the types of what its path names."""
    if path.startswith("/v1/workspaces/"):
        return "Microsoft.OperationalInsights/workspaces/query/read"
    if "/providers/" not in path:
        return "Microsoft.Resources/subscriptions/read"
    namespace, *rest = path.rsplit("/providers/", 1)[1].split("/")
    return "/".join((namespace, *rest[::2], "read")).lower()


def test_every_call_is_of_the_table(azure: Azure, connect: Callable[..., Cloud], puller: Puller) -> None:
    azure.accounts, azure.deployments = [account()], [deployment("chat-0")]
    azure.gateways = [{"id": GATEWAY, "name": "contoso-gateway", "location": "eastus2"}]
    azure.settings = {
        ACCOUNT.lower(): [setting("RequestResponse", workspace=WORKSPACE)],
        GATEWAY.lower(): [setting("GatewayLogs", workspace=WORKSPACE)],
    }
    window = Window(NOW - timedelta(hours=3), NOW)
    cloud = connect()
    assert [each for each in cloud.inventory() if isinstance(each, Failure)] == []
    for feed in cloud.feeds(KINDS, window):
        assert not isinstance(feed, Failure)
        puller.pull(feed, window)
    azure.exports = {f"/subscriptions/{SUBSCRIPTION}": [export("daily")]}
    list(connect().feeds(("costs",), window))  # where the export goes to is asked for
    list(connect().examine())
    allowed = {each.lower() for operation in OPERATIONS for each in operation.actions}
    asked = {action(path).lower() for _, path, _ in azure.asked}
    assert asked <= allowed
    assert allowed - asked == {
        # Of a table; and of storage, which has rights of its own.
        "microsoft.operationalinsights/workspaces/query/*/read",
        "microsoft.storage/storageaccounts/blobservices/containers/read",
    }
    assert {method for method, path, _ in azure.asked if not re.search("query$", path, re.IGNORECASE)} == {"GET"}


@pytest.mark.parametrize("kinds", [("logs",), ("metrics",), ("costs",), ()])
def test_other_kinds_than_those_asked_for_are_not_looked_at(
    azure: Azure, connect: Callable[..., Cloud], kinds: tuple[str, ...]
) -> None:
    list(connect().feeds(kinds, Window(NOW - timedelta(hours=3), NOW)))  # type: ignore[arg-type]
    parts = {"logs": "diagnosticSettings", "metrics": "accounts", "costs": "exports"}
    assert bool(azure.asked) == bool(kinds)
    for kind in kinds:
        assert azure.paths(parts[kind])
    assert bool(azure.paths("exports")) == ("costs" in kinds)
    assert bool(azure.paths("diagnosticSettings")) == ("logs" in kinds)


def test_a_plan_asks_nothing(azure: Azure, connect: Callable[..., Cloud]) -> None:
    assert list(connect(billing_scopes=[BILLING]).plan(KINDS, Window(NOW - timedelta(days=3), NOW)))
    assert (azure.asked, azure.issued) == ([], [])
