"""Round values for axes, and dates as they stand below a picture."""

from __future__ import annotations

from math import floor, log10
from typing import TYPE_CHECKING

from tokenaudit.render.page.svg import element, share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from xml.etree.ElementTree import Element

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_MOST_LABELS = 7
"""What has room below a picture on a telephone."""
_EDGE = 0.06


def ticks(most: float, count: int = 4) -> list[float]:
    """Round values from 0 on, the last not below `most`, about `count` steps."""
    if most <= 0:
        return [0.0, 1.0]
    scale = 10 ** floor(log10(most / count))
    step = next(each for each in _STEPS if each * scale * count >= most * (1 - 1e-9)) * scale
    number = next(each for each in range(1, count + 2) if each * step >= most * (1 - 1e-9))
    return [step * place for place in range(number + 1)]


def decades(least: float, most: float) -> list[float]:
    """1, 2 and 5 of each power of ten within the bounds; powers alone, where there are many."""
    powers = range(floor(log10(least)), floor(log10(most)) + 1)
    mantissas = (1, 2, 5) if len(powers) <= 2 else (1,)
    return [value for power in powers for part in mantissas if least <= (value := part * 10.0**power) <= most]


def day_label(day: date) -> str:
    """`5 Oct`."""
    return f"{day.day} {_MONTHS[day.month - 1]}"


def day_labels(days: Sequence[date], y: float) -> Iterator[Element]:
    """A word below each day of a week, below some days of a longer time."""
    step = -(-len(days) // _MOST_LABELS)
    for place in range(0, len(days), step):
        yield mark(day_label(days[place]), (place + 0.5) / len(days), y)


def mark(text: str, at: float, y: float) -> Element:
    """A word of an axis in the middle of its place, or at the edge that would cut it."""
    if at < _EDGE:
        return element("text", "tick", text, x=0, y=y)
    if at > 1 - _EDGE:
        return element("text", "tick", text, x="100%", y=y, text_anchor="end")
    return element("text", "tick", text, x=share(at), y=y, text_anchor="middle")
