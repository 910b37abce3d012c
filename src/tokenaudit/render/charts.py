"""Bars beside figures, and a sparkline where there are too many of them: of block characters, or of plain ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.fit import GAP
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone

if TYPE_CHECKING:
    from collections.abc import Sequence

    from tokenaudit.render.fit import Measure
    from tokenaudit.render.tables import Chart

_EIGHTHS = ("", "\u258f", "\u258e", "\u258d", "\u258c", "\u258b", "\u258a", "\u2589")
_FULL = "\u2588"
_LEVELS = "\u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"
_PLAIN_LEVELS = "_.-=*%#@"
_PIPE_WIDTH = 100
"""How wide a drawing is where nothing says how wide it may be."""
_WIDEST, _NARROWEST = 32, 6
_MOST_BARS = 48
"""A chart of more lines than that becomes one line for each column."""


def drawn(chart: Chart, width: int | None, measure: Measure, *, ascii_only: bool) -> Table:
    """The chart as a table with a bar beside each figure, or with sparklines; as it is where there is no room."""
    room = _PIPE_WIDTH if width is None else width
    if len(chart.shares) > _MOST_BARS:
        return _sparklines(chart, room, measure, ascii_only=ascii_only)
    return _bars(chart, room, measure, ascii_only=ascii_only)


def bar(share: float, width: int, *, ascii_only: bool) -> str:
    """A bar of at most `width` cells. What is more than nothing is never drawn as nothing."""
    eighths = round(share * width * 8)
    if ascii_only:
        return "#" * round(share * width) or ("." if share > 0 else "")
    return _FULL * (eighths // 8) + _EIGHTHS[eighths % 8] or (_EIGHTHS[1] if share > 0 else "")


def sparkline(shares: Sequence[float | None], width: int, *, ascii_only: bool) -> str:
    """The shares from left to right, neighbours averaged where there are more of them than cells; gaps stay gaps."""
    levels = _PLAIN_LEVELS if ascii_only else _LEVELS
    cells = min(width, len(shares))
    text = ""
    for place in range(cells):
        part = shares[place * len(shares) // cells : (place + 1) * len(shares) // cells]
        known = [share for share in part if share is not None]
        text += levels[min(len(levels) - 1, int(sum(known) / len(known) * len(levels)))] if known else " "
    return text


def _bars(chart: Chart, room: int, measure: Measure, *, ascii_only: bool) -> Table:
    group = chart.groups[0]
    taken = sum(
        max(map(measure, (column.name, column.unit, *(line[place].text for line in group.lines))), default=0) + GAP
        for place, column in enumerate(chart.columns)
    )
    sides = len(chart.columns) - 1
    width = min(_WIDEST, (room - taken - GAP * sides) // max(sides, 1))
    if width < _NARROWEST:
        return Table(chart.title, chart.columns, chart.groups)
    columns = [chart.columns[0]]
    for column in chart.columns[1:]:
        columns += [column, Column("", "", column.priority)]
    lines = []
    for line, shares in zip(group.lines, chart.shares, strict=True):
        cells = [line[0]]
        for figure, share in zip(line[1:], shares, strict=True):
            text = "" if share is None else bar(share, width, ascii_only=ascii_only)
            cells += [figure, Cell(text + " " * (width - len(text)), Tone.PLAIN)]
        lines.append(tuple(cells))
    return Table(chart.title, tuple(columns), (Group(tuple(lines)),))


def _sparklines(chart: Chart, room: int, measure: Measure, *, ascii_only: bool) -> Table:
    lines = chart.groups[0].lines
    names = [column.label for column in chart.columns[1:]]
    span = f"{lines[0][0].text} to {lines[-1][0].text}"
    width = max(_NARROWEST, room - max(map(measure, names)) - GAP)
    drawings = [
        sparkline([shares[place] for shares in chart.shares], width, ascii_only=ascii_only)
        for place in range(len(names))
    ]
    columns = (Column("", numeric=False), Column(span if measure(span) <= width else "", "", 0))
    told = (
        (Cell(name), Cell(drawing.ljust(max(map(len, drawings)))))
        for name, drawing in zip(names, drawings, strict=True)
    )
    return Table(chart.title, columns, (Group(tuple(told)),))
