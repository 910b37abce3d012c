"""Answers of an API as files. The same answer gives the same bytes."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import ServiceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path


def write_lines(path: Path, lines: Iterable[str]) -> None:
    """Each in a line of its own, in a file that appears when it is whole."""
    unfinished = path.with_name(f"{path.name}.part")
    try:
        with unfinished.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
            os.fchmod(file.fileno(), 0o600)
            for line in lines:
                file.write(line)
                file.write("\n")
        unfinished.replace(path)
    except OSError as error:
        raise ServiceError(
            f"{path.name} cannot be written: {error.strerror}", hint="is there room on the disk?"
        ) from error
    finally:
        unfinished.unlink(missing_ok=True)


def write_document(path: Path, document: Any) -> None:
    """As JSON; numbers keep their digits, and times are written by their own rule."""
    write_lines(path, [json.dumps(document, default=_text)])


def _text(value: Any) -> str:
    """What JSON has no form for: times."""
    return value.strftime("%Y-%m-%dT%H:%M:%SZ")  # type: ignore[no-any-return]
