"""Loopback servers with certificates of their own, and the command that is told to trust them."""

from __future__ import annotations

import re
import ssl
from typing import TYPE_CHECKING

import pytest
import trustme
from tests.cli.conftest import Done, here, home, inside, tokenaudit
from tests.live.aws_world import aws, aws_front, moto
from tests.live.price_services import Services

from tokenaudit.catalogue import http

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from pytest_httpserver import HTTPServer


__all__ = ("aws", "aws_front", "here", "home", "inside", "moto", "tokenaudit")


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="session")
def bundle(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file with the certificate of the authority that the servers' certificates come from."""
    path: Path = tmp_path_factory.mktemp("trust") / "authority.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture(scope="session")
def httpserver_ssl_context(authority: trustme.CA) -> ssl.SSLContext:
    """What makes pytest-httpserver speak https."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def services(httpserver: HTTPServer) -> Iterator[Services]:
    made = Services(httpserver)
    httpserver.expect_request(re.compile(".*")).respond_with_handler(made.answer)
    yield made
    made.over.set()


@pytest.fixture
def surroundings(services: Services, bundle: Path) -> dict[str, str]:
    """An environment in which both services stand in the place of the real ones, and are trusted."""
    return {
        "SSL_CERT_FILE": str(bundle),
        "NO_PROXY": "*",
        "TOKENAUDIT_AWS_PRICES": services.home,
        "TOKENAUDIT_AZURE_PRICES": f"{services.home}/",
    }


@pytest.fixture
def prices(tokenaudit: Callable[..., Done], surroundings: dict[str, str]) -> Callable[..., Done]:
    """`tokenaudit prices ...` in a process of its own."""
    return lambda *arguments, **changes: tokenaudit("prices", *arguments, **{**surroundings, **changes})


@pytest.fixture
def prices_inside(
    inside: Callable[..., Done], surroundings: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Done]:
    """The same in this process, for tables of many cases, and with short waits between attempts."""
    monkeypatch.setattr(http, "FIRST_WAIT_S", 0.01)
    return lambda *arguments, **changes: inside("prices", *arguments, **{**surroundings, **changes})
