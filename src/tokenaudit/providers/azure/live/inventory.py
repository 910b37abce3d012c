"""What a deployment's name stands for, today: model, version, and how it is routed and billed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tokenaudit.errors import TokenauditError
from tokenaudit.model.columns import AZURE
from tokenaudit.model.models import from_plain_name
from tokenaudit.model.pulling import Failure, InventoryItem

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.providers.azure.live.discovery import Estate
    from tokenaudit.providers.azure.live.places import Resource

# By the SKU's name: scope and tier. https://learn.microsoft.com/azure/ai-foundry/foundry-models/concepts/deployment-types
SKUS: dict[str, tuple[str, str]] = {
    "standard": ("regional", "standard"),
    "globalstandard": ("global", "standard"),
    "datazonestandard": ("data_zone", "standard"),
    "globalbatch": ("global", "batch"),
    "datazonebatch": ("data_zone", "batch"),
    "provisionedmanaged": ("regional", "provisioned"),
    "globalprovisionedmanaged": ("global", "provisioned"),
    "datazoneprovisionedmanaged": ("data_zone", "provisioned"),
}


def items(estate: Estate) -> Iterator[InventoryItem | Failure]:
    """Every deployment of every account."""
    for account in estate.resources("inventory"):
        if isinstance(account, Failure):
            yield account
            continue
        try:
            found = estate.deployments(account)
        except TokenauditError as error:
            yield Failure(f"deployments of {account.id}", "inventory", error)
            continue
        for each in found:
            item = _item(account, each)
            if item is not None:
                yield item


def _item(account: Resource, deployment: dict[str, Any]) -> InventoryItem | None:
    name = deployment.get("name")
    if not isinstance(name, str) or not name:
        return None
    properties, sku = _object(deployment, "properties"), _object(deployment, "sku")
    model = _object(properties, "model")
    written = _text(model, "name")
    known = from_plain_name(written, _text(model, "version")) if written else None
    scope, tier = SKUS.get((_text(sku, "name") or "").lower(), (None, None))
    facts = {
        "sku": _text(sku, "name"),
        "capacity": _text(sku, "capacity"),
        "region": account.region,
        "model": written,
        "format": _text(model, "format"),
        "upgrade": _text(properties, "versionUpgradeOption"),
        "spillover": _text(properties, "spilloverDeploymentName"),
        "state": _text(properties, "provisioningState"),
    }
    return InventoryItem(
        match="deployment",
        name=name,
        model=known.model if known else None,
        provider=AZURE,
        account=account.subscription,
        resource=account.id,
        version=(known.version if known else None) or _text(model, "version"),
        scope=scope,
        tier=tier,
        facts={key: value for key, value in facts.items() if value},
    )


def _object(of: dict[str, Any], name: str) -> dict[str, Any]:
    found = of.get(name)
    return found if isinstance(found, dict) else {}


def _text(of: dict[str, Any], name: str) -> str | None:
    found = of.get(name)
    return None if found is None or isinstance(found, dict | list) else str(found)
