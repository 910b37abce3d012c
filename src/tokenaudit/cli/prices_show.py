"""`tokenaudit prices show MODEL`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import PriceBookOption, Shared, shared


@shared()
def show_prices(
    shared: Shared,
    name: Annotated[str, typer.Argument(metavar="MODEL", help="vendor/model, or a bare name of one model.")],
    price_book: PriceBookOption = None,
) -> None:
    """Every price of a model over time: by scope, region, tier and kind of token."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.pipeline.price_books import price_book as open_book
    from tokenaudit.pipeline.price_listing import show_report

    show(show_report(open_book(begin(shared).loaded, price_book), name), shared)
