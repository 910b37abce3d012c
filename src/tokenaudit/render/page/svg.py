"""Elements of SVG, and the frame that every picture has: a title and a description for those who do not see it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from xml.etree.ElementTree import Element, tostring  # only written here, never read

from tokenaudit.model.inert import brief, visible

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True)
class Drawing:
    """A picture as markup, safe to stand in a page; `legend` gives the style class of each colour its name.

    `note` is what a reader has to know of what is not drawn.
    """

    markup: str
    legend: tuple[tuple[str, str], ...] = ()
    note: str = ""


def element(tag: str, style: str = "", /, text: str = "", tip: str = "", **attributes: float | str) -> Element:
    """An element of this style class; numbers with at most two decimals, `_` in names for `-`.

    `tip` is shown where a pointer rests.
    """
    found = Element(tag, {name.replace("_", "-"): _written(value) for name, value in attributes.items()})
    if style:
        found.set("class", style)
    if text:
        found.text = visible(brief(text))
    if tip:
        found.append(element("title", text=tip))
    return found


def share(ratio: float) -> str:
    """A width or a place as a share of the picture's width."""
    return f"{_written(ratio * 100)}%"


def picture(name: str, title: str, description: str, height: float, parts: Iterable[Element], style: str = "") -> str:
    """The whole picture; `name` is unique in its page, `style` a further class."""
    frame = element("svg", f"chart {style}".strip(), width="100%", height=height, role="img")
    frame.set("aria-labelledby", f"{name}-title {name}-desc")
    frame.append(element("title", text=title, id=f"{name}-title"))
    frame.append(element("desc", text=description, id=f"{name}-desc"))
    frame.extend(parts)
    return tostring(frame, encoding="unicode")


def _written(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.2f}".rstrip("0").rstrip(".")
