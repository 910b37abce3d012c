"""Azure on this machine: its services, its storage, and the provider connected to both through the real SDKs."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from azure.core.credentials import AccessToken
from azure.core.pipeline.transport import RequestsTransport
from azure.storage.blob import BlobServiceClient
from tests.live.azure import azurite
from tests.live.azure.resources import account, definition
from tests.live.azure.services import Azure, signed_in, token

from tokenaudit.model.pulling import Known, Manners
from tokenaudit.providers.azure import PROVIDER
from tokenaudit.providers.azure.client import retrying

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import trustme
    from pytest_httpserver import HTTPServer

    from tokenaudit.model.pulling import Cloud, Feed, RemoteObject
    from tokenaudit.model.question import Window

NOW = datetime(2026, 10, 12, 9, 30, tzinfo=UTC)
MODEL = ("ModelDeploymentName", "ModelName", "ModelVersion")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Without Azurite, what needs it says so and skips; in CI that is a failure."""
    why = azurite.missing()
    for item in items:
        if why and "storage_account" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.skip(reason=why))


@dataclass
class Ledger:
    """What the ledger knows, as the pipeline would tell it."""

    read: dict[str, Known] = field(default_factory=dict)

    def of(self, uri: str) -> Known | None:
        return self.read.get(uri)

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:
        yield from ((uri, known) for uri, known in sorted(self.read.items()) if uri.startswith(prefix))


@dataclass
class Puller:
    """Fetches what a feed has and the ledger does not, as the pipeline would."""

    folder: Path
    ledger: Ledger = field(default_factory=Ledger)

    def pull(self, feed: Feed, window: Window) -> dict[str, bytes]:
        """By address, whatever was fetched this time."""
        fetched = {}
        for each in feed.objects(window, self.ledger):
            known = self.ledger.of(each.uri)
            if known and (known.final or (each.identity and known.identity == each.identity)):
                continue
            fetched[each.uri] = self.fetch(each)
            self.ledger.read[each.uri] = Known(each.identity, each.final)
        return fetched

    def fetch(self, each: RemoteObject) -> bytes:
        to = self.folder / "fetched"
        each.fetch(to)
        return to.read_bytes()


@pytest.fixture
def azure(httpserver: HTTPServer) -> Iterator[Azure]:
    names = ("InputTokens", "OutputTokens", "TimeToResponse")
    made = Azure(
        httpserver,
        accounts=[account(), account("contoso-speech", "SpeechServices"), account("fabrikam-ai", "OpenAI")],
        definitions=[definition(each, *MODEL) for each in names] + [definition("ModelRequests", *MODEL, "StatusCode")],
    )
    httpserver.expect_request(re.compile(".*")).respond_with_handler(made.answer)
    yield made
    made.over.set()
    assert made.wrong == []


@pytest.fixture
def credentials(azure: Azure, bundle: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A client secret in the environment, no other credential, and short waits."""
    del azure
    for name, value in signed_in(bundle).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(retrying, "FIRST_WAIT_S", 0.01)


@pytest.fixture
def told() -> list[str]:
    """What the person who waits was told."""
    return []


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the SDK would have slept, in seconds; it does not."""
    slept: list[float] = []
    monkeypatch.setattr(RequestsTransport, "sleep", lambda _, wait_s: slept.append(wait_s))
    return slept


@pytest.fixture
def connect(azure: Azure, credentials: None, told: list[str]) -> Callable[..., Cloud]:
    """Connects with further keys of `[azure]`; `manners` changes how it behaves."""
    del credentials

    def connected(manners: dict[str, Any] | None = None, **table: object) -> Cloud:
        assert PROVIDER.connector is not None
        endpoints = {"management": azure.home, "authority": azure.home, "log_analytics": azure.home}
        behaving = Manners(**{"clock": lambda: NOW, "notify": told.append, "attempts": 3, **(manners or {})})
        return PROVIDER.connector.connect({"endpoints": endpoints, **table}, behaving)

    return connected


@pytest.fixture
def puller(tmp_path: Path) -> Puller:
    return Puller(tmp_path)


@pytest.fixture(scope="session")
def storage_account(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an account in Azurite."""
    folder = tmp_path_factory.mktemp("azurite")
    certificate = authority.issue_cert("127.0.0.1", "localhost")
    certificate.private_key_pem.write_to_path(str(folder / "key.pem"))
    for part in certificate.cert_chain_pems:
        part.write_to_path(str(folder / "certificate.pem"), append=True)
    yield from azurite.serving(folder, folder / "certificate.pem", folder / "key.pem")


class _Owner:
    """Whoever writes the logs."""

    def get_token(self, *_: str, **__: Any) -> AccessToken:
        return AccessToken(token("https://storage.azure.com", 0), 4_000_000_000)


@pytest.fixture
def blobs(azure: Azure, storage_account: str, bundle: Path) -> Iterator[BlobServiceClient]:
    """The storage account, empty, with the rights to write."""
    azure.blobs = storage_account
    owner: Any = _Owner()
    with BlobServiceClient(storage_account, owner, connection_verify=str(bundle)) as client:
        yield client
        for each in list(client.list_containers()):
            client.delete_container(each.name)
