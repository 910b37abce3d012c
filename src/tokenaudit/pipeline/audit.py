"""The whole audit as one report: the comparison, what it is made of, and whether usage and bill agree."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.analysis.mix import token_mix
from tokenaudit.analysis.reconcile_days import by_day
from tokenaudit.model.report import Caveat, Report, Section
from tokenaudit.pipeline.compare import compare
from tokenaudit.pipeline.reconcile import reconcile

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.pipeline.compare import Comparison
    from tokenaudit.pipeline.reconcile import Reckoning

_ORDER = (
    "compare",
    "totals",
    "cost_by_day",
    "token_mix",
    "effects",
    "effects_by_model",
    "unit_costs",
    "failures",
    "caching",
    "latency_histogram",
    "latency_standardised_overall",
    "latency_standardised",
    "first_token_standardised",
    "tpot_standardised",
    "latency_percentiles",
    "slo",
    "bill",
    "beside",
    "reconciled",
    "coverage",
    "classes",
    "reconcile_days",
    "worst",
    "discounts",
)
"""From what it costs over how fast it is to what the bill says; a section that is not named here stands at the end."""


def audit(
    ledger: Ledger, loaded: Loaded, asked: Comparison, reckoning: Reckoning, said: Sequence[Caveat] = ()
) -> Report:
    """Report `report`. Its verdict is that of the comparison: that a bill does not agree is told, and not judged.

    Without a bill to hold the usage against there is no section of the reconciliation, and a caveat says so.
    """
    compared = compare(ledger, loaded, _all_of(asked), said)
    if not compared.section("compare").rows:
        return replace(compared, command="report")
    sides = tuple(side.label for side in asked.question.sides)
    reconciled = reconcile(ledger, loaded, replace(reckoning, strict=False))
    told = compared.sections if _is_logged(compared) else _with_rows(compared.sections)
    sections = (*told, token_mix(sides, compared.section("compare")), *_reconciliation(reconciled))
    return replace(
        compared,
        command="report",
        sections=tuple(sorted(sections, key=_place)),
        caveats=tuple(_caveats(compared, reconciled)),
    )


def _all_of(asked: Comparison) -> Comparison:
    """The comparison with everything that a page draws. What moved the cost can be told of two different sides."""
    labels = {side.label for side in asked.question.sides}
    fairly = replace(asked.fairly, charts=True, intervals=True)
    return replace(asked, fairly=fairly, explain_change=len(labels) == 2, unit_costs=True)


def _is_logged(report: Report) -> bool:
    return any(row["requests"] is not None for row in report.section("compare").rows)


def _with_rows(sections: Iterable[Section]) -> Iterable[Section]:
    """Where only bills tell, what is made of logs is not there: that it is empty says nothing."""
    return (section for section in sections if section.rows)


def _place(section: Section) -> int:
    return _ORDER.index(section.id) if section.id in _ORDER else len(_ORDER)


def _is_reconciled(report: Report) -> bool:
    return not report.verdict.exit_code or report.verdict.status == "mismatch"


def _reconciliation(report: Report) -> Iterator[Section]:
    """Its sections with rows, but for the endless one; its totals are `reconciled`, as `totals` are those of sides."""
    if not _is_reconciled(report):
        return
    for section in (*report.sections, by_day(report.section("reconcile"))):
        if section.rows and section.id != "reconcile":
            yield replace(section, id="reconciled") if section.id == "totals" else section


def _caveats(compared: Report, reconciled: Report) -> Iterable[Caveat]:
    """Those of the comparison, then those that only the reconciliation has."""
    if not _is_reconciled(reconciled):
        text = "no day of any account has both usage and a settled bill: whether they agree is not known"
        return (*compared.caveats, Caveat("not_reconciled", text))
    known = {(each.code, each.text) for each in compared.caveats}
    return (*compared.caveats, *(each for each in reconciled.caveats if (each.code, each.text) not in known))
