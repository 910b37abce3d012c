"""`tokenaudit ledger info|history|rejects|vacuum`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import Shared, shared

app = typer.Typer(help="What the ledger holds, what was refused, and what can go.", rich_markup_mode=None)


@app.command("info")
@shared()
def info(shared: Shared) -> None:
    """What the ledger holds: rows, days, files, and what was read from which source."""
    _show("info_report", shared)


@app.command("history")
@shared()
def history(shared: Shared) -> None:
    """Every commit to the ledger, newest first."""
    _show("history_report", shared)


@app.command("rejects")
@shared()
def rejects(shared: Shared) -> None:
    """Records that could not be read: object, line and reason, never their content."""
    _show("rejects_report", shared)


@app.command("vacuum")
@shared()
def vacuum(
    shared: Shared,
    keep: Annotated[str, typer.Option(help="Keep what was in force so long ago: 7d, 12h.")] = "7d",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show what would be deleted; delete nothing.")] = False,
) -> None:
    """Delete data files that objects read again, later bills and killed runs have left behind."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.ledger.ledger import open_for_reading, open_for_writing
    from tokenaudit.model.window import age
    from tokenaudit.pipeline.summaries import vacuum_report

    length = age(keep)
    folder = begin(shared).ledger
    open_for_reading(folder)  # to clear up makes no ledger
    with open_for_writing(folder) as ledger:
        report = vacuum_report(ledger, length, dry_run=dry_run)
    show(report, shared)


def _show(name: str, shared: Shared) -> None:
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline import summaries

    show(getattr(summaries, name)(open_for_reading(begin(shared).ledger)), shared)
