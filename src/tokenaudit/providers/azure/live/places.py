"""What discovery tells of: resources that write logs, where they write them, and where bills are written to."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.providers.azure.settings import Place

Json = dict[str, Any]

ACCOUNT_CATEGORIES = ("RequestResponse", "AzureOpenAIRequestUsage")
GATEWAY_CATEGORIES = ("GatewayLlmLogs", "GatewayLogs")
_ID = re.compile(r"/subscriptions/([^/]+)/resourcegroups/([^/]+)/providers/[^/]+/[^/]+/([^/]+)", re.IGNORECASE)


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


def destinations(resource: Resource, settings: list[Json]) -> list[Destination]:
    """Of each category that we read and that some setting writes somewhere that we can read from."""
    found: dict[str, Destination] = {}
    for each in sorted(settings, key=lambda each: text_of(each, "name")):
        storage, workspace = (
            text_of(each, "properties", name).casefold() for name in ("storageAccountId", "workspaceId")
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
    if any(text_of(each, "categoryGroup").lower() == "alllogs" for each in on):
        return list(resource.categories)
    names = {text_of(each, "category").lower() for each in on}
    return [category for category in resource.categories if category.lower() in names]


def resources(found: list[Json], categories: tuple[str, ...]) -> Iterator[Resource]:
    """What a list of accounts or gateways names."""
    for each in found:
        parts = _ID.fullmatch(text_of(each, "id"))
        if parts:
            region = text_of(each, "location").replace(" ", "").casefold()
            yield Resource(text_of(each, "id").casefold(), parts[1].casefold(), parts[2], parts[3], region, categories)


def text_of(of: Any, *names: str) -> str:
    """The text at the end of a path of names, "" where there is none."""
    for name in names:
        of = of.get(name) if isinstance(of, dict) else None
    return of if isinstance(of, str) else ""
