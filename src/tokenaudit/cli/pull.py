"""`tokenaudit pull bedrock|azure|all`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import Shared, shared


@shared("since", "until", why="a pull fetches everything of its window from the clouds that CLOUD names")
def pull(  # the command's own options
    shared: Shared,
    target: Annotated[str, typer.Argument(help="bedrock, azure or all.", show_default=False, metavar="CLOUD")],
    only: Annotated[
        list[str] | None, typer.Option(help="Only these kinds: logs, metrics, costs, inventory; several with commas.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show every call, its rights and its cost; call nothing.")
    ] = False,
    max_api_cost: Annotated[
        str | None, typer.Option(help="The most US dollars that calls may cost in this run.", show_default="0.10")
    ] = None,
    time_limit: Annotated[
        str | None, typer.Option(help="Ask for nothing new after this time, e.g. 30m; commit what is there.")
    ] = None,
) -> None:
    """Fetch what the live clouds have into the ledger: logs, metrics, costs, inventory; each object once."""
    from tokenaudit.cli.clouds import connected, windows
    from tokenaudit.cli.output import format_for, show, terminal
    from tokenaudit.cli.progress import watching_sources
    from tokenaudit.cli.pull_words import dollars, kinds, seconds
    from tokenaudit.cli.session import begin
    from tokenaudit.cli.verbose import logged
    from tokenaudit.errors import DataError
    from tokenaudit.ledger import pulled
    from tokenaudit.ledger.ledger import open_for_writing
    from tokenaudit.pipeline.pull.plan import plan_report
    from tokenaudit.pipeline.pull.report import complaint, pull_report
    from tokenaudit.pipeline.pull.run import Errands, Pull

    session = begin(shared)
    format_for(shared)
    wanted, limit = kinds(only or ()), seconds(time_limit)
    asked = windows(shared, session)
    with watching_sources(quiet=shared.quiet, color=terminal(shared).color) as watcher, logged(verbose=shared.verbose):
        clouds = connected(target, session, watcher.note, dollars(max_api_cost))
        if dry_run:
            memory = pulled.load(session.ledger)
            report = plan_report(clouds, wanted, asked, memory)
        else:
            settings = session.loaded.config
            errands = Errands(asked, wanted, limit, settings.pull.concurrency, settings.jobs, watcher)
            with open_for_writing(session.ledger) as ledger:
                result = Pull(ledger, errands, session.clock).run(clouds)
                report = pull_report(result, ledger, strict=shared.strict)
    show(report, shared)
    trouble = None if dry_run else complaint(result)
    if trouble is not None:
        raise trouble
    if report.verdict.exit_code:
        raise DataError("--strict: some records or objects were refused", hint="see `tokenaudit ledger rejects`")
