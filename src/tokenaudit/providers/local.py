"""Files and folders as a place where objects lie."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

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
        for file in _walk(path) if path.is_dir() else (path,):
            item = _look(file)
            found[item.uri] = item
    yield from (found[uri] for uri in sorted(found))


def _walk(folder: Path) -> Iterator[Path]:
    for here, folders, files in os.walk(folder):
        if LEDGER_MARKER in files:
            folders.clear()
            continue
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            if not name.startswith("."):
                yield Path(here, name)


def _look(path: Path) -> LocalObject | Missing:
    uri = path.absolute().as_uri()
    try:
        real = path.resolve(strict=True)
        uri = real.as_uri()
        stat = real.stat()
    except FileNotFoundError:
        return Missing(uri, "does not exist")
    except (OSError, RuntimeError) as error:
        return Missing(uri, f"cannot be opened: {getattr(error, 'strerror', None) or 'links go round in a circle'}")
    if not real.is_file():
        return Missing(uri, "is neither a file nor a folder")
    return LocalObject(uri, str(real), stat.st_size, f"{stat.st_size}-{stat.st_mtime_ns}")
