"""`tokenaudit check [PATH...]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.baseline import PairByOption
from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared


@shared(*FILTERS)
def check(  # the command's own options
    shared: Shared,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Logs and bills to check directly, without a ledger.", show_default=False),
    ] = None,
    baseline: Annotated[
        Path | None,
        typer.Option(help="The file to check against.", show_default="[check] baseline"),
    ] = None,
    allow_missing_baseline: Annotated[
        bool,
        typer.Option(
            "--allow-missing-baseline", help="Without a baseline only budgets are judged, and that is all right."
        ),
    ] = False,
    pair_by: PairByOption = None,
    also: Annotated[
        list[str] | None,
        typer.Option(
            help="Write the report in one more format: FORMAT=FILE, e.g. junit=check.xml; several times for several.",
            metavar="FORMAT=FILE",
        ),
    ] = None,
    quiet_if_unchanged: Annotated[
        bool, typer.Option("--quiet-if-unchanged", help="Nothing for people where nothing changed: an empty comment.")
    ] = False,
    step_summary: Annotated[
        bool, typer.Option("--step-summary", help="Add the comment to the summary of a GitHub Actions step, too.")
    ] = False,
    price_book: PriceBookOption = None,
) -> None:
    """The CI gate: against a baseline and against budgets; exit 1 for a true regression or a broken budget."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from datetime import timedelta

    from tokenaudit.cli.documents import add_to_summary, for_people, summary_of_step, write_also
    from tokenaudit.cli.output import for_machines, format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.cli.session import filter_of
    from tokenaudit.pipeline.check import Checking, complaint, is_unchanged
    from tokenaudit.pipeline.check import check as answer
    from tokenaudit.pipeline.compare import ledger_of
    from tokenaudit.pipeline.gate_files import baseline_at, pinned_of, sought_at
    from tokenaudit.pipeline.reconcile import Reckoning
    from tokenaudit.pipeline.window import Asked

    format_for(shared)
    documents = [write_also(each) for each in also or ()]
    summary = summary_of_step() if step_summary else None
    rules = session.loaded.config.check
    base = filter_of(shared, session)
    sought = sought_at(session.loaded, baseline)
    settled = (session.now - timedelta(hours=session.loaded.config.pull.settle_hours)).date()
    asked = Checking(
        Asked(base, pair_by or rules.pair_by, price_book),
        rules.policy(),
        None if sought is None else baseline_at(sought),
        pinned_of(session.loaded),
        Reckoning(base, settle_until=settled, price_book=price_book),
        shared.strict,
        allow_missing_baseline,
        session.now,
    )
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        report = answer(ledger, session.loaded, asked, said)
    trouble = complaint(report, sought)
    silent = quiet_if_unchanged and is_unchanged(report)
    if trouble is None or for_machines(shared):
        show(report, shared, silent=silent and for_people(format_for(shared)))
    for document in documents:
        document.write(report, silent=silent)
    if summary is not None and not silent:
        add_to_summary(summary, report)
    if trouble is not None:
        raise trouble
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
