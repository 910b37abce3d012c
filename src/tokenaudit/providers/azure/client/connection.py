"""The credential, and the SDK's clients made with it: each when it is first needed, one for all threads."""

from __future__ import annotations

import logging
import re
from threading import Lock
from typing import TYPE_CHECKING, Any, TypeVar, cast
from urllib.parse import urlsplit

import requests
from azure.core.pipeline.policies import SansIOHTTPPolicy
from azure.core.pipeline.transport import RequestsTransport
from azure.identity import DefaultAzureCredential
from requests.adapters import HTTPAdapter

from tokenaudit.providers.azure.client.endpoints import same_host
from tokenaudit.providers.azure.client.retrying import Retrying

if TYPE_CHECKING:
    from collections.abc import Callable

    from azure.core.pipeline import PipelineRequest, PipelineResponse
    from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient
    from azure.mgmt.costmanagement import CostManagementClient
    from azure.mgmt.monitor import MonitorManagementClient
    from azure.monitor.query import LogsQueryClient
    from azure.storage.blob import BlobServiceClient

    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.azure.client.endpoints import Endpoints

_T = TypeVar("_T")
_LOG = logging.getLogger(__name__)
_CONNECT_S = 10.0
_FIRST_PIECE, _FURTHER_PIECES = 32 * 1024 * 1024, 8 * 1024 * 1024
_SIGNATURE = re.compile(r"(?i)\b(sig|se|skoid|sktid|st)=[^&\s\"']+")
_NO_SUBSCRIPTION = "00000000-0000-0000-0000-000000000000"
"""For clients that want one although the calls that we make with them name the resource."""


class Connection:
    """Makes clients. None of them is called by anybody but the rest of this package."""

    def __init__(self, endpoints: Endpoints, tenant: str | None, manners: Manners) -> None:
        self.endpoints = endpoints
        self.manners = manners
        self._tenant = tenant
        self._made: dict[str, Any] = {}
        self._lock = Lock()
        self._transport = _transport(manners)
        _settle_logs()

    @property
    def arm(self) -> CostManagementClient:
        """Cost Management; it carries our other calls of Azure Resource Manager too."""
        from azure.mgmt.costmanagement import CostManagementClient  # noqa: PLC0415 - see above

        return self._once("arm", lambda: CostManagementClient(self._credential, **self._of_arm()))

    @property
    def monitor(self) -> MonitorManagementClient:
        """Metrics."""
        from azure.mgmt.monitor import MonitorManagementClient  # noqa: PLC0415

        return self._once(
            "monitor", lambda: MonitorManagementClient(self._credential, _NO_SUBSCRIPTION, **self._of_arm())
        )

    def cognitive(self, subscription: str) -> CognitiveServicesManagementClient:
        """Accounts and deployments of a subscription."""
        from azure.mgmt.cognitiveservices import CognitiveServicesManagementClient  # noqa: PLC0415

        return self._once(
            f"cognitive {subscription}",
            lambda: CognitiveServicesManagementClient(self._credential, subscription, **self._of_arm()),
        )

    @property
    def logs(self) -> LogsQueryClient:
        """Log Analytics."""
        from azure.monitor.query import LogsQueryClient  # noqa: PLC0415

        home = self.endpoints.log_analytics
        return self._once("logs", lambda: LogsQueryClient(self._credential, endpoint=home, **self._kwargs(home)))

    def storage(self, account_url: str) -> BlobServiceClient:
        """The blobs of a storage account."""
        from azure.storage.blob import BlobServiceClient  # noqa: PLC0415

        of_storage = {**self._kwargs(account_url), **self.of_storage()}
        return self._once(
            f"storage {account_url}", lambda: BlobServiceClient(account_url, self._credential, **of_storage)
        )

    def of_storage(self) -> dict[str, Any]:
        """How patiently and in what pieces blobs are read; without a token, also under signed addresses."""
        from tokenaudit.providers.azure.client.storage_retrying import StorageRetrying  # noqa: PLC0415

        return {
            "retry_policy": StorageRetrying(self.manners),
            "max_single_get_size": _FIRST_PIECE,
            "max_chunk_get_size": _FURTHER_PIECES,
            "permit_redirects": False,
            "transport": self._transport,
        }

    def _of_arm(self) -> dict[str, Any]:
        home = self.endpoints.management
        return {"base_url": home, "credential_scopes": [f"{home}/.default"], **self._kwargs(home)}

    def _kwargs(self, home: str) -> dict[str, Any]:
        return {
            "retry_policy": Retrying(self.manners),
            "per_call_policies": [_AtHome(home)],
            "permit_redirects": False,
            "transport": self._transport,
        }

    @property
    def _credential(self) -> Any:
        """The default chain: environment, workload identity, managed identity, the command lines of Azure."""
        authority = self.endpoints.authority
        kwargs: dict[str, Any] = {"additionally_allowed_tenants": [self._tenant] if self._tenant else []}
        if authority:
            # Else MSAL asks Microsoft's own authority first whether it knows this one.
            kwargs |= {"authority": authority, "disable_instance_discovery": True}
        return self._once("credential", lambda: _OfTenant(DefaultAzureCredential(**kwargs), self._tenant))

    def _once(self, name: str, make: Callable[[], _T]) -> _T:
        found = self._made.get(name)
        if found is None:
            made = make()
            with self._lock:
                found = self._made.setdefault(name, made)
        return cast("_T", found)


def _transport(manners: Manners) -> RequestsTransport:
    """One for all clients. The SDK's own keeps ten connections, and warns of every further thread."""
    session = requests.Session()
    session.mount("https://", HTTPAdapter(pool_maxsize=max(10, manners.concurrency)))
    wait_s = manners.timeout_s
    return RequestsTransport(
        session=session, session_owner=False, connection_timeout=min(_CONNECT_S, wait_s), read_timeout=wait_s
    )


class _OfTenant:
    """A credential that asks for tokens of one tenant, where one is set."""

    def __init__(self, credential: DefaultAzureCredential, tenant: str | None) -> None:
        self._credential = credential
        self._of = {"tenant_id": tenant} if tenant else {}

    def get_token(self, *scopes: str, **kwargs: Any) -> Any:
        return self._credential.get_token(*scopes, **{**kwargs, **self._of})

    def get_token_info(self, *scopes: str, options: Any = None) -> Any:
        with_tenant: Any = {**(options or {}), **self._of}
        return self._credential.get_token_info(*scopes, options=with_tenant)


class _AtHome(SansIOHTTPPolicy[Any, Any]):
    """No call, and no page that an answer leads on to, leaves the service's own host: our token goes along.

    Logs a line for each call, without what may sign it.
    """

    def __init__(self, home: str) -> None:
        self._home = home

    def on_request(self, request: PipelineRequest[Any]) -> None:
        same_host(request.http_request.url, self._home)

    def on_response(self, request: PipelineRequest[Any], response: PipelineResponse[Any, Any]) -> None:
        asked = request.http_request
        url = urlsplit(asked.url)
        _LOG.debug("%s %s%s: %d", asked.method, url.netloc, url.path, response.http_response.status_code)


class _HideSignatures(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = _SIGNATURE.sub(r"\1=REDACTED", message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


_HIDING = _HideSignatures()
_QUIET = logging.NullHandler()


def _settle_logs() -> None:
    """urllib3 logs whole addresses at DEBUG; azure.identity warns of what we tell as an error.

    Without a handler of their own, warnings go to stderr even where nobody asked for a log. Of each call the SDK says a
    page of headers, and we a line.
    """
    logging.getLogger("urllib3.connectionpool").addFilter(_HIDING)
    for name in ("azure", "msal"):
        logging.getLogger(name).addHandler(_QUIET)
    for name in ("azure.core.pipeline.policies.http_logging_policy", "azure.identity"):
        logging.getLogger(name).setLevel(logging.WARNING)
