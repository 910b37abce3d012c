"""`tokenaudit export usage|charges|metrics|compare|reconcile -o FILE`."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tokenaudit.cli import export_reports
from tokenaudit.cli.exporting import ExportFormat, ForceOption, FormatOption
from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared

if TYPE_CHECKING:
    from tokenaudit.engines.row_sql import RowTable
    from tokenaudit.export.formats import Target
    from tokenaudit.pipeline.exports import Exported


class Source(StrEnum):
    """What a FOCUS file is made from."""

    charges = "charges"
    usage = "usage"


SourceOption = Annotated[
    Source, typer.Option("--from", help="The bills' own lines, or the logged usage at list prices, as an estimate.")
]

_AS_THEY_ARE = "rows are written as they are, export compare groups and converts"

app = typer.Typer(
    help="Write rows, reports and FOCUS files: csv, csv.gz, tsv, json, jsonl, parquet, xlsx.", rich_markup_mode=None
)


@app.callback()
def _group() -> None:
    """Write rows, reports and FOCUS files: csv, csv.gz, tsv, json, jsonl, parquet, xlsx."""


@app.command("usage")
@shared(*FILTERS, why=_AS_THEY_ARE)
def usage(shared: Shared, format: FormatOption = None, force: ForceOption = False) -> None:  # noqa: A002
    """Every request of the ledger, oldest first: -o FILE, or -o - for stdout."""
    _rows("usage", shared, format, force=force)


@app.command("charges")
@shared(*FILTERS, why=_AS_THEY_ARE)
def charges(shared: Shared, format: FormatOption = None, force: ForceOption = False) -> None:  # noqa: A002
    """Every line of the bills, oldest first: -o FILE, or -o - for stdout."""
    _rows("charges", shared, format, force=force)


@app.command("metrics")
@shared(*FILTERS[:-1])
def metrics(shared: Shared, format: FormatOption = None, force: ForceOption = False) -> None:  # noqa: A002
    """Every number that a cloud aggregated, oldest first: -o FILE, or -o - for stdout."""
    _rows("metrics", shared, format, force=force)


@app.command("focus")
@shared(*FILTERS, why=_AS_THEY_ARE)
def focus(
    shared: Shared,
    source: SourceOption = Source.charges,
    price_book: PriceBookOption = None,
    format: FormatOption = None,  # noqa: A002
    force: ForceOption = False,
) -> None:
    """A FOCUS 1.2 file of the bills, or of the usage at list prices: -o FILE, or -o - for stdout."""
    from tokenaudit.cli.exporting import target_of
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline.exports import focus_of_charges
    from tokenaudit.pipeline.focus_usage import focus_of_usage

    session = begin(shared)
    target = target_of(shared, format, force=force)
    ledger, base = open_for_reading(session.ledger), filter_of(shared, session)
    if source is Source.usage:
        _write(shared, target, focus_of_usage(ledger, session.loaded, base, price_book))
    else:
        _write(shared, target, focus_of_charges(ledger, session.loaded, base))


app.command("compare")(export_reports.compare)
app.command("reconcile")(export_reports.reconcile)


def _rows(table: RowTable, shared: Shared, fmt: ExportFormat | None, *, force: bool) -> None:
    from tokenaudit.cli.exporting import target_of
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline.exports import rows

    session = begin(shared)
    target = target_of(shared, fmt, force=force)
    _write(shared, target, rows(open_for_reading(session.ledger), session.loaded, table, filter_of(shared, session)))


def _write(shared: Shared, target: Target, exported: Exported) -> None:
    """Writes the file, and says what it cannot say; then ends badly where --strict does not put up with that."""
    from tokenaudit.cli.exporting import into, note
    from tokenaudit.export.formats import write_rows
    from tokenaudit.pipeline.strictly import refusal

    table, said = exported
    with into(target) as stream:
        notes = write_rows(table, target, stream)
    note(shared, [*(caveat.text for caveat in said), *notes])
    trouble = refusal(said) if shared.strict else None
    if trouble is not None:
        raise trouble
