"""The private folder that objects are fetched into. They may hold prompts: nobody else can look in, and nothing stays.

It lies in the ledger's staging folder, which the next writer empties if this one is killed.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Self

from tokenaudit.errors import LedgerError

if TYPE_CHECKING:
    from types import TracebackType

_LONGEST_NAME = 150
_LONGEST_PATH = 1500
_ENDING = re.compile(r"[A-Za-z0-9._-]{1,40}\Z")


class Mirror:
    """Where fetched objects lie until they are read, each below the path that its cloud gives it."""

    def __init__(self, staging: Path) -> None:
        self._staging = staging
        self._root = staging
        self._files: set[str] = set()
        self._folders: set[str] = set()

    def __enter__(self) -> Self:
        try:
            self._root = Path(tempfile.mkdtemp(prefix="mirror-", dir=self._staging))  # for its owner alone: 0700
        except OSError as error:
            raise LedgerError(
                f"no folder can be made in {self._staging}: {error.strerror}",
                hint="check the disk's space and the permissions",
            ) from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        shutil.rmtree(self._root, ignore_errors=True)

    def place(self, uri: str, path: str) -> Path:
        """Where this object belongs. Its folder is made; a file of that name is not there yet.

        Names are the cloud's, or anybody's who may write there: none leads out of the folder, and two objects never
        share a file, however alike they are.
        """
        parts = [_name(part) for part in path.split("/") if part]
        place = "/".join(parts)
        if not parts or len(place) > _LONGEST_PATH or self._clashes(place.casefold()):
            place = f"~{_hash(uri)}/{parts[-1] if parts else 'object'}"
        self._files.add(place.casefold())
        self._make(place.rpartition("/")[0])
        return self._root / place

    def forget(self, place: str) -> None:
        """The object was read, and its file is gone: another may come to this place."""
        self._files.discard(place.removeprefix(f"{self._root}/").casefold())

    def drop(self, place: Path) -> None:
        """The object is not needed any more."""
        place.unlink(missing_ok=True)
        self.forget(str(place))

    def _clashes(self, key: str) -> bool:
        """Whether something else is there, or in the way. Paths that some file system takes for the same are."""
        if key in self._files or key in self._folders:
            return True
        above = key.rpartition("/")[0]
        while above and above not in self._folders:
            if above in self._files:
                return True
            above = above.rpartition("/")[0]
        return False

    def _make(self, folder: str) -> None:
        if folder and folder.casefold() not in self._folders:
            (self._root / folder).mkdir(parents=True, exist_ok=True)
            while folder:
                self._folders.add(folder.casefold())
                folder = folder.rpartition("/")[0]


def _name(part: str) -> str:
    """A part of a path as it is where it is harmless; otherwise a hash that keeps the ending."""
    if part.isprintable() and part not in (".", "..") and len(part.encode()) <= _LONGEST_NAME and "\\" not in part:
        return part
    ending = _ENDING.search(part) if part not in (".", "..") else None
    return f"~{_hash(part)}{'-' + ending.group() if ending else ''}"


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:20]
