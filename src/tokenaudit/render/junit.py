"""JUnit XML: a test case for each figure and budget that was judged. What is undecided is skipped, not failed.

The form is that of the Jenkins and Ant schemas that CI services read: testsuites, testsuite, testcase with at most one
of failure and skipped. No time and no host: the same report gives the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from tokenaudit.model.inert import visible
from tokenaudit.render.gate import Item, items
from tokenaudit.render.notes import caveat_lines, provenance_line, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """The report as one XML document in UTF-8."""
    return "\n".join(_lines(report, items(report))) + "\n"


def _lines(report: Report, found: Sequence[Item]) -> Iterator[str]:
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f'<testsuites name="tokenaudit {_text(report.command)}"{_counts(found)}>'
    for suite in dict.fromkeys(each.suite for each in found):
        yield from _suite(report, suite, [each for each in found if each.suite == suite])
    if not found:
        yield from _suite(report, report.command, ())
    yield "</testsuites>"


def _suite(report: Report, name: str, found: Sequence[Item]) -> Iterator[str]:
    yield f"<testsuite name={_attribute(name)}{_counts(found)}>"
    facts = {"provenance": provenance_line(report), "verdict": verdict_line(report.verdict) or "verdict: pass"}
    properties = (f"<property name={_attribute(key)} value={_attribute(value)}/>" for key, value in facts.items())
    yield f"<properties>{''.join(properties)}</properties>"
    for each in found:
        yield from _case(each)
    yield f"<system-out>{_text(chr(10).join(caveat_lines(report)), keep=chr(10))}</system-out>"
    yield "</testsuite>"


def _case(item: Item) -> Iterator[str]:
    opened = f"<testcase classname={_attribute(f'tokenaudit.{item.suite}.{item.subject}')} name={_attribute(item.name)}"
    if item.severity == "failure":
        body = f"<failure type={_attribute(item.status)} message={_attribute(item.text)}>{_text(item.text)}</failure>"
    elif item.severity == "skipped":
        body = f"<skipped message={_attribute(item.text)}/>"
    else:
        body = f"<system-out>{_text(item.text)}</system-out>"
    yield f"{opened}>{body}</testcase>"


def _counts(found: Sequence[Item]) -> str:
    failures = sum(each.severity == "failure" for each in found)
    skipped = sum(each.severity == "skipped" for each in found)
    return f' tests="{len(found)}" failures="{failures}" errors="0" skipped="{skipped}"'


def _text(text: str, keep: str = "") -> str:
    """Text content. What XML cannot hold (control characters, lone surrogates) is spelled out; `>` is escaped too."""
    return escape(visible(text, keep=keep))


def _attribute(text: str) -> str:
    return quoteattr(visible(text))
