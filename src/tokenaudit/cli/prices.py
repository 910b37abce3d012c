"""`tokenaudit prices list|show|update|diff|verify`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli import prices_diff, prices_list, prices_show, prices_verify
from tokenaudit.cli.options import Shared, shared

app = typer.Typer(help="List prices: what they are and where they come from.", rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """List prices: what they are and where they come from."""


app.command("list")(prices_list.list_prices)
app.command("show")(prices_show.show_prices)


@app.command("update")
@shared("provider")
def update(
    shared: Shared,
    saved: Annotated[
        list[Path] | None,
        typer.Option("--from", help="Read saved price lists, files or folders, in place of the web.", metavar="PATH"),
    ] = None,
    region: Annotated[
        list[str] | None, typer.Option(help="Only this Region of the AWS price list; several times for several.")
    ] = None,
) -> None:
    """Take the clouds' own price lists into a snapshot on this machine; older ones are kept as they are."""
    from tokenaudit.cli.output import format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.cli.session import begin
    from tokenaudit.errors import DataError
    from tokenaudit.pipeline.price_reports import update_report
    from tokenaudit.pipeline.prices import Wanted
    from tokenaudit.pipeline.prices import update as bring

    session = begin(shared)
    format_for(shared)
    wanted = Wanted(shared.provider, [each.lower() for each in region or ()], saved or ())
    with watching(quiet=shared.quiet, color=terminal(shared).color) as progress:
        done = bring(session.loaded.price_snapshots(), wanted, session.now.date(), progress)
    report = update_report(done, strict=shared.strict)
    show(report, shared)
    if report.verdict.exit_code:
        raise DataError("--strict: some rows of the price lists are not trusted", hint="the report lists them")


app.command("diff")(prices_diff.diff_prices)
app.command("verify")(prices_verify.verify_prices)
