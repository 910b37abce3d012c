"""A report as what people read from top to bottom: headings, tables, notes. Terminal, markdown and web page show it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum
from typing import TYPE_CHECKING

from tokenaudit.model.inert import in_brief
from tokenaudit.render.bills import billed_table, cells_table, days_table, totals_table
from tokenaudit.render.distributions import by_day_chart, histogram_chart
from tokenaudit.render.effects import effects_by_model_table, effects_table
from tokenaudit.render.fairness import like_table, percentiles_table, slo_table
from tokenaudit.render.figures import UNKNOWN
from tokenaudit.render.gate import FIGURES, budgets_table, figures_table, left_out
from tokenaudit.render.generic import table_of
from tokenaudit.render.headline import headline
from tokenaudit.render.notes import caveat_line, provenance_line, verdict_line, window_line
from tokenaudit.render.prices import prices_table
from tokenaudit.render.pulls import findings_table, known_table, plan_table, pulled_table
from tokenaudit.render.sidebyside import compared as side_by_side
from tokenaudit.render.sidebyside import sides_of
from tokenaudit.render.story import story
from tokenaudit.render.tables import Table, shortened
from tokenaudit.render.tree import tree_of
from tokenaudit.render.unit_costs import caching_table, failures_table, unit_costs_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report, Section


class Kind(Enum):
    """What a piece of text is for."""

    TITLE = "title"
    HEADING = "heading"
    REMARK = "remark"
    STORY = "story"
    CODE = "code"
    CAVEAT = "caveat"
    VERDICT = "verdict"
    BAD_VERDICT = "bad verdict"
    LEGEND = "legend"
    FOOTER = "footer"


@dataclass(frozen=True)
class Text:
    """A piece of text exactly as it came: whoever shows it makes it harmless."""

    kind: Kind
    text: str


Block = Text | Table

# Shown together as the comparison; every other section is a table of its own.
_COMPARISON = ("compare", "totals")
# The command whose report is the whole audit, and which begins with what it comes to.
_AUDIT = "report"
# What is there to be copied: as text, however wide.
_FIXES = "fixes"
# Tables that may be endless, and whose substance stands in another section.
_FOR_MACHINES = ("reconcile", "objects")
_MANY = 40
_OWN_FORM = {
    "explain": tree_of,
    "effects": effects_table,
    "effects_by_model": effects_by_model_table,
    "unit_costs": unit_costs_table,
    "failures": failures_table,
    "caching": caching_table,
    "bill": billed_table,
    "totals": totals_table,
    "reconciled": totals_table,
    "reconcile_days": days_table,
    "worst": cells_table,
    "reconcile": cells_table,
    "latency_standardised": like_table,
    "first_token_standardised": like_table,
    "tpot_standardised": like_table,
    "latency_standardised_overall": like_table,
    "latency_percentiles": percentiles_table,
    "slo": slo_table,
    "cost_by_day": by_day_chart,
    "latency_histogram": histogram_chart,
    "check": figures_table,
    "drift": figures_table,
    "budgets": budgets_table,
    "plan": plan_table,
    "known": known_table,
    "pull": pulled_table,
    "doctor": findings_table,
    **dict.fromkeys(("prices", "changes", "disagreements", "missing"), prices_table),
}


def outline(report: Report) -> Iterator[Block]:
    """Every block of the report in order: comparison, other sections, caveats, verdict, legend, footer.

    Texts that are longer than any name are shortened, and say so: who needs them whole has the formats for machines.
    """
    body = [shortened(block) if isinstance(block, Table) else _in_brief(block) for block in _body(report)]
    yield from body
    for caveat in report.caveats:
        yield Text(Kind.CAVEAT, caveat_line(caveat))
    verdict = verdict_line(report.verdict)
    if verdict is not None:
        yield Text(Kind.BAD_VERDICT if report.verdict.exit_code else Kind.VERDICT, verdict)
    if any(isinstance(block, Table) and block.has(UNKNOWN) for block in body):
        yield Text(Kind.LEGEND, f'"{UNKNOWN}" is not known')
    yield Text(Kind.FOOTER, provenance_line(report))


def _in_brief(block: Text) -> Text:
    """What is there to be copied stays whole."""
    return block if block.kind is Kind.CODE else replace(block, text=in_brief(block.text))


def _body(report: Report) -> Iterator[Block]:
    compared = next((section for section in report.sections if section.id == "compare"), None)
    if compared is not None:
        yield from _comparison(report, compared)
    for section in report.sections:
        if compared is None or section.id not in _COMPARISON:
            yield from _section(section)


def _comparison(report: Report, section: Section) -> Iterator[Block]:
    is_audit = report.command == _AUDIT
    yield Text(Kind.TITLE, f"Audit: {' and '.join(sides_of(report))}" if is_audit else section.title)
    yield Text(Kind.REMARK, window_line(report) + (", end excluded" if report.until else ""))
    if not section.rows:
        yield Text(Kind.REMARK, "no requests in this window")
        return
    if is_audit:
        yield from (Text(Kind.STORY, sentence) for sentence in story(report))
    yield headline(report)
    cost, latency = side_by_side(report)
    yield replace(cost, section=section.id)
    if latency is not None:
        yield latency
        return
    yield Text(Kind.HEADING, "Latency")
    yield Text(Kind.REMARK, "no request of these logs says how long it took")


def _section(section: Section) -> Iterator[Block]:
    if section.id in _FOR_MACHINES and len(section.rows) > _MANY:
        yield Text(Kind.HEADING, section.title)
        yield Text(Kind.REMARK, f"{len(section.rows):,} rows: --format csv, json or jsonl has them")
        return
    if section.id == _FIXES and section.rows:
        yield from _fixes(section)
        return
    if section.rows:
        yield replace(_OWN_FORM.get(section.id, table_of)(section), section=section.id)
        if section.id in FIGURES and left_out(section):
            few = f"{left_out(section)} more figures only inform, and did not change beyond their threshold"
            yield Text(Kind.REMARK, f"{few}: --format json has them")
        return
    yield Text(Kind.HEADING, section.title)
    yield Text(Kind.REMARK, "none")


def _fixes(section: Section) -> Iterator[Block]:
    yield Text(Kind.HEADING, section.title)
    for row in section.rows:
        yield Text(Kind.REMARK, f"{row['source']}, {row['check']}:")
        yield Text(Kind.CODE, str(row["fix"]))
