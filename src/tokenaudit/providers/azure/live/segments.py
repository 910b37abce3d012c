"""Append blobs in pieces that never change, so that a blob that grew costs its tail and not its whole.

A piece is called `https://.../PT1H.json#bytes=START-`. Its identity is when the blob was made, and START and END; END
is a line's end, so a line is never in two pieces. The next piece begins at END. A piece that the ledger knows stays
as it is, whatever the blob does at its end: rows are never read again because the hour goes on.

A blob that was made anew, or is shorter than what was read of it, is read whole again from 0. Of its former pieces
those that begin elsewhere hold nothing now: they come once more, with an answer that has no records, which takes
their rows out of the ledger.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from tokenaudit.model.pulling import RemoteObject

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokenaudit.model.pulling import KnownObjects
    from tokenaudit.providers.azure.client.storage import Storage, StoredBlob
    from tokenaudit.providers.azure.settings import Place

_IDENTITY = re.compile(r"(\S+) (\d+)-(\d+)")
_FIRST_LOOK = 64 * 1024
_COLUMNS = [{"name": name} for name in ("TimeGenerated", "Category", "properties_s")]
_NOTHING = json.dumps({"tables": [{"name": "PrimaryResult", "columns": _COLUMNS, "rows": []}]}).encode()


def pieces(storage: Storage, place: Place, blob: StoredBlob, known: KnownObjects) -> Iterator[RemoteObject]:
    """Every piece of a blob: those that are known, what was added since, and what has to be forgotten."""
    address = f"{place.account}/{place.container}/{blob.name}"
    made = blob.created_at.isoformat()
    read = dict(_read(address, known))
    end = _chain(read, made)
    if end > blob.size_bytes or any(was != made for was, _ in read.values()):
        end = 0
    starts = _starts(read, end)
    for start in sorted(starts):
        yield _piece(storage, place, blob, start, read[start][1])
    until = whole_lines(storage, place, blob, end)
    if until > end:
        starts.add(end)
        yield _piece(storage, place, blob, end, until)
    for start in sorted(set(read) - starts):
        yield RemoteObject(
            _uri(address, start), _path(address, start), f"{made} forgotten", len(_NOTHING), _forget, final=False
        )


def whole_lines(storage: Storage, place: Place, blob: StoredBlob, start: int) -> int:
    """Where the last whole line behind `start` ends; `start` where there is none.

    A record that is complete counts as a line although nothing ends it yet.
    """
    size, length = blob.size_bytes, _FIRST_LOOK
    while start < size:
        begin = max(start, size - length)
        tail = storage.part(place.account, place.container, blob.name, begin, size - begin)
        if len(tail) != size - begin:
            return start  # it has become shorter since it was listed: the next pull sees what it is
        newline = tail.rfind(b"\n")
        if newline >= 0 or begin == start:
            rest = tail[newline + 1 :]
            return size if _is_record(rest) else begin + newline + 1
        length *= 8
    return start


def _read(address: str, known: KnownObjects) -> Iterator[tuple[int, tuple[str, int]]]:
    """By start: of which blob the piece was, and where it ended."""
    prefix = f"{address}#bytes="
    for uri, what in known.below(prefix):
        start = uri.removeprefix(prefix).removesuffix("-")
        parts = _IDENTITY.fullmatch(what.identity)
        if start.isdigit() and parts and parts[2] == start:
            yield int(start), (parts[1], int(parts[3]))
        elif start.isdigit() and not what.identity:
            yield int(start), ("", 0)  # read by another version of its source: of no blob that is there now


def _chain(read: dict[int, tuple[str, int]], made: str) -> int:
    """How far the blob was read from its beginning on, without a gap."""
    end = 0
    while end in read and read[end][0] == made and read[end][1] > end:
        end = read[end][1]
    return end


def _starts(read: dict[int, tuple[str, int]], until: int) -> set[int]:
    starts, at = set(), 0
    while at < until:
        starts.add(at)
        at = read[at][1]
    return starts


def _piece(storage: Storage, place: Place, blob: StoredBlob, start: int, end: int) -> RemoteObject:
    address = f"{place.account}/{place.container}/{blob.name}"

    def fetch(to: Path) -> None:
        storage.save_part(place.account, place.container, blob, start, end - start, to)

    identity = f"{blob.created_at.isoformat()} {start}-{end}"
    # Not final: what was made anew under the same name has another identity, and has to be looked at.
    return RemoteObject(_uri(address, start), _path(address, start), identity, end - start, fetch, final=False)


def _uri(address: str, start: int) -> str:
    return f"{address}#bytes={start}-"


def _path(address: str, start: int) -> str:
    return f"{address.removeprefix('https://').removesuffix('.json')}.bytes-{start}.json"


def _is_record(line: bytes) -> bool:
    if not line.strip():
        return True
    try:
        return isinstance(json.loads(line), dict)
    except ValueError:
        return False


def _forget(to: Path) -> None:
    to.write_bytes(_NOTHING)
