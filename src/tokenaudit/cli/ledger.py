"""`tokenaudit ledger info|history|rejects`."""

from __future__ import annotations

import typer

from tokenaudit.cli.options import Shared, shared

app = typer.Typer(help="What the ledger holds and what was refused.", rich_markup_mode=None)


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


def _show(name: str, shared: Shared) -> None:
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline import summaries

    show(getattr(summaries, name)(open_for_reading(begin(shared).ledger)), shared)
