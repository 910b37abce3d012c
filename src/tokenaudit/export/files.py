"""Results into files: whole or not at all."""

from __future__ import annotations

import os
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from tokenaudit.errors import REFUSALS, DataError, UsageError

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
    """A stream into `path`; the name appears only when everything is written.

    Raises DataError where the system has no room for it or gives no leave, and UsageError where there is no such place.

    A link is followed; a device or a pipe takes the content as it comes, for nothing may stand in its place.
    """
    target = Path(os.path.realpath(path))
    direct = path.exists() and not path.is_file()  # of /dev/stdout, what is behind the link has no path of its own
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        with (path if direct else draft).open("wb") as stream:
            yield stream
        if not direct:
            draft.replace(target)
    except OSError as error:
        message = f"{path} cannot be written: {error.strerror}"
        if error.errno in REFUSALS:
            hint = "make room, or mend the permissions, then run the same command again"
            raise DataError(message, hint=hint) from error
        raise UsageError(message, hint="check the folder and its permissions") from error
    finally:
        with suppress(OSError):  # a folder that is read-only refuses this too, and has been complained of
            draft.unlink()
