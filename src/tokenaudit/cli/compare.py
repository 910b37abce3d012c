"""`tokenaudit compare [PATH...]`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from tokenaudit.cli.options import FILTERS, PriceBookOption, Shared, shared

if TYPE_CHECKING:
    from tokenaudit.cli.session import Session
    from tokenaudit.pipeline.compare import Comparison


class Cost(StrEnum):
    """What unit prices are made of."""

    list = "list"
    contracted = "contracted"
    billed = "billed"
    effective = "effective"


_SIDE = "conditions and a window with commas, e.g. provider=bedrock,model=anthropic/* or 2026-10"


PathsArgument = Annotated[
    list[Path] | None,
    typer.Argument(help="Log files and folders to compare directly, without a ledger.", show_default=False),
]
LeftOption = Annotated[str, typer.Option(help=f"The left side: {_SIDE}.")]
RightOption = Annotated[str, typer.Option(help="The right side, likewise.")]
CostOption = Annotated[Cost, typer.Option(help="The cost that unit prices are made of.")]
MatchOption = Annotated[list[str] | None, typer.Option(help="Put two models in one row: claude-sonnet-4-5=gpt-4.1.")]
MinPricedOption = Annotated[
    str, typer.Option(help="Exit 1 if less than this share of a side's tokens has a price, e.g. 99.5%.")
]
LEFT, RIGHT = "provider=bedrock", "provider=azure"


@shared(*FILTERS, "by", "currency")
def compare(  # the command's own options
    shared: Shared,
    paths: PathsArgument = None,
    left: LeftOption = LEFT,
    right: RightOption = RIGHT,
    cost: CostOption = Cost.list,
    match: MatchOption = None,
    price_book: PriceBookOption = None,
    min_priced: MinPricedOption = "0%",
) -> None:
    """Cost per token and latency, side by side: of the ledger, or of the files given."""
    from tokenaudit.cli.output import for_machines, format_for, show, terminal
    from tokenaudit.cli.progress import watching
    from tokenaudit.cli.session import begin
    from tokenaudit.pipeline.compare import compare as answer
    from tokenaudit.pipeline.compare import complaint, ledger_of

    session = begin(shared, paths[0] if paths else None)
    format_for(shared)
    asked = comparison(shared, session, left, right, cost, match, price_book, min_priced)
    with (
        watching(quiet=shared.quiet or not paths, color=terminal(shared).color) as progress,
        ledger_of(paths or [], session.ledger, session.loaded.config.jobs, progress) as (ledger, said),
    ):
        report = answer(ledger, session.loaded, asked, said)
    trouble = complaint(report)
    if report.section("compare").rows or for_machines(shared):
        show(report, shared)
    if trouble is not None:
        raise trouble
    if report.verdict.exit_code:
        raise typer.Exit(report.verdict.exit_code)


def comparison(
    shared: Shared,
    session: Session,
    left: str,
    right: str,
    cost: Cost,
    match: list[str] | None,
    price_book: str | None,
    min_priced: str,
) -> Comparison:
    """What the options ask for."""
    from tokenaudit.cli.session import filter_of
    from tokenaudit.model.expressions import group_keys, pairs, share, side
    from tokenaudit.model.question import Question
    from tokenaudit.pipeline.compare import Comparison

    question = Question(
        sides=(side(left, session.now), side(right, session.now)),
        by=group_keys(shared.by, ("model",)),
        base=filter_of(shared, session),
    )
    return Comparison(
        question, pairs(match or []), shared.strict, cost.value, shared.currency, price_book, share(min_priced)
    )
