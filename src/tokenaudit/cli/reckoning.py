"""How usage is held against the bill: options of `reconcile`, `export reconcile` and `report`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from tokenaudit.cli.options import Shared
    from tokenaudit.cli.session import Session
    from tokenaudit.pipeline.reconcile import Reckoning


@dataclass(frozen=True)
class Judging:
    """How far usage and bill may differ, and from when on."""

    tolerance: Annotated[str, typer.Option(help="How far usage may be from the bill, in percent of it.")] = "0.5%"
    tolerance_tokens: Annotated[int, typer.Option(help="How many tokens are no gap, however small the cell.")] = 1000
    settle: Annotated[str, typer.Option(help="How long bills take to settle; younger days are not judged.")] = "72h"


def reckoning(
    shared: Shared, session: Session, judging: Judging, price_book: str | None, worst: int | None = None
) -> Reckoning:
    """What the options ask for. Raises UsageError for what cannot be understood."""
    from tokenaudit.analysis.tolerance import Tolerance
    from tokenaudit.cli.session import filter_of
    from tokenaudit.model.expressions import share
    from tokenaudit.model.window import instant
    from tokenaudit.pipeline.reconcile import WORST, Reckoning

    return Reckoning(
        filter_of(shared, session),
        Tolerance(judging.tolerance_tokens, share(judging.tolerance)),
        instant(judging.settle, session.now).date(),
        WORST if worst is None else worst,
        price_book,
        shared.strict,
    )
