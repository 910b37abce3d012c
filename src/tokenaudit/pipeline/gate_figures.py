"""The figures of a window that a gate compares: ratios with their sufficient statistics, quantiles with intervals."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.analysis.cell_prices import rate_table
from tokenaudit.analysis.statistics import order_statistic_ranks
from tokenaudit.analysis.unit_costs import without_price
from tokenaudit.model.baseline import EVERYTHING, Quantile, Ratio
from tokenaudit.model.gauges import GAUGES, PRICED
from tokenaudit.model.timings import Ranks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.baseline import Subject
    from tokenaudit.model.cells import Group, TokenCell
    from tokenaudit.model.moments import MomentCell
    from tokenaudit.model.question import Question

SUBJECT = ("provider", "model")
QUANTILES = (0.5, 0.95, 0.99)


def ratios(engine: DuckEngine, question: Question, cells: Iterable[TokenCell], pricing: Pricing) -> tuple[Ratio, ...]:
    """Each ratio of sums of everything and of each model, with its moments; those that are of nothing are left out.

    So are costs of tokens of which none has a price: they are unknown, and not 0.
    """
    rates = rate_table(cells, pricing)
    models = engine.moments(replace(question, by=SUBJECT), rates)
    together = _together(models)
    if together is None:
        together = engine.moments(replace(question, by=()), rates)
    unknown = without_price((*together, *models))
    found = {
        (_subject(cell.group), cell.metric): cell.moments
        for cell in (*together, *models)
        if cell.metric in GAUGES
        and cell.moments.ratio is not None
        and not (cell.metric in PRICED and (cell.side, cell.group) in unknown)
    }
    return tuple(Ratio(*subject, metric, found[subject, metric]) for subject, metric in sorted(found, key=_order))


def _together(models: Iterable[MomentCell]) -> list[MomentCell] | None:
    """The moments of everything: sums of those of the models, where each request is a cluster of its own.

    None where requests of a session may be of several models: then the engine has to be asked.
    """
    found: dict[str, MomentCell] = {}
    for cell in models:
        if cell.moments.clusters != cell.moments.n:
            return None
        known = found.get(cell.metric)
        moments = cell.moments if known is None else known.moments.plus(cell.moments)
        found[cell.metric] = replace(cell, group=(), moments=moments)
    return list(found.values())


def quantiles(engine: DuckEngine, question: Question) -> tuple[Quantile, ...]:
    """p50, p95 and p99 of each duration of each model, with their 95 % intervals.

    Not of everything together: that would be slower whenever more of the requests went to a slower model.
    """
    models = replace(question, by=SUBJECT)
    vantages = {cell.group: "+".join(cell.vantages) for cell in engine.latency(models)}
    found = {}
    for cell in engine.quantiles(models, _ranks):
        metric = f"{cell.timed.removesuffix('_ms')}_p{round(cell.quantile * 100)}_ms"
        subject = _subject(cell.group)
        found[subject, metric] = Quantile(
            *subject,
            metric,
            n=cell.n,
            value=cell.value_ms,
            lower=cell.lower_ms,
            upper=cell.upper_ms,
            vantage=vantages.get(cell.group, ""),
        )
    return tuple(found[place] for place in sorted(found, key=_order))


def _ranks(n: int) -> Iterator[Ranks]:
    for q in QUANTILES:
        lower, upper = order_statistic_ranks(n, q) or (0, 0)
        yield Ranks(n, q, lower, upper)


def _subject(group: Group) -> Subject:
    provider, model = group or EVERYTHING
    return None if provider is None else str(provider), None if model is None else str(model)


def _order(place: tuple[Subject, str]) -> tuple[str, str, int]:
    """By provider and model, what is of everything first, and then as the gauges are ordered."""
    (provider, model), metric = place
    return provider or "", model or "", list(GAUGES).index(metric)
