"""A page of a listing of S3 -> what is in it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Listed:
    """An object, or a folder (`is_folder`), whose `key` ends with a slash. `etag` is as the service writes it."""

    key: str
    etag: str = ""
    size_bytes: int = 0
    modified_at: datetime = _LONG_AGO
    is_folder: bool = False

    @property
    def identity(self) -> str:
        """Changes with the content: the entity tag of S3, and the size."""
        tag = self.etag.strip('"')
        return f"{tag}-{self.size_bytes}"

    @property
    def name(self) -> str:
        """The last part of the key."""
        return self.key.rstrip("/").rpartition("/")[2]


def listed(page: Mapping[str, Any]) -> Iterator[Listed]:
    """Objects, then folders. Empty objects that stand for folders are passed over."""
    for each in page.get("Contents", ()):
        if not each["Key"].endswith("/"):
            yield Listed(each["Key"], each.get("ETag", ""), each["Size"], each.get("LastModified", _LONG_AGO))
    for each in page.get("CommonPrefixes", ()):
        yield Listed(each["Prefix"], is_folder=True)
