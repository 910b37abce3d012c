"""`tokenaudit baseline save|show|diff`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared

app = typer.Typer(help="What a window was, as a small file to check later windows against.", rich_markup_mode=None)

PairByOption = Annotated[
    str | None,
    typer.Option(
        "--pair-by",
        help="Compare replayed cases one by one: the ledger column or tag:NAME that names a case.",
        show_default="[check] pair_by",
    ),
]
_FILE = "A file that `baseline save` wrote."


@app.callback()
def _group() -> None:
    """What a window was, as a small file to check later windows against."""


@app.command("save")
@shared(*FILTERS)
def save(shared: Shared, pair_by: PairByOption = None, price_book: PriceBookOption = None) -> None:
    """Write the window's figures to -o FILE: sums and statistics, no request and no text. An older file is replaced."""
    from tokenaudit.cli.output import caveats_to_stderr, stdout_or, to_stdout
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.errors import UsageError
    from tokenaudit.export.files import refuse_existing
    from tokenaudit.ledger.ledger import open_for_reading
    from tokenaudit.pipeline.baseline import shown, taken
    from tokenaudit.pipeline.baseline_file import encoded, write_baseline
    from tokenaudit.pipeline.window import Asked

    session = begin(shared)
    if shared.output is None or shared.format not in (None, "json"):
        raise UsageError("a baseline is a JSON file", hint="name it with -o FILE.json, or -o - for stdout")
    path = stdout_or(shared.output)
    if path is not None:
        refuse_existing(path, force=True)
    pair_by = pair_by or session.loaded.config.check.pair_by
    asked = Asked(filter_of(shared, session), pair_by, price_book)
    baseline, caveats = taken(open_for_reading(session.ledger), session.loaded, asked, session.now)
    if path is None:
        to_stdout([encoded(baseline)], "json")
    else:
        write_baseline(path, baseline)
    if not shared.quiet:
        caveats_to_stderr(shown(baseline, caveats))


@app.command("show")
@shared()
def show_baseline(shared: Shared, file: Annotated[Path, typer.Argument(help=_FILE)]) -> None:
    """The window, the figures and the usage that a baseline holds."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.pipeline.baseline import shown
    from tokenaudit.pipeline.baseline_file import read_baseline

    begin(shared)
    show(shown(read_baseline(file)), shared)


@app.command("diff")
@shared()
def diff(
    shared: Shared,
    before: Annotated[Path, typer.Argument(help=_FILE)],
    after: Annotated[Path, typer.Argument(help="A later one.")],
) -> None:
    """What changed from one baseline to another, judged as `check` would, and why the cost changed."""
    from tokenaudit.cli.output import show
    from tokenaudit.cli.session import begin
    from tokenaudit.pipeline.baseline import compared
    from tokenaudit.pipeline.baseline_file import read_baseline

    session = begin(shared)
    policy = session.loaded.config.check.policy()
    show(compared(read_baseline(before), read_baseline(after), policy), shared)
