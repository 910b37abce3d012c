"""What to complain of where a report has nothing to tell: the question, or a ledger into which nothing was read yet."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.errors import DataError
from tokenaudit.pipeline.objects_read import NOTHING_USABLE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.report import Caveat


def nothing(message: str, *, hint: str, ledger_version: int | None, caveats: Iterable[Caveat] = ()) -> DataError:
    """The complaint with these words, or that the ledger is empty: then no other question would find more.

    Of the caveats it tells the one of records that could not be read: what is missing may be in these, and if nothing
    else was read, all of it is. So it is with lines of other services.
    """
    if ledger_version is not None:
        told = {note.code: note.text for note in caveats}
        unread = [told["rejects"]] if "rejects" in told else []
        if NOTHING_USABLE in told:
            remedy = "mend the logs and read them again" if unread else "read logs or bills of language models into it"
            message, hint = told[NOTHING_USABLE], f"{remedy}: other filters find no more"
        return DataError("; ".join((message, *unread)), hint=hint)
    return DataError(
        "the ledger is empty: nothing has been read into it yet",
        hint="read logs and bills into it with `tokenaudit ingest PATH...`, or name another one with --ledger",
    )
