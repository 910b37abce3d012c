"""`tokenaudit report [PATH...] -o FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.exporting import ForceOption
from tokenaudit.cli.options import FILTERS, Shared, shared
from tokenaudit.cli.reckoning import Judging, reckoning
from tokenaudit.cli.sides import Detail, Sides, comparison


@shared(*FILTERS, "by", "currency")
def report(
    shared: Shared,
    sides: Sides,
    judging: Judging,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Logs, bills and metrics to audit directly, without a ledger.", show_default=False),
    ] = None,
    force: ForceOption = False,
) -> None:
    """The whole audit on a page: -o FILE.html for a browser or a printer, -o FILE.md for a pull request or a wiki."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from tokenaudit.cli.output import format_for, show, stdout_or, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.errors import UsageError
    from tokenaudit.export.files import refuse_existing
    from tokenaudit.pipeline.audit import audit
    from tokenaudit.pipeline.compare import complaint, ledger_of

    page = "name a file that ends in .html or .md: -o audit.html"
    if shared.output is None or format_for(shared, page) not in ("html", "markdown"):
        raise UsageError("an audit is a page", hint=page)
    path = stdout_or(shared.output)
    if path is not None:
        refuse_existing(path, force=force)
    asked = comparison(shared, session, sides, Detail())
    reckoned = reckoning(shared, session, judging, sides.price_book)
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        found = audit(ledger, session.loaded, asked, reckoned, said)
    trouble = complaint(found)
    if found.section("compare").rows:
        show(found, shared)
    if trouble is not None:
        raise trouble
