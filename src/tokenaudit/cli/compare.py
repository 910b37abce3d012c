"""`tokenaudit compare [PATH...]`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, Shared, shared
from tokenaudit.cli.sides import Detail, Sides, comparison

PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Logs, bills and metrics to compare directly, without a ledger.", show_default=False),
]


@shared(*FILTERS, "by", "currency")
def compare(shared: Shared, sides: Sides, detail: Detail, paths: PathsArgument = None) -> None:
    """Cost per token and latency, side by side: of the ledger, or of the files given."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from tokenaudit.cli.output import for_machines, format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.pipeline.compare import compare as answer
    from tokenaudit.pipeline.compare import complaint, ledger_of

    format_for(shared)
    asked = comparison(shared, session, sides, detail)
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        report = answer(ledger, session.loaded, asked, said)
    trouble = complaint(report)
    if report.section("compare").rows or for_machines(shared):
        show(report, shared)
    if trouble is not None:
        raise trouble
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
