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
from tokenaudit.providers.azure.settings import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tokenaudit.model.pulling import Kind
    from tokenaudit.providers.azure.live.services import Services
    from tokenaudit.providers.azure.settings import Settings

Json = dict[str, Any]
_T = TypeVar("_T")

LOG_CONTAINERS = "insights-logs-"
ACCOUNT_CATEGORIES = ("RequestResponse", "AzureOpenAIRequestUsage")
GATEWAY_CATEGORIES = ("GatewayLlmLogs", "GatewayLogs")
_KINDS = frozenset(("openai", "aiservices"))
_ID = re.compile(r"/subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/[^/]+/[^/]+/([^/]+)", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_COST_EXPORTS = frozenset(("usage", "actualcost", "amortizedcost", "focuscost"))


@dataclass(frozen=True)
class Resource:
    """An account or a gateway. `id` is in lower case, as the ledger has it; `categories` are the logs that we read."""

    id: str
    subscription: str
    group: str
    name: str
    region: str
    categories: tuple[str, ...]

    @property
    def is_gateway(self) -> bool:
        """Whether it is an API Management service."""
        return self.categories == GATEWAY_CATEGORIES


@dataclass(frozen=True)
class Destination:
    """Where a log is written to: the ids of a storage account, of a workspace, or of both."""

    category: str
    storage: str = ""
    workspace: str = ""


@dataclass(frozen=True)
class LogBlobs:
    """Log containers to read; `writers` are the ids of the resources whose logs count, none for all."""

    place: Place
    writers: tuple[str, ...] = ()


@dataclass(frozen=True)
class LogTables:
    """A workspace to ask, by its GUID; `writers` as above."""

    workspace: str
    writers: tuple[str, ...] = ()


@dataclass(frozen=True)
class ExportPlace:
    """Where the runs of exports lie."""

    place: Place


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
        for found in self.resources("logs", gateways=True):
            if isinstance(found, Failure):
                yield found
                continue
            name = f"diagnostic settings of {found.id}"
            for target in self._try(name, "logs", self._destinations, found):
                if isinstance(target, Failure):
                    yield target
                elif target.storage:
                    blobs[target.storage, f"{LOG_CONTAINERS}{target.category.lower()}"].add(found.id)
                else:
                    tables[target.workspace].add(found.id)
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
                for place in self._try(f"export {_text(each, 'id')}", "costs", self._export_place, each):
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
        return [each for each in found if _text(each, "properties", "definition", "type").lower() in _COST_EXPORTS]

    def blob_address(self, storage: str) -> str:
        """The https address of a storage account's blobs, by its resource id. Raises a TokenauditError."""
        known = self._once(f"storage {storage.casefold()}", self.services.arm.storage_account, storage)
        address = _text(known, "properties", "primaryEndpoints", "blob").rstrip("/")
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
        return sorted({_text(each, "subscriptionId").casefold() for each in enabled} - {""})

    def _accounts(self, subscription: str) -> list[Resource]:
        found = self._once(f"accounts {subscription}", _or_none, self.services.arm.accounts, subscription)
        ours = [each for each in found if _text(each, "kind").lower() in _KINDS]
        return sorted(_resources(ours, ACCOUNT_CATEGORIES), key=lambda each: each.id)

    def _gateways(self, subscription: str) -> list[Resource]:
        found = self._once(f"gateways {subscription}", _or_none, self.services.arm.gateways, subscription)
        return sorted(_resources(found, GATEWAY_CATEGORIES), key=lambda each: each.id)

    def _destinations(self, resource: Resource) -> list[Destination]:
        return destinations(resource, self.diagnostic_settings(resource))

    def _log_blobs(self, storage: str, container: str, writers: tuple[str, ...]) -> list[LogBlobs]:
        return [LogBlobs(Place(self.blob_address(storage), container), writers)]

    def _log_tables(self, workspace: str, writers: tuple[str, ...]) -> list[LogTables]:
        if _GUID.fullmatch(workspace):
            return [LogTables(workspace.casefold(), writers)]
        known = self._once(f"workspace {workspace.casefold()}", self.services.arm.workspace, workspace)
        return [LogTables(_text(known, "properties", "customerId").casefold(), writers)]

    def _export_place(self, export: Json) -> list[Place]:
        storage, container, root = (
            _text(export, "properties", "deliveryInfo", "destination", name)
            for name in ("resourceId", "container", "rootFolderPath")
        )
        if not (storage and container):
            return []
        prefix = "/".join(filter(None, (root.strip("/"), _text(export, "name"))))
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


def destinations(resource: Resource, settings: list[Json]) -> list[Destination]:
    """Of each category that we read and that some setting writes somewhere that we can read from."""
    found: dict[str, Destination] = {}
    for each in sorted(settings, key=lambda each: _text(each, "name")):
        storage, workspace = (
            _text(each, "properties", name).casefold() for name in ("storageAccountId", "workspaceId")
        )
        for category in written(resource, each) if storage or workspace else ():
            before = found.get(category, Destination(category))
            found[category] = Destination(category, before.storage or storage, before.workspace or workspace)
    return list(found.values())


def written(resource: Resource, setting: Json) -> list[str]:
    """Those categories that we read and that a diagnostic setting has switched on."""
    properties = setting.get("properties")
    logs = properties.get("logs") if isinstance(properties, dict) else None
    on = [each for each in logs or () if isinstance(each, dict) and each.get("enabled")]
    if any(_text(each, "categoryGroup").lower() == "alllogs" for each in on):
        return list(resource.categories)
    names = {_text(each, "category").lower() for each in on}
    return [category for category in resource.categories if category.lower() in names]


def _resources(found: list[Json], categories: tuple[str, ...]) -> Iterator[Resource]:
    for each in found:
        parts = _ID.fullmatch(_text(each, "id"))
        if parts:
            region = _text(each, "location").replace(" ", "").casefold()
            yield Resource(_text(each, "id").casefold(), parts[1].casefold(), parts[2], parts[3], region, categories)


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


def _text(of: Any, *names: str) -> str:
    for name in names:
        of = of.get(name) if isinstance(of, dict) else None
    return of if isinstance(of, str) else ""
