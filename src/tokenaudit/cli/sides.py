"""The two sides of a comparison, and what is asked of them: options of `compare`, `export compare` and `report`."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from tokenaudit.cli.options import PriceBookOption

if TYPE_CHECKING:
    from tokenaudit.cli.options import Shared
    from tokenaudit.cli.session import Session
    from tokenaudit.pipeline.compare import Comparison

_SIDE = "conditions and a window with commas, e.g. provider=bedrock,model=anthropic/* or 2026-10"


class Cost(StrEnum):
    """What unit prices are made of."""

    list = "list"
    contracted = "contracted"
    billed = "billed"
    effective = "effective"


@dataclass(frozen=True)
class Sides:
    """Which two sides, in which rows, at which prices, and up to which service level."""

    left: Annotated[str, typer.Option(help=f"The left side: {_SIDE}.")] = "provider=bedrock"
    right: Annotated[str, typer.Option(help="The right side, likewise.")] = "provider=azure"
    match: Annotated[list[str], typer.Option(help="Put two models in one row: claude-sonnet-4-5=gpt-4.1.")] = field(
        default_factory=list
    )
    cost: Annotated[Cost, typer.Option(help="The cost that unit prices are made of.")] = Cost.list
    slo: Annotated[
        str | None,
        typer.Option(help="Limits on latency, e.g. ttft=450ms,tpot=40ms,e2e=5s, or a preset: mlperf-interactive."),
    ] = None
    slo_target: Annotated[str, typer.Option(help="The share of all attempts that is to meet --slo.")] = "99%"
    price_book: PriceBookOption = None


@dataclass(frozen=True)
class Detail:
    """What a comparison shows beyond the side-by-side, and which share of it has to have a price."""

    explain_change: Annotated[
        bool, typer.Option("--explain-change", help="Say what makes the right side cost more or less than the left.")
    ] = False
    unit_costs: Annotated[
        bool,
        typer.Option("--unit-costs", help="Costs by the piece with 95 % intervals; what failures and caches cost."),
    ] = False
    intervals: Annotated[bool, typer.Option("--intervals", help="Percentiles with their 95 % intervals.")] = False
    charts: Annotated[bool, typer.Option("--charts", help="Cost by day and the distribution of latency, drawn.")] = (
        False
    )
    min_priced: Annotated[
        str, typer.Option(help="Exit 1 if less than this share of a side's tokens has a price, e.g. 99.5%.")
    ] = "0%"


def comparison(shared: Shared, session: Session, sides: Sides, detail: Detail) -> Comparison:
    """What the options ask for. Raises UsageError for what cannot be understood."""
    from tokenaudit.cli.session import filter_of
    from tokenaudit.errors import UsageError
    from tokenaudit.model.expressions import group_keys, pairs, share, side
    from tokenaudit.model.question import Question
    from tokenaudit.model.slo import slo as service_level
    from tokenaudit.pipeline.compare import Comparison
    from tokenaudit.pipeline.fairness import Fairly

    question = Question(
        sides=(side(sides.left, session.now), side(sides.right, session.now)),
        by=group_keys(shared.by, ("model",)),
        base=filter_of(shared, session),
    )
    if len({each.label for each in question.sides}) < len(question.sides):
        raise UsageError(f"both sides are {sides.right!r}", hint="say --left and --right, each another")
    slo = service_level(sides.slo) if sides.slo is not None else None
    return Comparison(
        question,
        pairs(sides.match),
        shared.strict,
        sides.cost.value,
        shared.currency,
        sides.price_book,
        share(detail.min_priced),
        Fairly(detail.intervals, slo, share(sides.slo_target), detail.charts),
        explain_change=detail.explain_change,
        unit_costs=detail.unit_costs,
    )
