"""`tokenaudit reconcile [PATH...]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared
from tokenaudit.cli.reckoning import Judging, reckoning

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Logs and bills to reconcile directly, without a ledger.", show_default=False),
]
WorstOption = Annotated[int, typer.Option(help="How many of the worst cells are shown to people.")]


@shared(*FILTERS)
def reconcile(
    shared: Shared,
    judging: Judging,
    paths: PathsArgument = None,
    worst: WorstOption = 20,
    price_book: PriceBookOption = None,
) -> None:
    """Logs against metrics against the bill, by day, account, region, model, kind of token and tier."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from tokenaudit.cli.output import for_machines, format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.pipeline.compare import ledger_of
    from tokenaudit.pipeline.reconcile import complaint
    from tokenaudit.pipeline.reconcile import reconcile as answer

    format_for(shared)
    asked = reckoning(shared, session, judging, price_book, worst)
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        report = answer(ledger, session.loaded, asked, said)
    trouble = complaint(report)
    if trouble is None or for_machines(shared):
        show(report, shared)
    if trouble is not None:
        raise trouble
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
