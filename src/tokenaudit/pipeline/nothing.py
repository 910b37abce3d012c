"""What to complain of where a report has nothing to tell: the question, or a ledger into which nothing was read yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.errors import DataError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.report import Caveat


def nothing(message: str, *, hint: str, ledger_version: int | None, caveats: Iterable[Caveat] = ()) -> DataError:
    """The complaint with these words, or that the ledger is empty: then no other question would find more.

    Of the caveats it tells the one of records that could not be read: what is missing may be in these.
    """
    if ledger_version is not None:
        unread = [note.text for note in caveats if note.code == "rejects"]
        return DataError("; ".join((message, *unread)), hint=hint)
    return DataError(
        "the ledger is empty: nothing has been read into it yet",
        hint="read logs and bills into it with `tokenaudit ingest PATH...`, or name another one with --ledger",
    )
