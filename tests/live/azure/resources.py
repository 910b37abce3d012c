"""What there is in Azure on the loopback interface: its names, and its resources as Resource Manager tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    Json = dict[str, Any]

TENANT = "11111111-1111-1111-1111-111111111111"
SUBSCRIPTION = "00000000-0000-0000-0000-000000000001"
GROUP = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-llm/providers"
ACCOUNT = f"{GROUP}/Microsoft.CognitiveServices/accounts/contoso-ai"
GATEWAY = f"{GROUP}/Microsoft.ApiManagement/service/contoso-gateway"
STORAGE = f"{GROUP}/Microsoft.Storage/storageAccounts/contosologs"
WORKSPACE = f"{GROUP}/Microsoft.OperationalInsights/workspaces/contoso-logs"
WORKSPACE_GUID = "22222222-2222-4222-8222-222222222222"
BILLING = "/providers/Microsoft.Billing/billingAccounts/1234567"
SIGNATURE = "c2lnbmF0dXJlLW9mLWEtcmVwb3J0LXNlY3JldA%3D%3D"
CLIENT_SECRET = "client-secret-that-nobody-may-see"  # noqa: S105 - planted, to be looked for
REPORT = "/signed/report"


def account(name: str = "contoso-ai", kind: str = "AIServices") -> Json:
    return {
        "id": f"{ACCOUNT.rpartition('/')[0]}/{name}",
        "name": name,
        "kind": kind,
        "location": "eastus2",
        "sku": {"name": "S0"},
        "properties": {},
    }


def deployment(name: str, sku: str = "GlobalStandard", model: str = "gpt-4.1-mini") -> Json:
    return {
        "id": f"{ACCOUNT}/deployments/{name}",
        "name": name,
        "sku": {"name": sku, "capacity": 100},
        "properties": {
            "model": {"format": "OpenAI", "name": model, "version": "2025-04-14"},
            "provisioningState": "Succeeded",
            "versionUpgradeOption": "OnceNewDefaultVersionAvailable",
        },
    }


def setting(*categories: str, storage: str | None = None, workspace: str | None = None) -> Json:
    logs = [{"category": each, "enabled": True} for each in categories]
    return {"name": "all", "properties": {"storageAccountId": storage, "workspaceId": workspace, "logs": logs}}


def export(name: str, kind: str = "ActualCost", root: str = "costs") -> Json:
    to = {"resourceId": STORAGE, "container": "cost-exports", "rootFolderPath": root, "type": "AzureBlob"}
    return {
        "id": f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.CostManagement/exports/{name}",
        "name": name,
        "properties": {"definition": {"type": kind}, "deliveryInfo": {"destination": to}},
    }


def definition(name: str, *dimensions: str) -> Json:
    return {
        "id": name,
        "name": {"value": name},
        "dimensions": [{"value": each} for each in dimensions],
        "primaryAggregationType": "Total",
        "supportedAggregationTypes": ["Total"],
    }
