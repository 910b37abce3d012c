"""Section `reconcile_days`: a row a model, a field a day, coloured by whether usage and bill agree.

What a colour says is written too: in the fields, where there is room, and in the table below.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING

from tokenaudit.render.figures import number, percent
from tokenaudit.render.page.axis import day_labels
from tokenaudit.render.page.svg import Drawing, element, picture, share

if TYPE_CHECKING:
    from collections.abc import Iterator
    from xml.etree.ElementTree import Element

    from tokenaudit.model.report import Section, Value

Row = dict[str, "Value"]

_ROW, _LABEL, _FIELD, _BELOW = 54, 18, 28, 24
_GAP = 0.06
_WORDED = 9
"""Up to so many days the fields have room for words."""
_SMALL, _LARGE = 0.05, 0.25
_LEGEND = (
    ("agree", "agree"),
    ("off1", f"off by less than {_SMALL:.0%}"),
    ("off2", f"off by {_SMALL:.0%} to {_LARGE:.0%}"),
    ("off3", "off by more, or nobody knows by how much"),
    ("unjudged", "not judged"),
)


def chart(section: Section, sides: tuple[str, ...]) -> Drawing | None:  # noqa: ARG001 - no side has a part of its own in it
    """None where there is no day."""
    series: dict[str, dict[date, Row]] = {}
    for row in section.rows:
        name = " ".join(str(row[key]) for key in ("provider", "model") if row[key] is not None)
        if isinstance(row["day"], date):
            series.setdefault(name, {})[row["day"]] = row
    known = [day for days in series.values() for day in days]
    if not known:
        return None
    first, last = min(known), max(known)
    days = [first + timedelta(days=place) for place in range((last - first).days + 1)]
    parts: list[Element] = []
    for place, (name, found) in enumerate(series.items()):
        parts.append(element("text", "label", name, x=0, y=place * _ROW + 13))
        parts += _fields(name, found, days, place * _ROW + _LABEL)
    parts += day_labels(days, len(series) * _ROW + 12)
    told = f"Whether usage and bill agree, for each of {len(series)} models and each day from {first} to {last}."
    styles = {_style(row) for found in series.values() for row in found.values()}
    legend = tuple(entry for entry in _LEGEND if entry[0] in styles)
    return Drawing(picture(section.id, section.title, told, len(series) * _ROW + _BELOW, parts), legend)


def _fields(name: str, found: dict[date, Row], days: list[date], top: int) -> Iterator[Element]:
    band = 1 / len(days)
    for place, day in enumerate(days):
        row = found.get(day)
        if row is None:
            continue
        style, text = _style(row), _words(row)
        x, width = place * band + band * _GAP / 2, band * (1 - _GAP)
        tip = f"{day} {name}: {str(row['status']).replace('_', ' ')}, {text}"
        yield element("rect", style, tip=tip, x=share(x), y=top, width=share(width), height=_FIELD)
        if len(days) <= _WORDED:
            yield element("text", f"on-{style}", text, x=share(x + width / 2), y=top + 18, text_anchor="middle")


def _style(row: Row) -> str:
    if row["agrees"] is None:
        return "unjudged"
    if row["agrees"]:
        return "agree"
    ratio = number(row["gap_ratio"])
    if ratio is None or ratio >= _LARGE:
        return "off3"
    return "off2" if ratio >= _SMALL else "off1"


def _words(row: Row) -> str:
    ratio = number(row["gap_ratio"])
    if row["agrees"] is None:
        return "\u2013"
    return "off" if ratio is None else percent([ratio])[0]
