"""Section `token_mix`: one bar a side, as long for each, in which a kind of token takes its share."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.render.figures import compact, number, percent
from tokenaudit.render.page.svg import Drawing, element, picture, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section, Value

_ROW, _LABEL, _BAR = 58, 18, 26
_LEAST_LABELLED = 0.12
"""A narrower part has no room for its share on a telephone; the legend and the table have it."""


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:
    """None where no side has a token."""
    kinds = tuple(dict.fromkeys(str(row["token_kind"]) for row in section.rows))
    if not any(number(row["tokens"]) for row in section.rows):
        return None
    parts: list[Element] = []
    for place, side in enumerate(sides):
        parts += _bar([row for row in section.rows if row["side"] == side], side, place * _ROW)
    named = tuple((f"kind{_order(kind)}", kind.replace("_", " ")) for kind in kinds)
    told = f"Shares of the tokens of {' and '.join(sides)}: {', '.join(name for _, name in named)}."
    return Drawing(picture(section.id, section.title, told, len(sides) * _ROW, parts), named)


def _bar(rows: list[dict[str, Value]], side: str, top: int) -> Iterator[Element]:
    known = [float(tokens) for row in rows if (tokens := number(row["tokens"])) is not None]
    told = f"{compact([sum(known)])[0]} tokens" if known else "tokens not known"
    yield element("text", "label", f"{side}: {told}", x=0, y=top + 13)
    x = 0.0
    for row in rows:
        ratio = float(number(row["share_ratio"]) or 0)
        if not ratio:
            continue
        order = _order(str(row["token_kind"]))
        words, text = str(row["token_kind"]).replace("_", " "), percent([ratio])[0]
        yield element(
            "rect",
            f"kind{order}",
            tip=f"{side}, {words}: {text}",
            x=share(x),
            y=top + _LABEL,
            width=share(ratio),
            height=_BAR,
        )
        if ratio >= _LEAST_LABELLED:
            middle, y = share(x + ratio / 2), top + _LABEL + 17
            yield element("text", f"on-kind{order}", text, x=middle, y=y, text_anchor="middle")
        x += ratio


def _order(kind: str) -> int:
    """Its place among all kinds, so that a kind has one colour in every report."""
    return PRICED_TOKENS.index(f"{kind}_tokens")
