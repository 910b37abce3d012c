"""`tokenaudit prices diff BEFORE [AFTER]`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, Shared, shared

_BOOK = "`shipped`, or the date or hash of a book"


@shared(*FILTERS)
def diff_prices(
    shared: Shared,
    before: Annotated[str, typer.Argument(help=f"The older book: {_BOOK}.")],
    after: Annotated[
        str | None, typer.Argument(help="The newer book, likewise.", show_default="the one in force")
    ] = None,
) -> None:
    """What changed between two price books, and what that makes of the ledger's list cost."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin, filter_of, ledger_if_any
    from tokenaudit.pipeline.price_books import price_book
    from tokenaudit.pipeline.price_changes import diff_report
    from tokenaudit.pipeline.strictly import refusal

    session = begin(shared)
    older, newer = (price_book(session.loaded, each) for each in (before, after))
    ledger = ledger_if_any(shared, session)
    report = diff_report(older, newer, ledger, session.loaded, filter_of(shared, session), strict=shared.strict)
    show(report, shared)
    trouble = refusal(report.caveats) if shared.strict else None
    if trouble is not None:
        raise trouble
