"""A report's outline as the parts of a page: what stands at its head, one part for each heading, what stands below."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenaudit.render.outline import Kind, Text, outline
from tokenaudit.render.page import days, distribution, heat, mix, models, waterfall
from tokenaudit.render.sidebyside import sides_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokenaudit.model.report import Report, Section
    from tokenaudit.render.page.svg import Drawing
    from tokenaudit.render.tables import Table

# A section, and what draws it.
_CHARTS: dict[str, Callable[[Section, tuple[str, ...]], Drawing | None]] = {
    "compare": models.chart,
    "cost_by_day": days.chart,
    "token_mix": mix.chart,
    "latency_histogram": distribution.chart,
    "effects": waterfall.chart,
    "reconcile_days": heat.chart,
}
_BELOW_A_PICTURE, _ALONE = 12, 24
"""Tables with more lines are folded away, so that the page stays short."""


@dataclass
class Part:
    """What stands under one heading."""

    anchor: str
    title: str
    remarks: list[tuple[str, bool]] = field(default_factory=list)
    """Texts, and whether each is there to be copied."""
    tables: list[Table] = field(default_factory=list)
    chart: Drawing | None = None

    @property
    def folded(self) -> str:
        """What to press to see the table; nothing where it is seen at once."""
        lines = sum(len(group.lines) for table in self.tables for group in table.groups)
        if lines <= (_ALONE if self.chart is None else _BELOW_A_PICTURE):
            return ""
        return f"The table, {lines:,} lines" if self.chart is None else "The figures as a table"


@dataclass
class Page:
    """A page from top to bottom. `cards` is the table without a title: a card for each of its lines."""

    title: str
    lead: list[str] = field(default_factory=list)
    story: list[str] = field(default_factory=list)
    cards: Table | None = None
    parts: list[Part] = field(default_factory=list)
    caveats: list[str] = field(default_factory=list)
    verdicts: list[tuple[str, bool]] = field(default_factory=list)
    legend: list[str] = field(default_factory=list)
    footer: list[str] = field(default_factory=list)


def page_of(report: Report) -> Page:
    """Every block of the outline, and a picture where a section has one."""
    page = Page(f"tokenaudit {report.command}")
    sections = {section.id: section for section in report.sections}
    sides = _sides(report)
    for block in outline(report):
        if isinstance(block, Text):
            _text(page, block)
        elif not block.title and not page.parts:
            page.cards = block
        else:
            part = _part(page, block.title)
            part.tables.append(block)
            section, draw = sections.get(block.section), _CHARTS.get(block.section)
            part.chart = draw(section, sides) if draw is not None and section is not None else None
    return page


def _sides(report: Report) -> tuple[str, ...]:
    """Of a comparison, in its order, so that a side has one colour in all pictures."""
    return sides_of(report) if any(section.id == "compare" for section in report.sections) else ()


def _part(page: Page, title: str) -> Part:
    part = Part(f"part-{len(page.parts) + 1}", title)
    page.parts.append(part)
    return part


def _text(page: Page, block: Text) -> None:
    match block.kind:
        case Kind.TITLE:
            page.title = block.text
        case Kind.HEADING:
            _part(page, block.text)
        case Kind.REMARK | Kind.CODE if page.parts:
            page.parts[-1].remarks.append((block.text, block.kind is Kind.CODE))
        case Kind.REMARK:
            page.lead.append(block.text)
        case Kind.STORY:
            page.story.append(block.text)
        case Kind.CAVEAT:
            page.caveats.append(block.text)
        case Kind.VERDICT | Kind.BAD_VERDICT:
            page.verdicts.append((block.text, block.kind is Kind.BAD_VERDICT))
        case Kind.LEGEND:
            page.legend.append(block.text)
        case Kind.FOOTER:
            page.footer.append(block.text)
