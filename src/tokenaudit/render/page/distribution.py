"""Section `latency_histogram`: a band a side, over one logarithmic axis of time.

Areas are shares of the side's own requests: so a side with few can be held against one with many, and a wide step
against a narrow one.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log
from typing import TYPE_CHECKING

from tokenaudit.render.figures import counts, number, percent
from tokenaudit.render.page.axis import decades, mark
from tokenaudit.render.page.svg import Drawing, element, picture, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section, Value

_ROW, _LABEL, _HIGH, _BELOW = 126, 20, 96, 26


@dataclass(frozen=True)
class _Bin:
    """Requests between two times in milliseconds; an open end is None."""

    lower: float | None
    upper: float | None
    n: int

    @property
    def thickness(self) -> float:
        """Requests per width on the axis."""
        bounds = self.bounds
        return self.n / log(bounds[1] / bounds[0]) if bounds is not None else 0.0

    @property
    def bounds(self) -> tuple[float, float] | None:
        """Both ends; an open one is as far away as twice or half the other. None where both are open."""
        lower = self.lower or (self.upper / 2 if self.upper else None)
        upper = self.upper or (self.lower * 2 if self.lower else None)
        return None if lower is None or upper is None or lower >= upper else (lower, upper)


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:
    """None where nothing was measured."""
    bins = {side: [_bin(row) for row in section.rows if row["side"] == side] for side in sides}
    filled = [bounds for found in bins.values() for each in found if each.n and (bounds := each.bounds) is not None]
    if not filled:
        return None
    least, most = min(lower for lower, _ in filled), max(upper for _, upper in filled)
    sums = {side: sum(each.n for each in found) for side, found in bins.items()}
    highest = max(each.thickness / sums[side] for side, found in bins.items() for each in found if each.n)
    parts: list[Element] = []
    for place, side in enumerate(sides):
        parts += _band(side, bins[side], sums[side], place, highest, (least, most))
    parts += _times(least, most, len(sides))
    told = f"How long requests took, from {_time(least)} to {_time(most)}; {' above '.join(sides)}."
    return Drawing(picture(section.id, section.title, told, len(sides) * _ROW + _BELOW, parts))


def _bin(row: dict[str, Value]) -> _Bin:
    lower, upper = number(row["lower_ms"]), number(row["upper_ms"])
    return _Bin(
        None if lower is None else float(lower), None if upper is None else float(upper), int(number(row["n"]) or 0)
    )


def _band(
    side: str, bins: list[_Bin], total: int, place: int, highest: float, ends: tuple[float, float]
) -> Iterator[Element]:
    top = place * _ROW
    base = top + _LABEL + _HIGH
    yield element("text", "label", f"{side}: {counts([total])[0]} requests measured", x=0, y=top + 14)
    for each in bins:
        bounds = each.bounds
        if not each.n or bounds is None:
            continue
        left, right = (_place(bound, ends) for bound in bounds)
        high = _HIGH * each.thickness / total / highest
        span = f"{_time(bounds[0])} to {_time(bounds[1])}"
        yield element(
            "rect",
            f"side{place}",
            tip=f"{side}, {span}: {counts([each.n])[0]} requests ({percent([each.n / total])[0]})",
            x=share(left),
            y=base - high,
            width=share(max(right - left, 0.001)),
            height=high,
        )
    yield element("line", "base", x1=0, x2="100%", y1=base, y2=base)


def _times(least: float, most: float, bands: int) -> Iterator[Element]:
    for value in decades(least, most):
        at = _place(value, (least, most))
        yield element("line", "grid", x1=share(at), x2=share(at), y1=_LABEL, y2=bands * _ROW - _ROW + _LABEL + _HIGH)
        yield mark(_time(value), at, bands * _ROW + 8)


def _place(value: float, ends: tuple[float, float]) -> float:
    least, most = ends
    return (log(value) - log(least)) / (log(most) - log(least))


def _time(ms: float) -> str:
    return f"{ms / 1000:.3g} s" if ms >= 1000 else f"{ms:.3g} ms"
