"""Files and folders as a place where objects lie."""

from __future__ import annotations

import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote_from_bytes, unquote_to_bytes, urlsplit

from tokenaudit.model.ports import LEDGER_MARKER

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, order=True)
class LocalObject:
    """A file. `identity` changes whenever it is written to."""

    uri: str
    path: str
    size_bytes: int
    identity: str


@dataclass(frozen=True)
class Missing:
    """A path that was named but cannot be opened, and why."""

    uri: str
    reason: str


def find(paths: Iterable[Path]) -> Iterator[LocalObject | Missing]:
    """Every file at or below the paths, each once, in order of address.

    Hidden files and folders, and folders that hold a ledger, are passed over unless they are named themselves.
    """
    found: dict[str, LocalObject | Missing] = {}
    for path in paths:
        # Path.is_dir raises where a folder above is closed to us.
        for item in _walk(path) if os.path.isdir(path) else (_look(path),):  # noqa: PTH112
            found[item.uri] = item
    yield from (found[uri] for uri in sorted(found))


def content_sha256(uri: str, identity: str) -> str | None:
    """The hash of a file's content as it was when it had this identity; None once it has changed, or cannot be read."""
    address = urlsplit(uri)
    if address.scheme != "file":
        return None
    path = os.fsdecode(unquote_to_bytes(address.path))
    try:
        with open(path, "rb") as stream:  # noqa: PTH123  # a name need not be text
            found = _object(path, os.fstat(stream.fileno()))
            return hashlib.file_digest(stream, "sha256").hexdigest() if found.identity == identity else None
    except OSError:
        return None


def _walk(folder: Path) -> Iterator[LocalObject | Missing]:
    """Files below a folder. Once the folder itself is resolved, what is no link needs no resolving.

    Links to other folders are told and not followed: what lies there is not below this one.
    """
    refused: list[OSError] = []
    root = folder.resolve()
    for here, folders, files in os.walk(root, onerror=refused.append):
        if LEDGER_MARKER in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for link in filter(Path.is_symlink, (Path(here, name) for name in folders)):
            if not link.resolve().is_relative_to(root):
                yield Missing(link.as_uri(), "is a link to another folder: name that one itself")
        for name in files:
            if not name.startswith("."):
                yield _below(os.path.join(here, name))  # noqa: PTH118  # a Path for each of a million files is dear
    for error in refused:
        yield Missing(_uri(os.fsencode(error.filename)), f"cannot be opened: {error.strerror}")


def _below(path: str) -> LocalObject | Missing:
    try:
        found = os.lstat(path)
    except OSError:
        return _look(Path(path))
    return _object(path, found) if stat.S_ISREG(found.st_mode) else _look(Path(path))


def _look(path: Path) -> LocalObject | Missing:
    uri = path.absolute().as_uri()
    try:
        real = path.resolve(strict=True)
        uri = real.as_uri()
        found = real.stat()
    except FileNotFoundError:
        return Missing(uri, "does not exist")
    except (OSError, RuntimeError) as error:
        return Missing(uri, f"cannot be opened: {getattr(error, 'strerror', None) or 'links go round in a circle'}")
    if not stat.S_ISREG(found.st_mode):
        return Missing(uri, "is neither a file nor a folder")
    return _object(str(real), found)


def _object(real_path: str, found: os.stat_result) -> LocalObject:
    uri = _uri(os.fsencode(real_path))
    return LocalObject(uri, real_path, found.st_size, f"{found.st_size}-{found.st_mtime_ns}")


def _uri(path: bytes) -> str:
    return "file://" + quote_from_bytes(path)
