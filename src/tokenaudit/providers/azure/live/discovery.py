"""What there is: subscriptions, accounts, deployments, gateways, and where their logs and bills are written to.

Everything is asked once. What cannot be found out is a Failure under the name of the thing, and the rest goes on.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar, cast

from tokenaudit.errors import ServiceError, TokenauditError
from tokenaudit.model.pulling import Failure
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.places import (
    ACCOUNT_CATEGORIES,
    GATEWAY_CATEGORIES,
    Destination,
    ExportPlace,
    LogBlobs,
    LogTables,
    Resource,
    destinations,
    resources,
    text_of,
)
from tokenaudit.providers.azure.settings import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokenaudit.model.pulling import Kind
    from tokenaudit.providers.azure.live.places import Json
    from tokenaudit.providers.azure.live.services import Services
    from tokenaudit.providers.azure.settings import Settings

_T = TypeVar("_T")

LOG_CONTAINERS = "insights-logs-"
_KINDS = frozenset(("openai", "aiservices"))
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COST_EXPORTS = frozenset(("usage", "actualcost", "amortizedcost", "focuscost"))


@dataclass
class Estate:
    """What one set of credentials and settings can see."""

    services: Services
    settings: Settings
    _found: dict[str, Any] = field(default_factory=dict)

    def subscriptions(self) -> list[str]:
        """Ids in lower case: those of the settings, else all that are enabled. Raises a TokenauditError."""
        return self._once("subscriptions", self._subscriptions)

    def resources(self, kind: Kind, *, gateways: bool = False) -> Iterator[Resource | Failure]:
        """Every account of Azure OpenAI and Foundry, and the gateways. Raises where there is no subscription to see."""
        for subscription in self.subscriptions():
            yield from self._try(f"accounts of {subscription}", kind, self._accounts, subscription)
            if gateways:
                yield from self._try(f"gateways of {subscription}", kind, self._gateways, subscription)

    def has_others(self) -> bool:
        """Whether there are accounts of other services, speech or vision, that may write logs to the same places."""
        found = (each for subscription in self.subscriptions() for each in self._every_account(subscription))
        return any(text_of(each, "kind").lower() not in _KINDS for each in found)

    def deployments(self, account: Resource) -> list[Json]:
        """Of an account. Raises a TokenauditError."""
        ask = self.services.arm.deployments
        return self._once(f"deployments {account.id}", _or_none, ask, account.subscription, account.group, account.name)

    def diagnostic_settings(self, resource: Resource) -> list[Json]:
        """Of an account or a gateway. Raises a TokenauditError."""
        return self._once(f"settings {resource.id}", _or_none, self.services.arm.diagnostic_settings, resource.id)

    def log_places(self) -> Iterator[LogBlobs | LogTables | Failure]:
        """Where logs are: as the settings say, where they name any place; else as the diagnostic settings do.

        A log that goes to storage and to a workspace is read from storage only: else it would be counted by two ways.
        """
        if self.settings.logs or self.settings.workspaces:
            for place in self.settings.logs:
                yield LogBlobs(place)
            for each in self.settings.workspaces:
                yield from self._try(f"workspace {each}", "logs", self._log_tables, each, ())
            return
        blobs: dict[tuple[str, str], set[str]] = defaultdict(set)
        tables: dict[str, set[str]] = defaultdict(set)
        for found in self._destinations():
            if isinstance(found, Failure):
                yield found
                continue
            writer, to = found
            if to.storage:
                blobs[to.storage, f"{LOG_CONTAINERS}{to.category.lower()}"].add(writer.id)
            else:
                tables[to.workspace].add(writer.id)
        for (storage, container), writers in sorted(blobs.items()):
            name = f"logs in {storage}/{container}"
            yield from self._try(name, "logs", self._log_blobs, storage, container, tuple(sorted(writers)))
        for workspace, writers in sorted(tables.items()):
            name = f"workspace {workspace}"
            yield from self._try(name, "logs", self._log_tables, workspace, tuple(sorted(writers)))

    def export_places(self) -> Iterator[ExportPlace | Failure]:
        """Where exports of costs are: as the settings say, else as they are defined at the cost scopes."""
        if self.settings.exports:
            yield from (ExportPlace(place) for place in self.settings.exports)
            return
        places: set[Place] = set()
        for scope in self.cost_scopes():
            for each in self._try(f"exports of {scope}", "costs", self.exports, scope):
                if isinstance(each, Failure):
                    yield each
                    continue
                for place in self._try(f"export {text_of(each, 'id')}", "costs", self._export_place, each):
                    if isinstance(place, Failure):
                        yield place
                    else:
                        places.add(place)
        yield from (ExportPlace(place) for place in sorted(places, key=lambda each: each.url))

    def cost_scopes(self) -> list[str]:
        """Billing scopes where the settings name some, else the subscriptions: never both, they hold each other."""
        return list(self.settings.billing_scopes) or [f"/subscriptions/{each}" for each in self.subscriptions()]

    def exports(self, scope: str) -> list[Json]:
        """Exports of costs, as they are defined at a scope. Raises a TokenauditError."""
        found = self._once(f"exports {scope}", _or_none, self.services.arm.exports, scope)
        return [each for each in found if text_of(each, "properties", "definition", "type").lower() in _COST_EXPORTS]

    def blob_address(self, storage: str) -> str:
        """The https address of a storage account's blobs, by its resource id. Raises a TokenauditError."""
        known = self._once(f"storage {storage.casefold()}", self.services.arm.storage_account, storage)
        address = text_of(known, "properties", "primaryEndpoints", "blob").rstrip("/")
        if not address.startswith("https://"):
            raise ServiceError(
                f"{storage} has no address for blobs", hint="name the containers under `logs` in [azure]"
            )
        return address

    def _subscriptions(self) -> list[str]:
        if self.settings.subscriptions:
            return list(self.settings.subscriptions)
        found = self.services.arm.subscriptions()
        enabled = (each for each in found if each.get("state") in (None, "Enabled", "Warned", "PastDue"))
        return sorted({text_of(each, "subscriptionId").casefold() for each in enabled} - {""})

    def _accounts(self, subscription: str) -> list[Resource]:
        ours = [each for each in self._every_account(subscription) if text_of(each, "kind").lower() in _KINDS]
        return sorted(resources(ours, ACCOUNT_CATEGORIES), key=lambda each: each.id)

    def _every_account(self, subscription: str) -> list[Json]:
        return self._once(f"accounts {subscription}", _or_none, self.services.arm.accounts, subscription)

    def _gateways(self, subscription: str) -> list[Resource]:
        found = self._once(f"gateways {subscription}", _or_none, self.services.arm.gateways, subscription)
        return sorted(resources(found, GATEWAY_CATEGORIES), key=lambda each: each.id)

    def _destinations(self) -> Iterator[tuple[Resource, Destination] | Failure]:
        for found in self.resources("logs", gateways=True):
            if isinstance(found, Failure):
                yield found
                continue
            name = f"diagnostic settings of {found.id}"
            for settings in self._try(name, "logs", lambda of: [self.diagnostic_settings(of)], found):
                if isinstance(settings, Failure):
                    yield settings
                else:
                    yield from ((found, each) for each in destinations(found, settings))

    def _log_blobs(self, storage: str, container: str, writers: tuple[str, ...]) -> list[LogBlobs]:
        return [LogBlobs(Place(self.blob_address(storage), container), writers)]

    def _log_tables(self, workspace: str, writers: tuple[str, ...]) -> list[LogTables]:
        if _GUID.fullmatch(workspace):
            return [LogTables(workspace.casefold(), writers)]
        known = self._once(f"workspace {workspace.casefold()}", self.services.arm.workspace, workspace)
        return [LogTables(text_of(known, "properties", "customerId").casefold(), writers)]

    def _export_place(self, export: Json) -> list[Place]:
        storage, container, root = (
            text_of(export, "properties", "deliveryInfo", "destination", name)
            for name in ("resourceId", "container", "rootFolderPath")
        )
        if not (storage and container):
            return []
        prefix = "/".join(filter(None, (root.strip("/"), text_of(export, "name"))))
        return [Place(self.blob_address(storage), container, f"{prefix}/")]

    def _try(self, name: str, kind: Kind, ask: Callable[..., list[_T]], *of: Any) -> Iterator[_T | Failure]:
        try:
            found = ask(*of)
        except NoDataError:
            yield Failure(name, kind, _gone(name))
        except TokenauditError as error:
            yield Failure(name, kind, error)
        else:
            yield from found

    def _once(self, name: str, ask: Callable[..., _T], *of: Any) -> _T:
        """What was found out, or why it was not: neither is asked a second time."""
        if name not in self._found:
            try:
                self._found[name] = ask(*of)
            except TokenauditError as error:
                self._found[name] = error
        found = self._found[name]
        if isinstance(found, TokenauditError):
            raise found
        return cast("_T", found)


def _or_none(ask: Callable[..., list[Json]], *of: str) -> list[Json]:
    """What a list holds; nothing where the service does not know the thing (any more)."""
    try:
        return ask(*of)
    except NoDataError:
        return []


def _gone(name: str) -> ServiceError:
    return ServiceError(
        f"{name}: Azure knows of no such thing (any more)", hint="a setting still names it: mend or remove that setting"
    )
