"""Section `effects`: each effect begins where the one before it ended, and the last bar is the change in all."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.figures import dollars, number
from tokenaudit.render.page.svg import Drawing, element, picture, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section

_ROW, _LABEL, _BAR = 44, 16, 18
_DEARER, _CHEAPER, _ALL = "dearer", "cheaper", "whole"
_LEAST_WIDTH = 0.004


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:  # noqa: ARG001 - no side has a part of its own in it
    """None where no effect is known, or one is not: a step that is missing would put all after it in a wrong place."""
    usd = [number(row["usd"]) for row in section.rows]
    known = [float(each) for each in usd if each is not None]
    if not known or len(known) < len(usd) or not any(known):
        return None
    steps, at = [], 0.0
    for row, change in zip(section.rows, known, strict=True):
        steps.append((str(row["effect"]).replace("_", " "), at, at + change, _DEARER if change > 0 else _CHEAPER))
        at += change
    steps.append(("change in all", 0.0, at, _ALL))
    written = dollars([end - start for _, start, end, _ in steps])
    least, most = (bound(point for _, *ends, _ in steps for point in ends) for bound in (min, max))
    parts: list[Element] = []
    for place, (step, text) in enumerate(zip(steps, written, strict=True)):
        parts += _step(step, _signed(text), place * _ROW, (least, most))
    told = "; ".join(f"{name} {_signed(text)}" for (name, *_), text in zip(steps, written, strict=True))
    markup = picture(
        section.id, section.title, f"What moved the list cost, in US dollars: {told}.", len(steps) * _ROW, parts
    )
    return Drawing(markup, ((_DEARER, "dearer"), (_CHEAPER, "cheaper"), (_ALL, "change in all")))


def _step(step: tuple[str, float, float, str], text: str, top: int, ends: tuple[float, float]) -> Iterator[Element]:
    name, start, end, style = step
    least, most = ends
    left = (min(start, end) - least) / (most - least)
    width = max(abs(end - start) / (most - least), _LEAST_WIDTH)
    yield element("text", "label", name, x=0, y=top + 12)
    yield element("text", "label", text, x="100%", y=top + 12, text_anchor="end")
    yield element(
        "rect",
        style,
        tip=f"{name}: {text}",
        x=share(min(left, 1 - width)),
        y=top + _LABEL,
        width=share(width),
        height=_BAR,
    )
    zero, y = share(-least / (most - least)), top + _LABEL
    yield element("line", "base", x1=zero, x2=zero, y1=y - 3, y2=y + _BAR + 3)


def _signed(text: str) -> str:
    return text if text.startswith(("-", "<")) else f"+{text}"
