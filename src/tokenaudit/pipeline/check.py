"""`check`: a window against a baseline, and against budgets, in one report with one verdict."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis.budgets import Known, budgets_section, hold
from tokenaudit.analysis.effects import doubts
from tokenaudit.analysis.gaps import GOOD, UNJUDGED
from tokenaudit.analysis.gate import (
    IMPROVEMENT,
    INCONCLUSIVE,
    INSUFFICIENT,
    MISSING,
    NEW,
    REGRESSION,
    Finding,
    judge,
    overall,
)
from tokenaudit.analysis.gate_causes import effects_sections, why
from tokenaudit.analysis.gate_sections import findings_section
from tokenaudit.analysis.reprice import Repriced, reprice
from tokenaudit.errors import DataError
from tokenaudit.model.gate_policy import RECONCILED_RATIO, Policy
from tokenaudit.model.rates import RateKey
from tokenaudit.model.report import Caveat, Provenance, Report, Section, Verdict
from tokenaudit.pipeline.gate_judging import judged, said_of
from tokenaudit.pipeline.nothing import nothing
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.reconcile import Reckoning, reconcile
from tokenaudit.pipeline.strictly import bad_data, refusal
from tokenaudit.pipeline.window import Window, read_window

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence
    from datetime import datetime
    from decimal import Decimal
    from pathlib import Path

    from tokenaudit.analysis.budgets import Held
    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.baseline import Baseline, UsageCell
    from tokenaudit.pipeline.window import Asked

OVER_BUDGET = "over-budget"
NOTHING_JUDGED = "nothing_judged"


@dataclass(frozen=True)
class Checking:
    """What to check: the rows, the baselines (None where there is none), and how to judge.

    `reckoning` says how bills are reconciled where a budget is on that. With `strict`, what could not be decided is bad
    too; with `may_lack_baseline` there need be none. `now` is where a window without an end ends at the latest.
    """

    asked: Asked
    policy: Policy = field(default_factory=Policy)
    baseline: Baseline | None = None
    pinned: Baseline | None = None
    reckoning: Reckoning | None = None
    strict: bool = False
    may_lack_baseline: bool = False
    now: datetime | None = None


def check(ledger: Ledger, loaded: Loaded, asked: Checking, said: Iterable[Caveat] = ()) -> Report:
    """The verdict on the rows that are asked for. Where there are none the report is empty, and its verdict says so."""
    window = read_window(ledger, loaded, asked.asked)
    if window is None:
        return _empty(ledger, asked, said)
    if asked.now is not None:
        window = replace(window, figures=window.figures.as_of(asked.now))
    notes = [*said, *window.caveats]
    sections: list[Section] = []
    findings: list[Finding] = []
    for section_id, title, baseline, policy in _comparisons(asked):
        found, more, caveats = _against(section_id, title, baseline, policy, window)
        findings += found
        sections += more
        notes += caveats
    if _judged_nothing(findings, asked):
        text = "no figure that gates could be judged: neither window tells single requests, which takes their logs"
        notes.append(Caveat(NOTHING_JUDGED, text))
    held = hold(asked.policy.budgets, _known(ledger, loaded, window, asked))
    if held:
        sections.append(budgets_section(held))
    if asked.baseline is None and not asked.may_lack_baseline:
        drift = " and the drift from the pinned baseline" if any(each.id == "drift" for each in sections) else ""
        text = f"there is no baseline: every figure is new, and only budgets{drift} were judged"
        notes.append(Caveat("no_baseline", text))
    return Report(
        command="check",
        sections=tuple(sections),
        provenance=Provenance(__version__, window.book.date, window.book.sha256, ledger.version),
        caveats=tuple(notes),
        verdict=_verdict(findings, held, notes, asked),
        since=asked.asked.base.window.since,
        until=asked.asked.base.window.until,
    )


def complaint(report: Report, sought: Path | None = None) -> DataError | None:
    """Why a check could not be made, or is not good enough under `--strict`; None where it was.

    `sought` is where a baseline should have been.
    """
    if report.verdict.exit_code != DataError.exit_code:
        return None
    if not report.sections:
        return nothing(
            "there are no requests in this window",
            hint="check --since, --until and the other filters",
            ledger_version=report.provenance.ledger_version,
            caveats=report.caveats,
        )
    if any(note.code == "no_baseline" for note in report.caveats):
        return DataError(
            f"there is no baseline to check against{f': {sought} does not exist' if sought is not None else ''}",
            hint="name one with --baseline, write one with `tokenaudit baseline save -o FILE`, "
            "or allow that with --allow-missing-baseline",
        )
    return refusal(report.caveats)


def _comparisons(asked: Checking) -> Iterator[tuple[str, str, Baseline | None, Policy]]:
    yield "check", "Against the baseline", asked.baseline, asked.policy
    ratchet = asked.policy.ratchet
    if ratchet is not None and ratchet.level != "off" and asked.pinned is not None:
        title = f"Drift since the pinned baseline of {asked.pinned.last_day}"
        yield "drift", title, asked.pinned, asked.policy.drifting(ratchet)


def _against(
    section_id: str, title: str, baseline: Baseline | None, policy: Policy, window: Window
) -> tuple[tuple[Finding, ...], list[Section], list[Caveat]]:
    """The findings, their sections, and what is to be said; the causes only of the baseline itself."""
    after = window.figures
    if baseline is None:
        findings = judge(_nothing_of(after), after, policy, Repriced())
        return findings, [findings_section(section_id, title, findings)], []
    repriced = reprice(baseline.cells, after.cells, _rates(window))
    causes = why(repriced.cells, after.cells)
    findings = judged(baseline, after, policy, repriced, causes)
    sections = [findings_section(section_id, title, findings)]
    notes: list[Caveat] = []
    if section_id == "check":
        sections += effects_sections(causes)
        notes += doubts(causes.explained)
    name = "baseline" if section_id == "check" else "pinned baseline"
    return findings, sections, [*said_of(name, baseline, after, repriced), *notes]


def _nothing_of(window: Baseline) -> Baseline:
    return replace(window, ratios=(), quantiles=(), cells=(), cases=())


def _rates(window: Window) -> Callable[[UsageCell, str], Decimal | None]:
    """The prices in force on the last day of the window, of what the window itself did not use."""
    day = window.figures.last_day

    def rate(cell: UsageCell, column: str) -> Decimal | None:
        place = (cell.provider, cell.model or "", cell.model_version, cell.region, cell.scope, cell.tier)
        found = window.pricing.resolve(RateKey(*place, column.removesuffix("_tokens"), cell.prompt_band, day)).rate
        return None if found is None else found.usd_per_mtok

    return rate


def _known(ledger: Ledger, loaded: Loaded, window: Window, asked: Checking) -> Known:
    shares = dict(window.shares)
    if asked.reckoning is not None and any(
        each.metric == RECONCILED_RATIO and each.level != "off" for each in asked.policy.budgets
    ):
        shares[RECONCILED_RATIO] = _reconciled(reconcile(ledger, loaded, asked.reckoning))
    return Known(window.figures, window.by_day, shares)


def _reconciled(report: Report) -> float | None:
    """The share of billed tokens in cells that agree, of all cells that can be judged."""
    good = judged = 0
    for row in report.section("reconcile").rows:
        tokens = row["bill_tokens"]
        if row["status"] in UNJUDGED or not isinstance(tokens, int):
            continue
        judged += tokens
        good += tokens if row["status"] in GOOD else 0
    return good / judged if judged else None


def _judged_nothing(findings: Iterable[Finding], asked: Checking) -> bool:
    """Whether there is a baseline and something is to gate, and no figure that does."""
    wanted = any(gauge.level == "error" for gauge in asked.policy.gauges.values())
    return asked.baseline is not None and wanted and not any(each.gates for each in findings)


def _verdict(findings: Iterable[Finding], held: Sequence[Held], notes: Iterable[Caveat], asked: Checking) -> Verdict:
    findings = tuple(findings)
    status = INSUFFICIENT if _judged_nothing(findings, asked) else overall(findings)
    if status != REGRESSION and any(each.is_bad for each in held):
        return Verdict(OVER_BUDGET, 1)
    if status == REGRESSION:
        return Verdict(status, 1)
    if asked.baseline is None and not asked.may_lack_baseline:
        return Verdict(NEW, DataError.exit_code)
    if asked.strict and bad_data(notes):
        return Verdict(INSUFFICIENT, DataError.exit_code)
    if status != INCONCLUSIVE and any(each.is_open for each in held):
        status = INSUFFICIENT
    undecided = status in {INCONCLUSIVE, INSUFFICIENT}
    return Verdict(status, 1 if asked.strict and undecided else 0)


def _empty(ledger: Ledger, asked: Checking, said: Iterable[Caveat]) -> Report:
    window = asked.asked.base.window
    return Report(
        command="check",
        sections=(),
        provenance=Provenance(__version__, ledger_version=ledger.version),
        caveats=(*said, *rejected(ledger)),
        verdict=Verdict(INSUFFICIENT, DataError.exit_code),
        since=window.since,
        until=window.until,
    )


def is_unchanged(report: Report) -> bool:
    """Whether there is nothing to tell anybody: no figure is known to be worse or better, every budget is kept.

    That no figure could be judged is something to tell: silence would say that all is well.
    """
    if any(note.code == NOTHING_JUDGED for note in report.caveats):
        return False
    rows = [row for section in report.sections for row in section.rows if "status" in row]
    return report.verdict.exit_code == 0 and not any(
        row["status"] in _NEWS or (row["level"] == "error" and row["status"] in {NEW, MISSING}) for row in rows
    )


_NEWS = (REGRESSION, IMPROVEMENT, OVER_BUDGET)
