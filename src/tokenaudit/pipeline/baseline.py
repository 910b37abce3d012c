"""`baseline save`, `show` and `diff`: what a window was, as a small file, and what lies between two of them."""

from __future__ import annotations

from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from tokenaudit.analysis.effects import doubts
from tokenaudit.analysis.gate import overall
from tokenaudit.analysis.gate_causes import effects_sections, why
from tokenaudit.analysis.gate_sections import findings_section
from tokenaudit.analysis.reprice import reprice
from tokenaudit.model.gauges import GAUGES
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.pipeline.gate_judging import judged, said_of
from tokenaudit.pipeline.nothing import nothing
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.window import read_window

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.baseline import Baseline
    from tokenaudit.model.gate_policy import Policy
    from tokenaudit.pipeline.window import Asked

_FIGURES = (
    Field("metric"),
    Field("provider"),
    Field("model"),
    Field("value"),
    Field("unit"),
    Field("lower"),
    Field("upper"),
    Field("n"),
    Field("clusters"),
)


def taken(ledger: Ledger, loaded: Loaded, asked: Asked, now: datetime) -> tuple[Baseline, tuple[Caveat, ...]]:
    """The baseline of the rows that are asked for, and what is to be said of it. Raises DataError where there is none.

    Its price book is the one in force, and the report names it. An end that is still to come is not written down: what
    comes until then will not be in the baseline.
    """
    window = read_window(ledger, loaded, asked)
    if window is None:
        raise nothing(
            "there are no requests in this window",
            hint="check --since, --until and the other filters",
            ledger_version=ledger.version,
            caveats=rejected(ledger),
        )
    until = window.figures.until
    if until is None or until <= now:
        return window.figures, window.caveats
    text = f"{until:%Y-%m-%d %H:%M} UTC is still to come: the baseline holds what there is now, and has no such end"
    return replace(window.figures, until=None), (*window.caveats, Caveat("unfinished_window", text))


def shown(baseline: Baseline, caveats: tuple[Caveat, ...] = ()) -> Report:
    """A baseline as a report: its window, its figures, what it used."""
    return Report(
        command="baseline",
        sections=(_window_section(baseline), _figures_section(baseline), _usage_section(baseline)),
        provenance=provenance(baseline),
        caveats=caveats,
        since=baseline.since,
        until=baseline.until,
    )


def compared(before: Baseline, after: Baseline, policy: Policy) -> Report:
    """What lies between two baselines: the same verdicts as those of a check, and no exit code but 0.

    Prices are those of the later one, where both used the same thing.
    """
    repriced = reprice(before.cells, after.cells)
    found = why(repriced.cells, after.cells)
    findings = judged(before, after, policy, repriced, found)
    return Report(
        command="baseline",
        sections=(findings_section("check", "What changed", findings), *effects_sections(found)),
        provenance=provenance(after),
        # No book is asked here for the price of what only the earlier one used: it is not lost.
        caveats=(
            *said_of("earlier baseline", before, after, replace(repriced, unknown_tokens=0)),
            *doubts(found.explained),
        ),
        verdict=Verdict(overall(findings)),
        since=after.since,
        until=after.until,
    )


def provenance(baseline: Baseline) -> Provenance:
    """What the figures of a baseline rest on."""
    book = baseline.price_book
    return Provenance(baseline.tool_version, book.date, book.sha256, baseline.source.ledger_version)


def _window_section(baseline: Baseline) -> Section:
    row: dict[str, Value] = {
        "first_day": baseline.first_day,
        "last_day": baseline.last_day,
        "attempts": baseline.source.requests,
        "list_cost_usd": baseline.cost_usd(),
        "paired_by": baseline.pair_by,
        "cases": len(baseline.cases),
    }
    units = {"list_cost_usd": "USD"}
    columns = tuple(Field(name, units.get(name, "")) for name in row)
    return Section("baseline", "Baseline", columns, (row,))


def _figures_section(baseline: Baseline) -> Section:
    rows: list[dict[str, Value]] = [
        {
            "metric": each.metric,
            "provider": each.provider,
            "model": each.model,
            "value": each.moments.ratio,
            "unit": GAUGES[each.metric].unit if each.metric in GAUGES else "",
            "lower": None,
            "upper": None,
            "n": each.moments.n,
            "clusters": each.moments.clusters,
        }
        for each in baseline.ratios
    ]
    rows += [
        {
            **{name: value for name, value in asdict(each).items() if name in {"metric", "provider", "model", "n"}},
            "value": each.value,
            "unit": "ms",
            "lower": each.lower,
            "upper": each.upper,
            "clusters": None,
        }
        for each in baseline.quantiles
    ]
    return Section("figures", "Figures", _FIGURES, tuple(rows))


def _usage_section(baseline: Baseline) -> Section:
    keys = ("provider", "model", "model_version", "region", "scope", "tier", "prompt_band")
    rows: list[dict[str, Value]] = [
        {
            **{name: getattr(cell, name) for name in keys},
            "attempts": cell.requests,
            "tokens": sum(cell.tokens.values()),
            "list_cost_usd": sum(cell.cost_usd.values()) if cell.cost_usd else None,
        }
        for cell in baseline.cells
    ]
    columns = (
        *map(Field, keys),
        Field("attempts"),
        Field("tokens", "tokens"),
        Field("list_cost_usd", "USD"),
    )
    return Section("usage", "Usage", columns, tuple(rows))
