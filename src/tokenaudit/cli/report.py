"""`tokenaudit report [PATH...] -o FILE`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared

_SIDE = "conditions and a window with commas, e.g. provider=bedrock,model=anthropic/* or 2026-10"


@shared(*FILTERS, "by", "currency")
def report(  # the command's own options
    shared: Shared,
    paths: Annotated[
        list[Path] | None,
        typer.Argument(help="Logs, bills and metrics to audit directly, without a ledger.", show_default=False),
    ] = None,
    left: Annotated[str, typer.Option(help=f"The left side: {_SIDE}.")] = "provider=bedrock",
    right: Annotated[str, typer.Option(help="The right side, likewise.")] = "provider=azure",
    match: Annotated[
        list[str] | None, typer.Option(help="Put two models in one row: claude-sonnet-4-5=gpt-4.1.")
    ] = None,
    slo: Annotated[
        str | None, typer.Option(help="A service level, as `compare --slo` takes it: ttft=450ms,tpot=40ms,e2e=5s.")
    ] = None,
    tolerance: Annotated[str, typer.Option(help="How far usage may be from the bill, in percent of it.")] = "0.5%",
    settle: Annotated[str, typer.Option(help="How long bills take to settle; younger days are not judged.")] = "72h",
    price_book: PriceBookOption = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an existing file.")] = False,
) -> None:
    """The whole audit on a page: -o FILE.html for a browser or a printer, -o FILE.md for a pull request or a wiki."""
    from tokenaudit.analysis.tolerance import Tolerance
    from tokenaudit.cli.output import format_for, show, stdout_or, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.cli.session import begin, filter_of
    from tokenaudit.errors import UsageError
    from tokenaudit.export.files import refuse_existing
    from tokenaudit.model.expressions import group_keys, pairs, share, side
    from tokenaudit.model.question import Question
    from tokenaudit.model.slo import slo as service_level
    from tokenaudit.model.window import instant
    from tokenaudit.pipeline.audit import audit
    from tokenaudit.pipeline.compare import Comparison, complaint, ledger_of
    from tokenaudit.pipeline.fairness import Fairly
    from tokenaudit.pipeline.reconcile import Reckoning

    session = begin(shared, paths[0] if paths else None)
    if shared.output is None or format_for(shared) not in ("html", "markdown"):
        raise UsageError("an audit is a page", hint="name a file that ends in .html or .md: -o audit.html")
    path = stdout_or(shared.output)
    if path is not None:
        refuse_existing(path, force=force)
    base = filter_of(shared, session)
    question = Question(
        sides=(side(left, session.now), side(right, session.now)), by=group_keys(shared.by, ("model",)), base=base
    )
    asked = Comparison(
        question,
        pairs(match or []),
        strict=shared.strict,
        currency=shared.currency,
        price_book=price_book,
        fairly=Fairly(slo=service_level(slo) if slo is not None else None),
    )
    reckoning = Reckoning(
        base,
        Tolerance(ratio=share(tolerance)),
        instant(settle, session.now).date(),
        price_book=price_book,
    )
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        found = audit(ledger, session.loaded, asked, reckoning, said)
    trouble = complaint(found)
    if found.section("compare").rows:
        show(found, shared)
    if trouble is not None:
        raise trouble
