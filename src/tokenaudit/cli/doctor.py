"""`tokenaudit doctor`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import Shared, shared


@shared()
def doctor(
    shared: Shared,
    target: Annotated[str, typer.Argument(help="bedrock, azure or all.", metavar="[CLOUD]")] = "all",
) -> None:
    """What is reachable, permitted, switched on and covered, and the exact fix where it is not."""
    from tokenaudit.cli.clouds import connected
    from tokenaudit.cli.output import format_for, show, terminal
    from tokenaudit.cli.progress import watching_sources
    from tokenaudit.cli.session import begin
    from tokenaudit.cli.verbose import logged
    from tokenaudit.pipeline.doctor import doctor as examine

    session = begin(shared)
    format_for(shared)
    with watching_sources(quiet=shared.quiet, color=terminal(shared).color) as watcher, logged(verbose=shared.verbose):
        report = examine(connected(target, session, watcher.note))
    show(report, shared)
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
