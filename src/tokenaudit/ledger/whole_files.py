"""Small files beside the tables: each is there as a whole, or as it was before."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import LedgerError

if TYPE_CHECKING:
    from pathlib import Path


def write_whole(path: Path, text: str) -> None:
    """Either the whole file or none of it."""
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    with draft.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(path)


def is_draft(entry: Path, path: Path) -> bool:
    """Whether `entry` is what `write_whole` begins with, of a process at work or killed."""
    return entry.name.startswith(f".{path.name}.")


def write_json(path: Path, document: dict[str, Any]) -> None:
    """A document that people can read too. Raises LedgerError where it cannot be written."""
    try:
        write_whole(path, json.dumps(document, indent=1, sort_keys=True) + "\n")
    except OSError as error:
        raise LedgerError(
            f"{path} cannot be written: {error.strerror}",
            hint="check the disk's space and the folder's permissions, then run the same command again",
        ) from error


def read_json(path: Path) -> dict[str, Any]:
    """The document; empty where there is none. Raises LedgerError where it is damaged."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        raise _damaged(path) from error
    if not isinstance(document, dict):
        raise _damaged(path)
    return document


def _damaged(path: Path) -> LedgerError:
    return LedgerError(
        f"{path} cannot be read", hint="delete the file: no figure is in it, and the next `tokenaudit pull` writes it"
    )
