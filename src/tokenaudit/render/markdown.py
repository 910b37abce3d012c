"""GitHub-flavoured markdown: every column, for a pull request or a wiki."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from tokenaudit.model.inert import visible
from tokenaudit.render.outline import Block, Kind, Text, outline

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal
    from tokenaudit.render.tables import Group, Table

# A word of these characters means itself. Any other becomes a code span, in which nothing is markup, HTML, a link,
# a formula, an emoji or a call to a person.
_PLAIN = re.compile(r"(?:[^\W_]|[.,:;/+=()%?!'\"$|-]|(?<=\w)_(?=\w))+")
_ACTS = re.compile(r"://|www\.|:[a-z+-][\w+-]*:|\$.*\$", re.IGNORECASE)

_FRAMES: dict[Kind, str] = {
    Kind.TITLE: "## {}",
    Kind.HEADING: "### {}",
    Kind.REMARK: "{}",
    Kind.STORY: "- {}",
    Kind.CAVEAT: "- ! {}",
    Kind.VERDICT: "**{}**",
    Kind.BAD_VERDICT: "**{}**",
    Kind.LEGEND: "{}",
    Kind.FOOTER: "{}",
}

_LISTED = (Kind.STORY, Kind.CAVEAT)


def render(report: Report, terminal: Terminal) -> str:  # noqa: ARG001 - a document looks the same everywhere
    """Title, tables, caveats and footer."""
    text, above = "", None
    for block in outline(report):
        together = isinstance(above, Text) and isinstance(block, Text) and above.kind is block.kind in _LISTED
        text += ("" if above is None or together else "\n") + _block(block)
        above = block
    return text


def inert(text: str) -> str:
    """The text so that markdown shows it as it is: every word that is more than a word in a code span."""
    return re.sub(r"\S+", lambda word: _word(word[0]), visible(text))


def cell(text: str) -> str:
    """Inert text for a table, whose rows are split at their pipes before anything else is looked at, spans included."""
    return re.sub(r"(\\*)\|", lambda pipe: pipe[1] * 2 + r"\|", inert(text))


def _word(word: str) -> str:
    if _PLAIN.fullmatch(word) and not _ACTS.search(word):
        return word
    # The end of a sentence or of a clause is no part of a name.
    bare = "" if _ACTS.search(word) else word.rstrip(").,:;")
    end, word = (word[len(bare) :], bare) if bare else ("", word)
    fence = "`" * (1 + max((len(run) for run in re.findall("`+", word)), default=0))
    space = " " if "`" in (word[0], word[-1]) else ""
    return f"{fence}{space}{word}{space}{fence}{end}"


def _block(block: Block) -> str:
    if isinstance(block, Text) and block.kind is Kind.CODE:
        return _code(block.text)
    if isinstance(block, Text):
        return _FRAMES[block.kind].format(inert(block.text)) + "\n"
    return (f"### {inert(block.title)}\n\n" if block.title else "") + "\n".join(table_lines(block)) + "\n"


def _code(text: str) -> str:
    """A fenced block: whatever is between longer fences than it holds itself means nothing."""
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return "\n".join((fence, *map(visible, text.rstrip("\n").split("\n")), fence)) + "\n"


def table_lines(table: Table) -> Iterator[str]:
    """The lines of a table; a group's title is the first column, written once."""
    grouped = bool(table.key)
    yield _row([*([table.key] if grouped else []), *(column.label for column in table.columns)])
    yield _rule([*([False] if grouped else []), *(column.numeric for column in table.columns)])
    for group in table.groups:
        for place, line in enumerate(group.lines):
            yield _row([*([_title(group, first=not place)] if grouped else []), *(cell.text for cell in line)])


def _title(group: Group, *, first: bool) -> str:
    if not first or group.title is None:
        return ""
    return f"{group.title} ({group.note})" if group.note else group.title


def _row(texts: list[str]) -> str:
    return "| " + " | ".join(cell(text) for text in texts) + " |"


def _rule(numeric: list[bool]) -> str:
    return "|" + "|".join("---:" if each else "---" for each in numeric) + "|"
