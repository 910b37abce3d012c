"""A fitted table as lines of text, each a row of cells that know their tone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.render.fit import GAP, Fitted, Measure, indent_of
from tokenaudit.render.tables import Cell, Column, Group, Tone

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

Line = tuple[Cell, ...]

_SEPARATORS = "/,;=&"


@dataclass(frozen=True)
class Layout:
    """How wide the paper is (None: endless), what draws a rule, and how many cells a text takes."""

    width: int | None
    rule: str
    measure: Measure

    def lines(self, fitted: Fitted) -> Iterator[Line]:
        """Head, rule, and the groups with their lines set in."""
        columns = fitted.table.columns
        indent = indent_of(fitted.table)
        if any(column.label for column in columns):
            for part in ([column.name for column in columns], [column.unit for column in columns]):
                if any(part):
                    yield from self._row([Cell(text, Tone.MUTED) for text in part], columns, fitted.widths, 0)
            yield (Cell(self.rule * (sum(fitted.widths) + GAP * (len(columns) - 1)), Tone.MUTED),)
        for group in fitted.table.groups:
            yield from self._title(group)
            for line in group.lines:
                yield from self._row(line, columns, fitted.widths, indent)

    def text(self, text: str, tone: Tone, *, bullet: str = "") -> Iterator[Line]:
        """A paragraph, folded; every line but the first is set in by as many cells as its bullet takes."""
        hang = self.measure(bullet)
        first, *others = self.fold(text, None if self.width is None else self.width - hang)
        yield (Cell(bullet + first, tone),)
        for piece in others:
            yield (Cell(" " * hang + piece, tone),)

    def fold(self, text: str, width: int | None) -> list[str]:
        """The text in pieces of at most `width` cells, broken at spaces where there are any."""
        if width is None or self.measure(text) <= width:
            return [text]
        pieces: list[str] = []
        piece = ""
        for word in text.split(" "):
            candidate = f"{piece} {word}" if piece else word
            if self.measure(candidate) <= width:
                piece = candidate
                continue
            if piece:
                pieces.append(piece)
            *full, piece = self._chopped(word, width)
            pieces += full
        return [*pieces, piece]

    def _chopped(self, word: str, width: int) -> list[str]:
        """A word too long for a line in pieces, cut behind the last separator that fits, or where it must be."""
        pieces, piece = [], ""
        for char in word:
            if piece and self.measure(piece + char) > width:
                cut = max(piece.rfind(separator) for separator in _SEPARATORS) + 1 or len(piece)
                pieces.append(piece[:cut])
                piece = piece[cut:]
            piece += char
        return [*pieces, piece]

    def _title(self, group: Group) -> Iterator[Line]:
        if group.title is None:
            return
        together = f"{group.title}  {group.note}"
        if group.note and (self.width is None or self.measure(together) <= self.width):
            yield Cell(f"{group.title}  ", Tone.STRONG), Cell(group.note, Tone.MUTED)
            return
        yield from self.text(group.title, Tone.STRONG)
        if group.note:
            yield from self.text(group.note, Tone.MUTED)

    def _row(
        self, cells: Sequence[Cell], columns: Iterable[Column], widths: Sequence[int], indent: int
    ) -> Iterator[Line]:
        folded = []
        for place, (cell, column, width) in enumerate(zip(cells, columns, widths, strict=True)):
            before = 0 if place else indent
            pieces = [cell.text] if column.numeric else self.fold(cell.text, width - before)
            folded.append([self._padded(piece, width, before, right=column.numeric) for piece in pieces])
        for height in range(max(map(len, folded))):
            texts = [
                pieces[height] if height < len(pieces) else " " * width
                for pieces, width in zip(folded, widths, strict=True)
            ]
            yield _spaced(texts, cells)

    def _padded(self, text: str, width: int, indent: int, *, right: bool) -> str:
        space = " " * (width - indent - self.measure(text))
        return space + text if right else " " * indent + text + space


def _spaced(texts: Sequence[str], cells: Sequence[Cell]) -> Line:
    """The texts with gaps between them and nothing behind the last."""
    last = max((place for place, text in enumerate(texts) if text.strip()), default=0)
    return tuple(
        Cell((" " * GAP if place else "") + (text.rstrip() if place == last else text), cell.tone)
        for place, (text, cell) in enumerate(zip(texts[: last + 1], cells, strict=False))
    )
