"""What to do, ready to be copied. Whatever Azure told us is quoted: a name may hold anything."""

from __future__ import annotations

import json
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.providers.azure.client.operations import Operation
    from tokenaudit.providers.azure.live.places import Resource

SIGN_IN = "az login"


def grant(operation: Operation, scope: str) -> str:
    """The role assignment without which a call is refused."""
    if operation.role is None:
        return f"# in the portal, under Cost Management + Billing, Access control: {operation.billing_role}"
    return (
        "az role assignment create --assignee-object-id OBJECT_ID_OF_WHO_RUNS_TOKENAUDIT"
        f" --role {operation.role.guid} --scope {quote(scope)}  # {operation.role.name}"
    )


def switch_logs_on(resource: Resource, storage: str | None) -> str:
    """The diagnostic setting that writes the logs of a resource to a storage account."""
    logs = json.dumps([{"category": category, "enabled": True} for category in resource.categories])
    return (
        f"az monitor diagnostic-settings create --name tokenaudit --resource {quote(resource.id)}"
        f" --storage-account {quote(storage or 'RESOURCE_ID_OF_A_STORAGE_ACCOUNT')} --logs {quote(logs)}"
    )


def export_costs(scope: str, now: datetime) -> str:
    """A daily export of the month to date."""
    return (
        "az costmanagement export create --name tokenaudit-actual --type ActualCost --timeframe MonthToDate"
        f" --scope {quote(scope.strip('/'))} --storage-account-id RESOURCE_ID_OF_A_STORAGE_ACCOUNT"
        " --storage-container cost-exports --storage-directory tokenaudit --recurrence Daily"
        f" --recurrence-period from={now:%Y-%m-%d}T00:00:00Z to={now.year + 5}-01-01T00:00:00Z --schedule-status Active"
    )
