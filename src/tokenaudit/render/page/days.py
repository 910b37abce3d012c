"""Section `cost_by_day` as bars: one a side and day. A day whose cost is not known has a question mark, not a bar."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tokenaudit.render.figures import Number, compact, dollars, number
from tokenaudit.render.page.axis import day_labels, ticks
from tokenaudit.render.page.svg import Drawing, element, picture, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section

_TOP, _HIGH, _BELOW = 22, 190, 26
_SCALE = 54
"""Pixels that style `scaled` leaves at the left of a picture for its amounts."""
_LARGE = 1000
_FILLED = 0.76
"""How much of a day's width its bars take."""

Costs = dict[tuple[date, str], Number | None]


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:
    """None where no day has a known cost."""
    costs: Costs = {
        (row["day"], str(row["side"])): number(row["list_cost_usd"])
        for row in section.rows
        if isinstance(row["day"], date)
    }
    known = [float(cost) for cost in costs.values() if cost is not None]
    if not known:
        return None
    first, last = min(day for day, _ in costs), max(day for day, _ in costs)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    scale = ticks(max(known))
    high = _TOP + _HIGH + _BELOW
    parts = [*_lines(scale), *_bars(costs, days, sides, scale[-1]), *day_labels(days, _TOP + _HIGH + 18)]
    told = f"List cost in US dollars of each day from {first} to {last}, {' beside '.join(sides)}."
    markup = picture(section.id, section.title, told, high, parts, style="scaled")
    return Drawing(markup, tuple((f"side{place}", side) for place, side in enumerate(sides)))


def _lines(scale: list[float]) -> Iterator[Element]:
    written = dollars(scale) if scale[-1] < _LARGE else [f"${text}" for text in compact(scale)]
    for value, text in zip(scale, written, strict=True):
        y = _TOP + _HIGH * (1 - value / scale[-1])
        yield element("line", "grid" if value else "base", x1=-_SCALE, x2="100%", y1=y, y2=y)
        if value:
            yield element("text", "tick", text, x=-_SCALE, y=y - 4)


def _bars(costs: Costs, days: list[date], sides: tuple[str, ...], most: float) -> Iterator[Element]:
    band = 1 / len(days)
    width = band * _FILLED / len(sides)
    for place, day in enumerate(days):
        for order, side in enumerate(sides):
            if (day, side) not in costs:
                continue
            cost = costs[day, side]
            x = place * band + band * (1 - _FILLED) / 2 + order * width
            if cost is None:
                middle = share(x + width / 2)
                yield element(
                    "text",
                    "unknown",
                    "?",
                    f"{day} {side}: not known",
                    x=middle,
                    y=_TOP + _HIGH - 4,
                    text_anchor="middle",
                )
                continue
            high = _HIGH * float(cost) / most
            yield element(
                "rect",
                f"side{order}",
                tip=f"{day} {side}: {dollars([cost])[0]}",
                x=share(x),
                y=_TOP + _HIGH - high,
                width=share(width),
                height=high,
            )
