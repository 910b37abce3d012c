"""A comment on a pull request (GitHub, GitLab, Azure DevOps): Markdown with a mark by which the next run finds it.

First what has to be decided: verdict, the figures that gate, why the cost changed. All the rest folds away. GitHub
takes 65,536 characters, counted here as bytes to be safe; what does not fit is left out, and said so.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.render import markdown
from tokenaudit.render.effects import effects_by_model_table, effects_table
from tokenaudit.render.gate import (
    BUDGETS,
    FIGURES,
    Item,
    budgets_table,
    figures_table,
    has_changed,
    in_words,
    items,
    of_severity,
)
from tokenaudit.render.markdown import inert, table_lines
from tokenaudit.render.notes import caveat_line, provenance_line, verdict_line
from tokenaudit.render.tables import shortened

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.report import Report, Section
    from tokenaudit.render.settings import Terminal
    from tokenaudit.render.tables import Table

MARK = "<!-- tokenaudit -->"
MOST_BYTES = 65_000
_FOR_THE_REST = 120
"""Room for the line that says what was left out."""
_EFFECTS = ("effects", "effects_by_model")


def render(report: Report, terminal: Terminal) -> str:
    """The comment. Of a report that judges no figures it is the Markdown of any report, behind the mark."""
    if not any(section.id in FIGURES for section in report.sections):
        return _fit([MARK, *markdown.render(report, terminal).splitlines()], (), ())
    return _fit([MARK, *_head(report)], list(_folded(report)), list(_foot(report)))


def _head(report: Report) -> Iterator[str]:
    found = items(report)
    yield f"## {inert(_title(report, found))}"
    yield ""
    for section in report.sections:
        if section.id in FIGURES and section.rows:
            yield from _figures(section)
        elif section.id == BUDGETS and section.rows:
            yield from _titled(budgets_table(section))
        elif section.id == _EFFECTS[0] and any(row["usd"] for row in section.rows):
            yield from _titled(effects_table(section))


def _figures(section: Section) -> Iterator[str]:
    table = figures_table(section, has_changed)
    if table.groups:
        yield from _titled(table)
    else:
        yield from (f"### {inert(section.title)}", "")
    rest = in_words(section.rows)
    if rest:
        yield f"{'Of the others' if table.groups else 'Of the figures'} that gate: {rest}."
        yield ""


def _title(report: Report, found: Sequence[Item]) -> str:
    failures = list(of_severity(found, "failure"))
    if not failures:
        words = {"pass": "nothing got worse", "improvement": "better, and nothing worse"}
        return f"tokenaudit: {words.get(report.verdict.status, report.verdict.status)}"
    names = list(dict.fromkeys(each.name.replace("_", " ") for each in failures))
    return f"tokenaudit: {report.verdict.status} of {', '.join(names)}"


def _folded(report: Report) -> Iterator[list[str]]:
    for section in report.sections:
        if section.id in FIGURES and section.rows:
            title = f"{section.title}: all {len(section.rows)} figures"
            yield _details(title, table_lines(shortened(figures_table(section, lambda _: True))))
        elif section.id == _EFFECTS[1] and any(row["change_usd"] for row in section.rows):
            yield _details(section.title, table_lines(shortened(effects_by_model_table(section))))


def _titled(table: Table) -> Iterator[str]:
    yield f"### {inert(table.title)}"
    yield ""
    yield from table_lines(shortened(table))
    yield ""


def _details(title: str, lines: Iterable[str]) -> list[str]:
    summary = escape(visible(title))  # this line is HTML, in which a code span protects nothing
    return ["", f"<details><summary>{summary}</summary>", "", *lines, "", "</details>"]


def _foot(report: Report) -> Iterator[str]:
    if report.caveats:
        lines = [f"- ! {inert(caveat_line(caveat))}" for caveat in report.caveats]
        yield from _details(f"{len(report.caveats)} caveat{'s' if lines[1:] else ''}", lines)
    yield ""
    verdict = verdict_line(report.verdict)
    if verdict:
        yield f"**{inert(verdict)}**"
        yield ""
    yield inert(provenance_line(report))


def cut(lines: Sequence[str], room: int) -> list[str]:
    """As many lines as there is room for, in bytes of UTF-8, and how many are left out."""
    if sum(map(_size, lines)) <= room:
        return list(lines)
    kept: list[str] = []
    room -= _FOR_THE_REST
    for line in lines:
        room -= _size(line)
        if room < 0:
            break
        kept.append(line)
    return [*kept, "", f"_{len(lines) - len(kept):,} lines are left out: there is no room for them here._"]


def _size(line: str) -> int:
    return len(line.encode()) + 1


def _fit(head: Sequence[str], folded: Sequence[list[str]], foot: Sequence[str]) -> str:
    """The head and the foot, and between them the folded tables for which there is room, each as a whole."""
    foot = cut(foot, MOST_BYTES // 4)
    head = cut(head, MOST_BYTES // 2)
    room = MOST_BYTES - sum(map(_size, (*head, *foot)))
    kept: list[str] = []
    for lines in folded:
        size = sum(map(_size, lines))
        if size + _FOR_THE_REST > room:
            kept += ["", f"_A table of {len(lines):,} lines is left out: there is no room for it here._"]
            break
        kept += lines
        room -= size
    return "".join(f"{line}\n" for line in (*head, *kept, *foot))
