"""Addresses of the web: which may be asked, which belong together, and how one is shown in a message."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import SplitResult, urljoin, urlsplit

from tokenaudit.errors import ServiceError

_PORTS = {"https": 443, "http": 80}


def require_safe(url: str) -> None:
    """Raises ServiceError unless this is https, or http on this machine's own interface."""
    parts = _split(url)
    if not (parts.hostname and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(parts.hostname)))):
        raise ServiceError(
            f"{shown(url)} is no https address", hint="prices are taken over https; http only from this machine itself"
        )


def origin(url: str) -> tuple[str, str, int | None]:
    """Scheme, host and port, the port also where it is not written; the same for what one service says."""
    parts = _split(url)
    try:
        port = parts.port
    except ValueError:
        port = None
    return parts.scheme, parts.hostname or "", port or _PORTS.get(parts.scheme)


def joined(url: str, link: str) -> str:
    """Where a link of a document leads; empty for one that leads nowhere."""
    try:
        return urljoin(url, link)
    except ValueError:
        return ""


def shown(url: str) -> str:
    """An address for a message: without user, password, query and fragment, any of which may hold a secret."""
    parts = _split(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}" if host else "what was named"


def _split(url: str) -> SplitResult:
    """The parts, all of them empty where it cannot be taken apart."""
    try:
        return urlsplit(url)
    except ValueError:
        return urlsplit("")


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
