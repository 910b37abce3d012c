"""`tokenaudit prices verify`."""

from __future__ import annotations

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared
from tokenaudit.cli.prices_list import OnOption


@shared(*FILTERS)
def verify_prices(shared: Shared, on: OnOption = None, price_book: PriceBookOption = None) -> None:
    """The price book against a public catalogue and the ledger's bills; exit 1 for a disagreement with --strict."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin, filter_of, ledger_if_any
    from tokenaudit.model.window import instant
    from tokenaudit.pipeline.price_books import price_book as open_book
    from tokenaudit.pipeline.price_checks import verify_report

    session = begin(shared)
    day = instant(on, session.now).date() if on is not None else session.now.date()
    book = open_book(session.loaded, price_book)
    base = filter_of(shared, session)
    report = verify_report(book, day, ledger_if_any(shared, session), base, strict=shared.strict)
    show(report, shared)
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
