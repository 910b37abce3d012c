"""Which addresses requests may go to: https, or this machine's own interface. Requests are signed, not encrypted."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tokenaudit.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping

_VARIABLE = "AWS_ENDPOINT_URL"


def check_environment(environ: Mapping[str, str]) -> None:
    """Raises ConfigError if AWS_ENDPOINT_URL or one of its kind for a single service leads elsewhere."""
    for name, value in environ.items():
        if name == _VARIABLE or name.startswith(f"{_VARIABLE}_"):
            check(value, name)


def check(url: str, where: str) -> None:
    """Raises ConfigError unless this is https without a user in it, or http to this machine."""
    try:
        parts = urlsplit(url)
        host, user = parts.hostname, parts.username
    except ValueError:
        host, user, parts = None, None, urlsplit("")
    if host and user is None and (parts.scheme == "https" or (parts.scheme == "http" and _is_loopback(host))):
        return
    raise ConfigError(
        f"{where} is no https address", hint="custom endpoints are used over https; http only on this machine itself"
    )


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
