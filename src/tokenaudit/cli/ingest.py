"""`tokenaudit ingest PATH...`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import Shared, shared


@shared()
def ingest(
    shared: Shared,
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders; formats are found by content.", show_default=False)
    ],
) -> None:
    """Read log files into the ledger: each once, changed ones again, every record counted once."""
    from tokenaudit.cli.session import COPY_FIRST, begin, refuse_addresses
    from tokenaudit.pipeline.readiness import make_ready

    refuse_addresses(paths, COPY_FIRST)
    session = begin(shared)
    make_ready(paths, session.loaded.config.jobs)

    from tokenaudit.cli.output import for_machines, format_for, show, terminal  # all this takes its time
    from tokenaudit.cli.progress import watching
    from tokenaudit.errors import DataError
    from tokenaudit.ledger.ledger import Ledger, open_for_writing
    from tokenaudit.pipeline.ingest import ingest as read
    from tokenaudit.pipeline.ingest import none_of
    from tokenaudit.pipeline.summaries import ingest_report

    format_for(shared)  # a name that asks for no format is told before anything is read
    result = none_of(paths)
    if result is not None:
        report = ingest_report(result, Ledger(session.ledger), strict=shared.strict)
    else:
        with open_for_writing(session.ledger) as ledger:
            with watching(quiet=shared.quiet, color=terminal(shared).color) as progress:
                result = read(ledger, paths, session.loaded.config.jobs, progress)
            report = ingest_report(result, ledger, strict=shared.strict)
    nothing = result.nothing(paths)
    if nothing is None or for_machines(shared):
        show(report, shared)
    if nothing is not None:
        raise nothing
    if report.verdict.exit_code:
        raise DataError("--strict: some records or objects were refused", hint="see `tokenaudit ledger rejects`")
