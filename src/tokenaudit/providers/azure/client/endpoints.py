"""Where the services of a cloud are, and which hosts a token or a signature may be sent to."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from urllib.parse import urlsplit

from tokenaudit.errors import ServiceError

_STORAGE_HOSTS = (
    ".blob.core.windows.net",
    ".blob.storage.azure.net",
    ".blob.core.usgovcloudapi.net",
    ".blob.core.chinacloudapi.cn",
)


@dataclass(frozen=True)
class Endpoints:
    """https addresses without a slash at the end; `authority` None is Microsoft's own."""

    management: str = "https://management.azure.com"
    log_analytics: str = "https://api.loganalytics.io"
    authority: str | None = None

    @property
    def are_local(self) -> bool:
        """Whether all this is a rehearsal on this machine."""
        return is_loopback(self.management)


def is_loopback(url: str) -> bool:
    """Whether an address is of this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_host(url: str, home: str) -> str:
    """`url`, which a service told us to go on with. Raises ServiceError if it leads to another place."""
    there, here = urlsplit(url), urlsplit(home)
    if (there.scheme, there.netloc.lower()) != (here.scheme, here.netloc.lower()):
        raise ServiceError(
            f"an answer of {here.netloc} leads to another host; our token was not sent there",
            hint="run it again; if it stays so, check the proxies between",
        )
    return url


def storage_address(url: str, endpoints: Endpoints) -> str:
    """A signed address of a report. Raises ServiceError where it is not one of Azure's storage."""
    parts = urlsplit(url)
    known = (parts.hostname or "").lower().endswith(_STORAGE_HOSTS)
    if parts.scheme == "https" and (known or (endpoints.are_local and is_loopback(url))):
        return url
    raise ServiceError(
        f"a report lies at {parts.hostname}, which is no storage of Azure", hint="please report it; it was not fetched"
    )
