"""`tokenaudit export compare|reconcile -o FILE`: a report in a file, with the options of its command."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from tokenaudit.cli import compare as comparing
from tokenaudit.cli import reconcile as reconciling
from tokenaudit.cli.exporting import ForceOption, FormatOption
from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared
from tokenaudit.cli.reckoning import Judging, reckoning
from tokenaudit.cli.sides import Detail, Sides, comparison

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tokenaudit.cli.session import Session
    from tokenaudit.errors import DataError
    from tokenaudit.export.formats import Target
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.report import Caveat, Report
    from tokenaudit.model.workings import Workings

    Answer = Callable[[Ledger, tuple[Caveat, ...]], tuple[Report, Workings]]


@shared(*FILTERS, "by", "currency")
def compare(
    shared: Shared,
    sides: Sides,
    detail: Detail,
    paths: comparing.PathsArgument = None,
    format: FormatOption = None,  # noqa: A002  # typer's form
    force: ForceOption = False,
) -> None:
    """The side-by-side as a file; as .xlsx a workbook whose costs follow the rates on its sheet Assumptions."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from tokenaudit.cli.exporting import target_of
    from tokenaudit.pipeline.compare import complaint, worked_out

    target = target_of(shared, format, force=force)
    asked = comparison(shared, session, sides, detail)
    _write(
        shared, session, target, paths, lambda ledger, said: worked_out(ledger, session.loaded, asked, said), complaint
    )


@shared(*FILTERS)
def reconcile(
    shared: Shared,
    judging: Judging,
    paths: reconciling.PathsArgument = None,
    worst: reconciling.WorstOption = 20,
    price_book: PriceBookOption = None,
    format: FormatOption = None,  # noqa: A002  # typer's form
    force: ForceOption = False,
) -> None:
    """The reconciliation as a file; as .xlsx a workbook whose gaps and sums are formulas."""
    from tokenaudit.cli.session import begin_on

    session = begin_on(shared, paths)

    from tokenaudit.cli.exporting import target_of
    from tokenaudit.pipeline.reconcile import complaint, worked_out

    target = target_of(shared, format, force=force)
    asked = reckoning(shared, session, judging, price_book, worst)
    _write(
        shared, session, target, paths, lambda ledger, said: worked_out(ledger, session.loaded, asked, said), complaint
    )


def _write(
    shared: Shared,
    session: Session,
    target: Target,
    paths: list[Path] | None,
    answer: Answer,
    complaint: Callable[[Report], DataError | None],
) -> None:
    """Answers, and writes the answer; ends as the report's own command does, but for a file of nothing."""
    from tokenaudit.cli.exporting import into, note
    from tokenaudit.cli.output import terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.pipeline.compare import ledger_of
    from tokenaudit.pipeline.export_report import write_report

    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        report, workings = answer(ledger, said)
    trouble: Any = complaint(report)
    if trouble is not None:
        raise trouble
    with into(target) as stream:
        notes = write_report(report, workings, target, stream)
    note(shared, notes)
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)
