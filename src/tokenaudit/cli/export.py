"""`tokenaudit export usage -o FILE`."""

from __future__ import annotations

from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, Shared, shared

app = typer.Typer(help="Write ledger rows to a file.", rich_markup_mode=None)


@app.callback()
def _group() -> None:
    """Write ledger rows to a file."""


@app.command("usage")
@shared(*FILTERS)
def usage(
    shared: Shared,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,  # typer's form
) -> None:
    """Every request of the ledger as csv, oldest first: -o FILE.csv, or -o - for stdout."""
    from tokenaudit.cli.output import stdout_or, to_stdout
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.errors import UsageError
    from tokenaudit.export.csv_rows import lines
    from tokenaudit.export.files import refuse_existing, write_whole
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.model.columns import USAGE_NAMES
    from tokenaudit.pipeline.aliases import aliases

    session = begin(shared)
    path = stdout_or(shared.output)
    if shared.format not in (None, "csv") or not (path is None or path.name.endswith(".csv")):
        raise UsageError("usage is exported as csv", hint="name a file that ends in .csv, or -o - for stdout")
    if path is not None:
        refuse_existing(path, force=force)
    ledger = open_for_reading(session.ledger)
    engine = DuckEngine(ledger.usage_files(), aliases(ledger, session.loaded))
    text = lines(engine.usage(filter_of(shared, session)), USAGE_NAMES)
    if path is None:
        to_stdout(text, "csv")
    else:
        write_whole(path, text)
