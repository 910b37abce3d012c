"""`tokenaudit reconcile [PATH...]`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared

if TYPE_CHECKING:
    from tokenaudit.cli.session import Session
    from tokenaudit.pipeline.reconcile import Reckoning

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Logs and bills to reconcile directly, without a ledger.", show_default=False),
]
ToleranceOption = Annotated[str, typer.Option(help="How far usage may be from the bill, in percent of it.")]
ToleranceTokensOption = Annotated[int, typer.Option(help="How many tokens are no gap, however small the cell.")]
SettleOption = Annotated[str, typer.Option(help="How long bills take to settle; younger days are not judged.")]
WorstOption = Annotated[int, typer.Option(help="How many of the worst cells are shown to people.")]


@shared(*FILTERS)
def reconcile(
    shared: Shared,
    paths: PathsArgument = None,
    tolerance: ToleranceOption = "0.5%",
    tolerance_tokens: ToleranceTokensOption = 1000,
    settle: SettleOption = "72h",
    worst: WorstOption = 20,
    price_book: PriceBookOption = None,
) -> None:
    """Logs against metrics against the bill, by day, account, region, model, kind of token and tier."""
    from tokenaudit.cli.output import for_machines, format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.cli.session import begin
    from tokenaudit.pipeline.compare import ledger_of
    from tokenaudit.pipeline.reconcile import complaint
    from tokenaudit.pipeline.reconcile import reconcile as answer

    session = begin(shared, paths[0] if paths else None)
    format_for(shared)
    asked = reckoning(shared, session, tolerance, tolerance_tokens, settle, worst, price_book)
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


def reckoning(
    shared: Shared,
    session: Session,
    tolerance: str,
    tolerance_tokens: int,
    settle: str,
    worst: int,
    price_book: str | None,
) -> Reckoning:
    """What the options ask for."""
    from tokenaudit.analysis.tolerance import Tolerance
    from tokenaudit.cli.session import filter_of
    from tokenaudit.model.expressions import share
    from tokenaudit.model.window import instant
    from tokenaudit.pipeline.reconcile import Reckoning

    return Reckoning(
        filter_of(shared, session),
        Tolerance(tolerance_tokens, share(tolerance)),
        instant(settle, session.now).date(),
        worst,
        price_book,
    )
