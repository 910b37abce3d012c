"""`tokenaudit prices list`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import PriceBookOption, Shared, shared

OnOption = Annotated[str | None, typer.Option(help="The day: 2026-10-15 (UTC).", show_default="today")]


@shared("provider", "model")
def list_prices(shared: Shared, on: OnOption = None, price_book: PriceBookOption = None) -> None:
    """The prices in force on a day, with their source; --provider and --model choose among them."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.model.window import instant
    from tokenaudit.pipeline.price_books import price_book as open_book
    from tokenaudit.pipeline.price_listing import list_report

    session = begin(shared)
    day = instant(on, session.now).date() if on is not None else session.now.date()
    show(list_report(open_book(session.loaded, price_book), day, shared.provider, shared.model), shared)
