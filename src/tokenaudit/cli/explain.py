"""`tokenaudit explain [METRIC]`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared


@shared(*FILTERS, "currency")
def explain(
    shared: Shared,
    metric: Annotated[
        str, typer.Argument(help="A figure of compare, e.g. usd_per_mtok, billed_cost_usd, requests.")
    ] = "list_cost_usd",
    price_book: PriceBookOption = None,
) -> None:
    """Where a figure comes from: rows, objects, rates, formula and steps, as a tree."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline.explain import explain as answer

    session = begin(shared)
    base = filter_of(shared, session)
    show(answer(open_for_reading(session.ledger), session.loaded, metric, base, price_book, shared.currency), shared)
