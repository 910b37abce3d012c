"""Results into files: whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokenaudit.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def refuse_existing(path: Path, *, force: bool) -> None:
    """Raises UsageError when `path` exists and `force` is not given, or when it cannot be a file."""
    if path.is_dir():
        raise UsageError(f"{path} is a folder", hint="name a file")
    if path.is_file() and not force:
        raise UsageError(f"{path} exists", hint="choose another name, or replace it with --force")


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Writes text to `path`, as `whole` does."""
    with whole(path) as stream:
        stream.writelines(piece.encode("utf-8") for piece in pieces)


@contextmanager
def whole(path: Path) -> Iterator[BinaryIO]:
    """A stream into `path`; the name appears only when everything is written. Raises UsageError when it cannot be.

    A link is followed; a device or a pipe takes the content as it comes, for nothing may stand in its place.
    """
    target = Path(os.path.realpath(path))
    direct = target.exists() and not target.is_file()
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with (target if direct else draft).open("wb") as stream:
            yield stream
        if not direct:
            draft.replace(target)
    except OSError as error:
        raise UsageError(
            f"{path} cannot be written: {error.strerror}", hint="check the folder and its permissions"
        ) from error
    finally:
        draft.unlink(missing_ok=True)
