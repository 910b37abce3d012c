"""Addresses of services that somebody configured: credentials go there, so not just anything will do."""

from __future__ import annotations

from urllib.parse import urlsplit

_LOOPBACK = ("localhost", "127.0.0.1", "::1")


def fault(address: str) -> str | None:
    """What is wrong with the address of a service; None where nothing is. Plain http is for this machine only."""
    try:
        parts = urlsplit(address)
        host = parts.hostname
    except ValueError:
        return "is no address"
    if parts.scheme not in ("http", "https") or not host:
        return "is no address of the form https://host/path"
    if parts.scheme == "http" and host not in _LOOPBACK:
        return "is not https"
    if parts.username is not None or parts.password is not None:
        return "holds a user or a password, which have no place in a file"
    if parts.query or parts.fragment:
        return "has something behind a ? or a #: a signature has no place in a file"
    return None
