"""What makes a comparison a fair one: latency like for like, and where asked for, intervals, service levels, charts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.by_day import by_day_section
from tokenaudit.analysis.fair_caveats import fair_caveats
from tokenaudit.analysis.histogram import histogram_section
from tokenaudit.analysis.like_for_like import compared, overall, sections
from tokenaudit.analysis.percentiles import percentiles_section, wanted_ranks
from tokenaudit.analysis.slo import slo_caveats, slo_section

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.cells import Group, TokenCell
    from tokenaudit.model.question import Question
    from tokenaudit.model.report import Caveat, Section
    from tokenaudit.model.slo import Slo


@dataclass(frozen=True)
class Fairly:
    """What is asked for beyond latency like for like: `slo` is to be met by the share `slo_target` of all attempts."""

    intervals: bool = False
    slo: Slo | None = None
    slo_target: Decimal = Decimal("0.99")
    charts: bool = False


@dataclass(frozen=True)
class Costs:
    """Token cells, and how they are priced; of the sides and groups in `partly_priced` some tokens have no price."""

    cells: Sequence[TokenCell]
    pricing: Pricing
    strict: bool = False
    partly_priced: Collection[tuple[str, Group]] = ()


@dataclass(frozen=True)
class Fairness:
    """Sections and caveats that a comparison gains."""

    sections: tuple[Section, ...] = ()
    caveats: tuple[Caveat, ...] = ()

    def __add__(self, other: Fairness) -> Fairness:
        """Both, one after the other."""
        return Fairness(self.sections + other.sections, self.caveats + other.caveats)


def fairness(
    engine: DuckEngine,
    question: Question,
    asked: Fairly,
    side_by_side: Section,
    costs: Costs,
    matches: Mapping[str, str],
) -> Fairness:
    """Latency like for like wherever both sides tell of a group; the rest only where it is asked for."""
    found = like_for_like(engine, question, matches)
    if asked.intervals:
        found += intervals(engine, question)
    if asked.slo is not None:
        found += service_level(engine, question, asked, side_by_side, costs)
    return found + charts(engine, question, costs) if asked.charts else found


def like_for_like(engine: DuckEngine, question: Question, matches: Mapping[str, str]) -> Fairness:
    """Mean latencies over one mix of requests, and what is to be said of them. `matches` labels models paired."""
    left, right = (side.label for side in question.sides)
    cells = engine.strata(question)
    every = compared((left, right), question.by, cells, engine.metered(question), matches)
    whole = overall((left, right), cells, every)
    matched = bool(matches)
    told = sections(question.by, every, whole, matched=matched)
    return Fairness(tuple(told), tuple(fair_caveats(every, whole, matched=matched)))


def intervals(engine: DuckEngine, question: Question) -> Fairness:
    """Percentiles of every duration, with their intervals."""
    sides = [side.label for side in question.sides]
    return Fairness((percentiles_section(sides, question.by, engine.quantiles(question, wanted_ranks)),))


def service_level(
    engine: DuckEngine, question: Question, asked: Fairly, side_by_side: Section, costs: Costs
) -> Fairness:
    """How the service level was met, at the cost per request that section `compare` has."""
    if asked.slo is None:
        return Fairness()
    target, attempts = asked.slo_target, engine.attempts(question, asked.slo)
    section = slo_section(side_by_side, question.by, attempts, asked.slo, target, costs.partly_priced)
    return Fairness((section,), tuple(slo_caveats(section, question.by, attempts, target)))


def charts(engine: DuckEngine, question: Question, costs: Costs) -> Fairness:
    """What renderers draw: cost by day and side, and how long requests took."""
    sides = [side.label for side in question.sides]
    by_day = by_day_section(sides, costs.cells, costs.pricing, strict=costs.strict)
    return Fairness((by_day, histogram_section(sides, engine.histogram(question))))
