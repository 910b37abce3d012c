"""An audit in every format: each section, each figure of it that people read, and each caveat."""

from __future__ import annotations

import csv
import html
import io
import json
import re
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from tests.unit.render import audits
from tests.unit.render.conftest import SONNET, comparison, usage

from tokenaudit.model.inert import visible
from tokenaudit.model.report import Caveat, Report
from tokenaudit.render import FORMATS, Terminal, caveat_lines, render
from tokenaudit.render.outline import Kind, Text, outline
from tokenaudit.render.tables import Table

if TYPE_CHECKING:
    from collections.abc import Callable

CAVEATS = (
    Caveat("unpriced", "no price for openai/gpt-4.1-nano", 1),
    Caveat("coverage", 'half & half: <1 % "seen" | not_all of it'),
    Caveat("hostile", "\x1b[31m ]]> \u202e <script>alert(1)</script>", 3),
)
FOR_PEOPLE = ("table", "markdown", "html")


def audit() -> Report:
    rows = [
        usage(side, 100, (800_000, 200_000, 0, 100_000), SONNET, (3_912.0, 11_876.0, 19_240.0), model=model)
        for side, model in (("bedrock", "a/one"), ("azure", "a/one"), ("azure", "b/<b>two</b>"))
    ]
    sections = (audits.days(), audits.mix(), audits.effects(), audits.histogram(), audits.heat())
    return audits.audit_of(comparison(rows, "model"), *sections, caveats=CAVEATS)


# What the reader of a format makes of what is escaped in it.
AS_READ: dict[str, Callable[[str], str]] = {
    "junit": html.unescape,
    "annotations": unquote,
    "azure": lambda text: unquote(text.replace("%AZP25", "%25")),
}


def words(text: str) -> str:
    """What is left for a reader: no tags, no marks of markdown, no line breaks."""
    plain = html.unescape(re.sub(r"<(?:style|script)>.*?</(?:style|script)>|<[^>]*>", " ", text, flags=re.DOTALL))
    return re.sub(r"[\s`\\|]+", "", plain)


def shown(fmt: str) -> str:
    text = render(audit(), fmt, terminal=Terminal(width=None))
    return words(text) if fmt == "html" else re.sub(r"[\s`\\|]+", "", text)


def squeezed(text: str) -> str:
    return re.sub(r"[\s`\\|]+", "", visible(text))


@pytest.mark.parametrize("fmt", FOR_PEOPLE)
def test_every_block_is_shown(fmt: str) -> None:
    text = shown(fmt)
    for block in outline(audit()):
        if isinstance(block, Text):
            assert squeezed(block.text) in text, block
        else:
            assert squeezed(block.title) in text


@pytest.mark.parametrize("fmt", FOR_PEOPLE)
def test_every_figure_is_shown(fmt: str) -> None:
    text = shown(fmt)
    for table in (block for block in outline(audit()) if isinstance(block, Table)):
        assert table.groups
        for cell in (cell for group in table.groups for line in group.lines for cell in line):
            assert squeezed(cell.text) in text, (table.title, cell)


@pytest.mark.parametrize("fmt", sorted(FORMATS))
def test_every_caveat_is_shown(fmt: str) -> None:
    told = "\n".join(caveat_lines(audit())) if fmt == "csv" else render(audit(), fmt)
    if fmt in ("json", "jsonl"):
        document = json.loads(render(audit(), "json"))
        assert [each["text"] for each in document["caveats"]] == [each.text for each in CAVEATS]
        assert all(each.code in told for each in CAVEATS)
        return
    text = words(told) if fmt == "html" else re.sub(r"[\s`\\|]+", "", AS_READ.get(fmt, str)(told))
    for caveat in CAVEATS:
        assert squeezed(caveat.text) in text
        assert caveat.code in text


@pytest.mark.parametrize("fmt", ["json", "jsonl"])
def test_machines_get_every_row_of_every_section(fmt: str) -> None:
    text = render(audit(), fmt)
    if fmt == "json":
        found = {each["id"]: each["rows"] for each in json.loads(text)["sections"]}
        assert {name: len(rows) for name, rows in found.items()} == {
            section.id: len(section.rows) for section in audit().sections
        }
    else:
        assert len(text.splitlines()) >= sum(len(section.rows) for section in audit().sections)


def test_csv_holds_the_first_section() -> None:
    rows = list(csv.reader(io.StringIO(render(audit(), "csv"), newline="")))
    assert len(rows) == 1 + len(audit().section("compare").rows)


@pytest.mark.parametrize("fmt", FOR_PEOPLE)
def test_the_story_is_told_first(fmt: str) -> None:
    text = shown(fmt)
    sentences = [squeezed(each.text) for each in outline(audit()) if isinstance(each, Text) and each.kind is Kind.STORY]
    assert len(sentences) > 4
    places = [text.index(sentence) for sentence in sentences]
    assert places == sorted(places)
    assert max(places) < text.index("TTFT")
