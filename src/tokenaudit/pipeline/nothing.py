"""What to complain of where a report has nothing to tell: the question, or a ledger into which nothing was read yet."""

from __future__ import annotations

from tokenaudit.errors import DataError


def nothing(message: str, *, hint: str, ledger_version: int | None) -> DataError:
    """The complaint with these words, or that the ledger is empty: then no other question would find more."""
    if ledger_version is not None:
        return DataError(message, hint=hint)
    return DataError(
        "the ledger is empty: nothing has been read into it yet",
        hint="read logs and bills into it with `tokenaudit ingest PATH...`, or name another one with --ledger",
    )
