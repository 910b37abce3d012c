"""Blobs: what there is, and their content in pieces or whole."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from azure.core import MatchConditions

from tokenaudit.errors import ServiceError
from tokenaudit.providers.azure.client.endpoints import storage_address
from tokenaudit.providers.azure.client.failures import repeats, translated
from tokenaudit.providers.azure.client.operations import CONTAINERS, COST_REPORT, GET_BLOB, LIST_BLOBS

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from azure.storage.blob import BlobClient

    from tokenaudit.providers.azure.client.connection import Connection


@dataclass(frozen=True)
class StoredBlob:
    """A blob as a listing tells it. `created_at` is another when a blob of the same name was made anew."""

    name: str
    size_bytes: int
    etag: str
    created_at: datetime
    modified_at: datetime
    appends: bool = False
    """Whether it only ever grows at its end."""


class Storage:
    """The blobs of all storage accounts. `account` is an https address. Raises CredentialsError or ServiceError."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def containers(self, account: str, prefix: str) -> list[str]:
        """Names of the containers that begin so."""
        with translated(CONTAINERS, account):
            pages = self._at.storage(account).list_containers(name_starts_with=prefix)
            return [each.name for each in pages]

    def folders(self, account: str, container: str, prefix: str) -> list[str]:
        """Prefixes one level below, each with a slash at its end."""
        found: list[str] = []
        with translated(LIST_BLOBS, f"{account}/{container}/{prefix}"):
            client = self._at.storage(account).get_container_client(container)
            for each in client.walk_blobs(name_starts_with=prefix, delimiter="/"):
                name = str(each.name)
                if name.endswith("/"):
                    found.append(name)
        return found

    def blobs(self, account: str, container: str, prefix: str, most: int | None = None) -> Iterator[StoredBlob]:
        """Every blob whose name begins so, in order of their names."""
        target = f"{account}/{container}/{prefix}"
        seen: set[str | None] = set()
        count = 0
        with translated(LIST_BLOBS, target):
            client = self._at.storage(account).get_container_client(container)
            pages: Any = client.list_blobs(name_starts_with=prefix, results_per_page=most).by_page()
            for page in pages:
                for each in page:
                    yield _stored(each)
                    count += 1
                    if count == most:
                        return
                token = pages.continuation_token
                if token in seen:
                    raise repeats(LIST_BLOBS, target)
                seen.add(token)

    def part(self, account: str, container: str, name: str, offset: int, length: int) -> bytes:
        """Bytes of a blob; fewer where it has become shorter."""
        with self._reading(account, container, name):
            found: bytes = self._blob(account, container, name).download_blob(offset, length).readall()
            return found

    def save_part(self, account: str, container: str, blob: StoredBlob, offset: int, length: int, to: Path) -> None:
        """A piece of an append blob into a file. The blob may have grown since; it must not be another one."""
        with self._reading(account, container, blob.name), to.open("wb") as file:
            stream = self._blob(account, container, blob.name).download_blob(offset, length)
            created = stream.properties.creation_time
            if created != blob.created_at:
                raise _replaced(f"{account}/{container}/{blob.name}")
            stream.readinto(file)
            size = file.tell()
        if size != length:
            raise _replaced(f"{account}/{container}/{blob.name}")

    def save(self, account: str, container: str, blob: StoredBlob, to: Path) -> None:
        """A whole blob into a file, as it was when it was listed."""
        if not blob.size_bytes:
            to.write_bytes(b"")
            return
        with self._reading(account, container, blob.name), to.open("wb") as file:
            stream = self._blob(account, container, blob.name).download_blob(
                etag=blob.etag, match_condition=MatchConditions.IfNotModified
            )
            stream.readinto(file)
            size = file.tell()
        if size != blob.size_bytes:
            raise _replaced(f"{account}/{container}/{blob.name}")

    def save_signed(self, url: str, to: Path) -> None:
        """What lies under a signed address into a file. Our own token is not sent there."""
        from azure.storage.blob import BlobClient  # noqa: PLC0415 - as in connection

        address = storage_address(url, self._at.endpoints)
        with translated(COST_REPORT, address), to.open("wb") as file:
            client: BlobClient = BlobClient.from_blob_url(address, **self._at.of_storage())
            with client:
                client.download_blob().readinto(file)

    def _blob(self, account: str, container: str, name: str) -> BlobClient:
        return self._at.storage(account).get_blob_client(container, name)

    def _reading(self, account: str, container: str, name: str) -> Any:
        return translated(GET_BLOB, f"{account}/{container}/{name}")


def _stored(each: Any) -> StoredBlob:
    appends = str(getattr(each.blob_type, "value", each.blob_type)) == "AppendBlob"
    return StoredBlob(each.name, each.size or 0, each.etag or "", each.creation_time, each.last_modified, appends)


def _replaced(target: str) -> ServiceError:
    return ServiceError(f"Blob Storage: {target} was replaced while it was read", hint="run it again")
