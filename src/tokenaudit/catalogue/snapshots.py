"""Price lists as they were on a day, kept on this machine: one compact file each, never changed once it is there.

A file is a CSV with the columns of the price book, compressed. Its name holds the day on which it was made and the
beginning of the SHA-256 of its text, so that a damaged file is known for one.
"""

from __future__ import annotations

import csv
import io
import lzma
import os
import re
from dataclasses import dataclass, replace
from datetime import date
from hashlib import sha256
from typing import TYPE_CHECKING

from tokenaudit.catalogue.rows import COLUMNS, Line, RowError, cells_of
from tokenaudit.catalogue.rows import rates as rates_of
from tokenaudit.errors import DataError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from tokenaudit.model.rates import Rate

SNAPSHOT_COLUMNS = (*COLUMNS, "currency", "sku")
_DIGITS = 16
_NAME = re.compile(rf"prices-(\d{{4}}-\d\d-\d\d)-([0-9a-f]{{{_DIGITS}}})\.csv\.xz")
_HASH = re.compile(r"[0-9a-f]{4,64}")
_DAMAGED = "it is cut off or was changed; delete it, and the one before is in force again"


@dataclass(frozen=True)
class Snapshot:
    """A file of prices: the day on which it was made, and the first 16 digits of its hash."""

    path: Path
    day: date
    sha256: str


def snapshots(folder: Path) -> tuple[Snapshot, ...]:
    """Every snapshot in the folder, the newest last; of one day, in the order in which they were written."""
    try:
        files = list(folder.iterdir())
    except FileNotFoundError:
        return ()
    except OSError as error:
        raise _unusable(folder, error) from error
    found = []
    for path in files:
        name = _NAME.fullmatch(path.name)
        if name:
            found.append((path.stat().st_mtime_ns, Snapshot(path, date.fromisoformat(name[1]), name[2])))
    return tuple(each for _, each in sorted(found, key=lambda item: (item[1].day, item[0], item[1].sha256)))


def newest(folder: Path) -> Snapshot | None:
    """The snapshot in force; None where there is none."""
    return next(reversed(snapshots(folder)), None)


def find(folder: Path, wanted: str) -> Snapshot:
    """The snapshot of a day (2026-11-25: the last one made on it), or the one whose hash begins like this.

    Raises UsageError where there is none, or several.
    """
    known = snapshots(folder)
    names = ", ".join(f"{each.day} {each.sha256}" for each in known) or "none yet; `tokenaudit prices update` makes one"
    of_day = [each for each in known if each.day.isoformat() == wanted]
    if of_day:
        return of_day[-1]
    text = wanted.lower()
    same = [each for each in known if _HASH.fullmatch(text) and each.sha256.startswith(text[:_DIGITS])]
    if len({each.sha256 for each in same}) == 1:
        return same[-1]
    if same:
        raise UsageError(f"several price snapshots begin with {wanted!r}", hint=f"snapshots: {names}")
    raise UsageError(f"no price snapshot is of {wanted!r}", hint=f"snapshots: {names}")


def load(snapshot: Snapshot) -> tuple[Rate, ...]:
    """Its rates, in the order of its lines. Raises DataError for a file that is not what its name says."""
    try:
        text = lzma.decompress(snapshot.path.read_bytes())
    except (OSError, lzma.LZMAError) as error:
        raise DataError(f"price snapshot {snapshot.path} cannot be read", hint=_DAMAGED) from error
    if not _digest(text).startswith(snapshot.sha256):
        raise DataError(f"price snapshot {snapshot.path} is not what its name says", hint=_DAMAGED)
    lines = csv.reader(io.StringIO(text.decode("utf-8"), newline=""))
    if tuple(next(lines, ())) != SNAPSHOT_COLUMNS:
        raise DataError(f"price snapshot {snapshot.path} has other columns", hint="run `tokenaudit prices update`")
    found: list[Rate] = []
    for number, cells in enumerate(lines, 2):
        try:
            *line, currency, sku = cells
            found += (replace(rate, currency=currency, sku=sku) for rate in rates_of(Line(*line)))
        except (RowError, TypeError, ValueError) as error:
            raise DataError(f"price snapshot {snapshot.path} line {number}: {error}", hint=_DAMAGED) from error
    return tuple(found)


def save(folder: Path, rates: Iterable[Rate], day: date) -> Snapshot:
    """Writes the rates as a snapshot of that day, whole or not at all; one that is there already is left as it is.

    The same rates, in any order, give the same bytes. Raises UsageError where nothing can be written.
    """
    text = _text(rates)
    digest = _digest(text)[:_DIGITS]
    snapshot = Snapshot(folder / f"prices-{day.isoformat()}-{digest}.csv.xz", day, digest)
    draft = folder / f".{snapshot.path.name}.{os.getpid()}.part"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if _is_whole(snapshot):
            return snapshot
        try:
            with draft.open("wb") as stream:
                stream.write(lzma.compress(text, preset=6))
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(snapshot.path)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise _unusable(folder, error) from error
    return snapshot


def _is_whole(snapshot: Snapshot) -> bool:
    """Whether this very snapshot is there; what is left of a damaged one may be replaced by what it was."""
    try:
        return _digest(lzma.decompress(snapshot.path.read_bytes())).startswith(snapshot.sha256)
    except (FileNotFoundError, lzma.LZMAError):
        return False


def _text(rates: Iterable[Rate]) -> bytes:
    stream = io.StringIO()
    lines = csv.writer(stream, lineterminator="\n")
    lines.writerow(SNAPSHOT_COLUMNS)
    lines.writerows(sorted(map(_cells, rates)))
    return stream.getvalue().encode("utf-8")


def _cells(rate: Rate) -> tuple[str, ...]:
    return (*cells_of(rate), rate.currency, rate.sku)


def _digest(text: bytes) -> str:
    return sha256(text).hexdigest()


def _unusable(folder: Path, error: OSError) -> UsageError:
    return UsageError(
        f"price snapshots in {folder}: {error.strerror}",
        hint="name another folder with TOKENAUDIT_PRICES, or `snapshots` under [prices]",
    )
