"""How a figure is written. A formatter takes a whole column, so that decimals and unit agree from row to row."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from math import floor, isfinite, log10
from typing import TYPE_CHECKING

from tokenaudit.model.percentage import percentage

if TYPE_CHECKING:
    from tokenaudit.model.report import Value

Number = int | float | Decimal
Formatter = Callable[[Sequence[Number | None]], list[str]]

UNKNOWN = "-"
SECONDS_FROM_MS = 10_000
"""A column that reaches this many milliseconds is shown in seconds."""

_SCALES = ("", "k", "M", "B", "T")
_SIGNIFICANT = 3
_MOST_DECIMALS = 6
_BREADTH = 6
"""Digits that a money column may need on both sides of the point before small prices are written as `<0.0001`."""


def number(value: Value) -> Number | None:
    """The value if it is a number that means something; NaN and infinity are as unknown as None."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal) or not isfinite(value):
        return None
    return value


def counts(values: Sequence[Number | None]) -> list[str]:
    """Whole numbers with thousands separators: 1,234,567."""
    return _each(values, lambda value: f"{value:,.0f}")


def compact(values: Sequence[Number | None]) -> list[str]:
    """Three significant digits of a large count: 12.3M."""
    return _each(values, _compact)


def amounts(values: Sequence[Number | None]) -> list[str]:
    """Sums of US dollars to the cent; where none reaches a dollar, as prices are."""
    if all(abs(float(value or 0)) < 1 for value in values):
        return prices(values)
    return _each(values, lambda value: _never_zero(value, 2))


def dollars(values: Sequence[Number | None]) -> list[str]:
    """The same with their sign, for where no heading says it: `$1.25`, `-$1.25`, `<$0.01`."""
    return [re.sub(r"^([-<]*)(?=\d)", r"\1$", text) for text in amounts(values)]


def prices(values: Sequence[Number | None]) -> list[str]:
    """US dollars with as many decimals as the least of them needs for three significant digits, two to six.

    One decimal more where that shows them all to their last digit, as prices of a list are: 4.125 and not 4.12.
    """
    known = [float(value) for value in values if value]
    whole = max((_magnitude(value) + 1 for value in known), default=1)
    room = max(2, min(_MOST_DECIMALS, _BREADTH - max(whole, 0)))
    decimals = max((min(room, _decimals(value)) for value in known), default=2)
    own = [_own_decimals(value) for value in values if value]
    if decimals + 1 in own and all(each is not None and each <= decimals + 1 for each in own):
        decimals += 1
    return _each(values, lambda value: _never_zero(value, decimals))


def _own_decimals(value: Number) -> int | None:
    """The decimals of an amount that has at most six; None for any other, such as a quotient."""
    if not isinstance(value, Decimal):
        return None
    exponent = value.normalize().as_tuple().exponent
    return None if not isinstance(exponent, int) or exponent < -_MOST_DECIMALS else max(0, -exponent)


def percent(values: Sequence[Number | None]) -> list[str]:
    """A ratio as a percentage with one decimal: 62.1%; one that is not quite nothing or all as `<0.1%`, `>99.9%`."""
    return _each(values, percentage)


def tenths(values: Sequence[Number | None]) -> list[str]:
    """One decimal: 118.2."""
    return _each(values, lambda value: f"{value:,.1f}")


def seconds(values: Sequence[Number | None]) -> list[str]:
    """Milliseconds written as seconds: 12.35; with a third decimal where there are some below a tenth."""
    decimals = 3 if any(0 < float(value or 0) < 100 for value in values) else 2
    return _each(values, lambda value: f"{float(value) / 1000:,.{decimals}f}")


def anything(values: Sequence[Number | None]) -> list[str]:
    """Numbers of no declared unit: whole ones with separators, others with up to six significant digits."""
    return _each(values, lambda value: f"{value:,}" if isinstance(value, int) else f"{float(value):,.6g}")


def durations(values: Iterable[Number | None]) -> tuple[str, Formatter]:
    """The unit and the formatter that suit these milliseconds, whole ones below `SECONDS_FROM_MS`."""
    most = max((float(value) for value in values if value is not None), default=0.0)
    if most >= SECONDS_FROM_MS:
        return "s", seconds
    return ("ms", counts) if most >= 100 else ("ms", tenths)


def change(before: Number | None, after: Number | None) -> float | None:
    """How much more `after` is, in percent of `before`; None where one is unknown or nothing can be divided by."""
    if before is None or after is None:
        return None
    if not before:
        return None if after else 0.0
    return (float(after) / float(before) - 1) * 100


def points(before: Number | None, after: Number | None) -> float | None:
    """The difference of two ratios in percentage points."""
    return None if before is None or after is None else (float(after) - float(before)) * 100


def signed(value: float | None, suffix: str) -> str:
    """A difference with its sign and one decimal, none from 1,000 on: `+12.0%`. No difference has no sign."""
    if value is None:
        return UNKNOWN
    rounded = _plain_zero(value, 1)
    if not rounded:
        return f"0.0{suffix}"
    return f"{rounded:+,.0f}{suffix}" if abs(rounded) >= 1000 else f"{rounded:+.1f}{suffix}"


def _each(values: Sequence[Number | None], written: Callable[[Number], str]) -> list[str]:
    return [UNKNOWN if value is None else written(value) for value in values]


def _compact(value: Number) -> str:
    amount, scale = float(value), 0
    while abs(amount) >= 999.5 and scale < len(_SCALES) - 1:  # 999.6k would be written 1000k: it is 1.00M
        amount, scale = amount / 1000, scale + 1
    return f"{amount:,.0f}" if not scale else f"{amount:,.{max(0, 2 - max(0, _magnitude(amount)))}f}{_SCALES[scale]}"


def _never_zero(value: Number, decimals: int) -> str:
    """The amount; one too small for these decimals as `<0.01`, which is not nothing."""
    text = f"{value:,.{decimals}f}"
    if value and not text.strip("-0."):
        return f"<{1 / 10**decimals:.{decimals}f}"
    return text


def _magnitude(value: float) -> int:
    return floor(log10(abs(value))) if value else 0


def _decimals(value: float) -> int:
    """How many decimals show three significant digits, trailing zeros aside: 2 for 3.66 and 15.0, 4 for 0.0123."""
    digits = max(2, _SIGNIFICANT - 1 - _magnitude(value))
    text = f"{value:.{digits}f}".rstrip("0")
    return max(2, len(text.partition(".")[2]))


def _plain_zero(value: float, decimals: int) -> float:
    return round(value, decimals) or 0.0
