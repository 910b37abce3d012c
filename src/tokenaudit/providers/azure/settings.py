"""`[azure]` of tokenaudit.toml, checked and understood.

`logs` and `workspaces` together say where logs are, `exports` where bills are, `billing_scopes` whose costs; what is
left out is found out from the accounts' diagnostic settings and from Cost Management.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from tokenaudit.errors import ConfigError
from tokenaudit.providers.azure.client.endpoints import Endpoints, is_loopback

if TYPE_CHECKING:
    from collections.abc import Mapping

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_TENANT = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,253}")
_WORKSPACE = re.compile(
    r"/subscriptions/[^/]+/resourcegroups/[^/]+/providers/microsoft\.operationalinsights/workspaces/[^/]+",
    re.IGNORECASE,
)
_SCOPE = re.compile(r"/?(subscriptions|providers/Microsoft\.(Billing|Management))/[\w.()/: -]+", re.IGNORECASE)
_CONTAINER = re.compile(r"\$logs|[a-z0-9](-?[a-z0-9]){2,62}")


@dataclass(frozen=True)
class Place:
    """A container, and what the names in it begin with. Without a container: all log containers of the account."""

    account: str
    """An https address: `https://contoso.blob.core.windows.net`."""
    container: str = ""
    prefix: str = ""

    @property
    def url(self) -> str:
        """Its address."""
        return "/".join(filter(None, (self.account, self.container, self.prefix)))


@dataclass(frozen=True)
class Settings:
    """The table. Subscriptions are ids in lower case, workspaces ids or resource ids, billing scopes begin with `/`."""

    tenant: str | None = None
    subscriptions: tuple[str, ...] = ()
    logs: tuple[Place, ...] = ()
    workspaces: tuple[str, ...] = ()
    exports: tuple[Place, ...] = ()
    billing_scopes: tuple[str, ...] = ()
    endpoints: Endpoints = field(default_factory=Endpoints)


def read(table: Mapping[str, object]) -> Settings:
    """What the table says. Raises ConfigError for what cannot be right; nothing is asked of anybody."""
    tenant = table.get("tenant")
    if tenant is not None and not (isinstance(tenant, str) and _TENANT.fullmatch(tenant)):
        raise ConfigError(
            "[azure] tenant is no id and no domain", hint="as `az account show --query tenantId` prints it"
        )
    return Settings(
        tenant=tenant if isinstance(tenant, str) else None,
        subscriptions=tuple(dict.fromkeys(map(_subscription, _texts(table, "subscriptions")))),
        logs=tuple(_place(each, "logs") for each in _texts(table, "logs")),
        workspaces=tuple(_workspace(each) for each in _texts(table, "workspaces")),
        exports=tuple(_place(each, "exports", needs_container=True) for each in _texts(table, "exports")),
        billing_scopes=tuple(_scope(each) for each in _texts(table, "billing_scopes")),
        endpoints=_endpoints(table.get("endpoints")),
    )


def _texts(table: Mapping[str, object], key: str) -> list[str]:
    found = table.get(key) or []
    if not isinstance(found, list | tuple) or not all(isinstance(each, str) for each in found):
        raise ConfigError(f"[azure] {key} is no list of texts", hint=f'{key} = ["...", "..."]')
    return list(dict.fromkeys(each.strip() for each in found))


def _subscription(text: str) -> str:
    bare = text.casefold().removeprefix("/subscriptions/").rstrip("/")
    if not _GUID.fullmatch(bare):
        raise ConfigError(
            f"[azure] subscriptions: {text!r} is no subscription's id", hint="as `az account list -o table` prints them"
        )
    return bare


def _workspace(text: str) -> str:
    if _GUID.fullmatch(text) or _WORKSPACE.fullmatch(text.rstrip("/")):
        return text.rstrip("/").casefold()
    raise ConfigError(
        f"[azure] workspaces: {text!r} is neither a workspace's id nor a resource id",
        hint="as `az monitor log-analytics workspace list --query [].customerId` prints them",
    )


def _scope(text: str) -> str:
    if not _SCOPE.fullmatch(text):
        raise ConfigError(
            f"[azure] billing_scopes: {text!r} is no scope of Cost Management",
            hint='e.g. "/providers/Microsoft.Billing/billingAccounts/1234567"',
        )
    return "/" + text.strip("/")


def _place(text: str, key: str, *, needs_container: bool = False) -> Place:
    _https(text, key)
    parts = urlsplit(text)
    names = [unquote(each) for each in parts.path.split("/") if each]
    account = f"https://{parts.netloc}"
    if is_loopback(text) and names:
        account += f"/{names.pop(0)}"  # an emulator has all its accounts on one host
    container = names[0] if names else ""
    if (needs_container or container) and not _CONTAINER.fullmatch(container):
        raise ConfigError(
            f"[azure] {key}: {text!r} names no container", hint="https://ACCOUNT.blob.core.windows.net/CONTAINER/PREFIX"
        )
    prefix = "/".join(names[1:])
    # A slash at the end keeps out what only begins alike.
    return Place(account, container, f"{prefix}/" if prefix and parts.path.endswith("/") else prefix)


def _https(text: str, key: str) -> None:
    """Raises ConfigError for anything but a plain https address; one that may hold a signature is not repeated."""
    parts = urlsplit(text)
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ConfigError(
            f"[azure] {key}: an address with a signature, a query or a user",
            hint="leave out everything from the question mark: tokenaudit signs in by itself; no secret belongs here",
        )
    if parts.scheme != "https" or not parts.hostname:
        raise ConfigError(f"[azure] {key}: {text!r} is no https address", hint="only https is spoken")


def _endpoints(table: object) -> Endpoints:
    if table is None:
        return Endpoints()
    if not hasattr(table, "get"):
        raise ConfigError("[azure.endpoints] is no table", hint="management, authority and log_analytics are its keys")
    given: dict[str, str] = {}
    for key in ("management", "authority", "log_analytics"):
        value = table.get(key)
        if value is None:
            continue
        if not isinstance(value, str):
            raise ConfigError(f"[azure.endpoints] {key} is no text", hint="an https address")
        _https(value, f"endpoints.{key}")
        given[key] = value.rstrip("/")
    return Endpoints(**given)
