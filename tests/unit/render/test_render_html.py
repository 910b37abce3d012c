"""The page as a document: one file, its own policy, everything of the outline on it."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from tests.unit.render import audits

from tokenaudit.model.report import Caveat, Verdict
from tokenaudit.render import render
from tokenaudit.render.outline import Text, outline

if TYPE_CHECKING:
    from tokenaudit.model.report import Report

VOID = {"meta", "line", "rect"}


class _Seen(HTMLParser):
    """Elements with their attributes, the text, and whether every element is closed in its order."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.inside: dict[str, str] = {"style": "", "script": ""}
        self.text = ""
        self._open: list[str] = []
        self.feed(page)
        assert self._open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag in VOID and (not self._open or self._open[-1] != tag):
            return
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in self.inside:
            self.inside[self._open[-1]] += data
        else:
            self.text += data


def audit(demo: Report) -> Report:
    sections = (audits.days(), audits.mix(), audits.effects(), audits.histogram(), audits.heat())
    return audits.audit_of(demo, *sections)


def test_everything_of_the_outline_is_on_the_page(demo: Report) -> None:
    seen = _Seen(render(audit(demo), "html"))
    text = re.sub(r"\s+", " ", seen.text)
    for block in outline(audit(demo)):
        if isinstance(block, Text):
            assert block.text in text
            continue
        assert block.title in text
        for group in block.groups:
            assert group.title is None or group.title in text
            for cell in (cell for line in group.lines for cell in line):
                assert cell.text in text


def test_only_the_style_and_the_script_of_the_page_may_act(demo: Report) -> None:
    seen = _Seen(render(audit(demo), "html"))
    (policy,) = [each["content"] for tag, each in seen.elements if each.get("http-equiv") == "Content-Security-Policy"]
    digests = {name: b64encode(sha256(text.encode()).digest()).decode() for name, text in seen.inside.items()}
    assert policy == (
        f"default-src 'none'; style-src 'sha256-{digests['style']}'; script-src 'sha256-{digests['script']}'; "
        "base-uri 'none'; form-action 'none'"
    )
    assert [tag for tag, _ in seen.elements].count("script") == 1


def test_nothing_on_the_page_is_somewhere_else(demo: Report) -> None:
    page = render(audit(demo), "html")
    seen = _Seen(page)
    links = [each["href"] for _, each in seen.elements if "href" in each]
    assert links
    anchors = {f"#{each['id']}" for _, each in seen.elements if "id" in each}
    assert set(links) <= anchors
    attributes = {name for _, each in seen.elements for name in each}
    assert [name for name in attributes if name in ("src", "style", "srcset") or name.startswith("on")] == []
    assert "http" not in page.replace("http-equiv", "")
    assert "url(" not in page


def test_names_of_elements_are_unique(demo: Report) -> None:
    names = [each["id"] for _, each in _Seen(render(audit(demo), "html")).elements if "id" in each]
    assert len(names) == len(set(names))


def test_the_same_report_makes_the_same_page(demo: Report) -> None:
    assert render(audit(demo), "html") == render(audit(demo), "html")


@pytest.mark.parametrize(("code", "style"), [(1, "verdict worse"), (0, "verdict")])
def test_a_verdict_stands_at_the_head(demo: Report, code: int, style: str) -> None:
    page = render(replace(demo, verdict=Verdict("mismatch", code)), "html")
    assert f'<p class="{style}">verdict: mismatch (exit code {code})</p>' in page
    assert page.index("verdict: mismatch") < page.index("<h2")


def test_any_report_is_a_page(rejects: Report) -> None:
    seen = _Seen(render(rejects, "html"))
    assert "tokenaudit" in seen.text
    assert [tag for tag, _ in seen.elements].count("h1") == 1


def test_a_caveat_cannot_leave_its_place(demo: Report) -> None:
    text = "</li></ul><script>alert(1)</script>{{ 7 * 7 }}"
    seen = _Seen(render(audits.audit_of(demo, caveats=(Caveat("code", text),)), "html"))
    assert text in seen.text
    assert [tag for tag, _ in seen.elements].count("script") == 1


@pytest.mark.parametrize(("lines", "folded"), [(24, False), (25, True)])
def test_a_long_table_is_folded_away(demo: Report, lines: int, *, folded: bool) -> None:
    long = audits.section("long", "Long", ("place", "text"), *((place, "x") for place in range(lines)))
    page = render(audits.audit_of(demo, long), "html")
    assert (f"<summary>The table, {lines} lines</summary>" in page) == folded
