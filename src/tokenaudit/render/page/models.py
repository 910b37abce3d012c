"""Section `compare` as bars: what each model costs on each side, the dearest first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.render.figures import dollars, number
from tokenaudit.render.page.svg import Drawing, element, picture, share
from tokenaudit.render.sidebyside import groups_of

if TYPE_CHECKING:
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section

_TITLE, _LINE, _BAR, _GAP = 20, 20, 14, 8
_MOST = 12
_LONGEST = 0.82
"""Of the width: the rest is for the figure behind the bar."""


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:
    """None where nothing has a price. Beyond the dearest dozen, the table has the others."""
    found = groups_of(section, sides)
    groups = sorted((each for each in found if each.cost is not None), key=lambda each: -float(each.cost or 0))[:_MOST]
    bars = [
        (group.title, sides.index(side), float(cost))
        for group in groups
        for side, rows in group.rows.items()
        for row in rows
        if (cost := number(row["list_cost_usd"])) is not None
    ]
    if not any(cost for *_, cost in bars):
        return None
    most = max(cost for *_, cost in bars)
    parts: list[Element] = []
    top, title = -_GAP, None
    for (name, side, cost), text in zip(bars, dollars([cost for *_, cost in bars]), strict=True):
        if name != title:
            top, title = top + _GAP, name
            parts.append(element("text", "label", name, x=0, y=top + 13))
            top += _TITLE
        width = max(cost / most * _LONGEST, 0.002)
        tip = f"{name}, {sides[side]}: {text}"
        parts.append(element("rect", f"side{side}", tip=tip, x=0, y=top, width=share(width), height=_BAR))
        parts.append(element("text", "tick", text, x=share(width), dx=6, y=top + 11))
        top += _LINE
    note = "" if len(groups) == len(found) else f"the table has {len(found) - len(groups):,} more"
    told = f"List cost in US dollars, {' beside '.join(sides)}, of {len(groups)} groups."
    markup = picture(section.id, "Cost by model", told, top, parts)
    return Drawing(markup, tuple((f"side{place}", side) for place, side in enumerate(sides)), note)
