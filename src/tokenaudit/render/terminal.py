"""For people: tables that fit the window. The only file of this room that knows rich, for colours and cell widths."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.style import Style

from tokenaudit.model.inert import visible
from tokenaudit.render.charts import drawn
from tokenaudit.render.fit import Fitted, fit
from tokenaudit.render.generic import card_of
from tokenaudit.render.layout import Layout, Line
from tokenaudit.render.outline import Block, Kind, Text, outline
from tokenaudit.render.tables import Cell, Chart, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.report import Report
    from tokenaudit.render.settings import Terminal

_STYLES: dict[Tone, Style] = {
    Tone.PLAIN: Style.null(),
    Tone.STRONG: Style(bold=True),
    Tone.MUTED: Style(dim=True),
    Tone.WARNING: Style(color="yellow"),
    Tone.BETTER: Style(color="green"),
    Tone.WORSE: Style(color="red"),
}

_TONES: dict[Kind, Tone] = {
    Kind.TITLE: Tone.STRONG,
    Kind.HEADING: Tone.STRONG,
    Kind.REMARK: Tone.MUTED,
    Kind.STORY: Tone.PLAIN,
    Kind.CODE: Tone.PLAIN,
    Kind.CAVEAT: Tone.WARNING,
    Kind.VERDICT: Tone.STRONG,
    Kind.BAD_VERDICT: Tone.WORSE,
    Kind.LEGEND: Tone.MUTED,
    Kind.FOOTER: Tone.MUTED,
}

# Text of these kinds follows the text above without an empty line.
_FOLLOWS = {
    (Kind.TITLE, Kind.REMARK),
    (Kind.HEADING, Kind.REMARK),
    (Kind.STORY, Kind.STORY),
    (Kind.REMARK, Kind.CODE),
    (Kind.CAVEAT, Kind.CAVEAT),
    (Kind.LEGEND, Kind.FOOTER),
}

_BULLET = "! "
_RULE = "\u2500"


def render(report: Report, terminal: Terminal) -> str:
    """Headline, tables, caveats and footer. No line but of code is wider than the terminal; nothing is cut."""
    page = _Page(terminal)
    return "".join(f"{page.painted(line)}\n" for line in page.lines(report))


class _Page:
    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._layout = Layout(terminal.width, "-" if terminal.ascii_only else _RULE, cell_len)
        self._left_out: dict[str, None] = {}

    def lines(self, report: Report) -> Iterator[Line]:
        above: Block | None = None
        for block in outline(report):
            if above is not None and not _follows(above, block):
                yield ()
            yield from self._table(block) if isinstance(block, Table) else self._text(block)
            above = block

    def painted(self, line: Line) -> str:
        if not self._terminal.color:
            return "".join(cell.text for cell in line)
        return "".join(_STYLES[cell.tone].render(cell.text, color_system=ColorSystem.STANDARD) for cell in line)

    def _text(self, block: Text) -> Iterator[Line]:
        if block.kind is Kind.CODE:  # neither folded nor set in: it is copied from here
            yield from ((Cell(self._visible(line)),) for line in block.text.rstrip("\n").split("\n"))
            return
        bullet = _BULLET if block.kind is Kind.CAVEAT else ""
        if block.kind is Kind.FOOTER and self._left_out:
            missing = f"no room at this width for: {', '.join(self._left_out)}"
            yield from self._layout.text(f"{missing} (a wider window or --format markdown shows them)", Tone.MUTED)
        yield from self._layout.text(self._visible(block.text), _TONES[block.kind], bullet=bullet)

    def _table(self, table: Table) -> Iterator[Line]:
        if table.title:
            yield from self._layout.text(self._visible(table.title), Tone.STRONG)
        yield from self._layout.lines(self._fitted(table))

    def _fitted(self, table: Table) -> Fitted:
        """A single line that is too wide is turned on its side; other tables lose columns, which the footer names."""
        clean = self._clean(table)
        if isinstance(clean, Chart):
            clean = drawn(clean, self._terminal.width, cell_len, ascii_only=self._terminal.ascii_only)
        fitted = fit(clean, self._terminal.width, cell_len)
        if fitted.left_out and clean.is_single_line:
            return fit(card_of(clean), self._terminal.width, cell_len)
        self._left_out |= dict.fromkeys(fitted.left_out)
        return fitted

    def _visible(self, text: str) -> str:
        return visible(text, ascii_only=self._terminal.ascii_only)

    def _clean(self, table: Table) -> Table:
        """The table with every text harmless; names of columns too, a tag may be one."""
        columns = (replace(column, name=self._visible(column.name)) for column in table.columns)
        groups = (
            replace(
                group,
                title=None if group.title is None else self._visible(group.title),
                note=self._visible(group.note),
                lines=tuple(tuple(Cell(self._visible(c.text), c.tone) for c in line) for line in group.lines),
            )
            for group in table.groups
        )
        return replace(table, columns=tuple(columns), groups=tuple(groups))


def _follows(above: Block, block: Block) -> bool:
    return isinstance(above, Text) and isinstance(block, Text) and (above.kind, block.kind) in _FOLLOWS
