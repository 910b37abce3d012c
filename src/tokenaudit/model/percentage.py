"""A share in words: nobody reads 100 % where something is missing, or 0 % where something is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

_NOISE = 1e-12
"""What a quotient of floats may be off: of a trillion tokens it is one."""


def percentage(share: float | Decimal) -> str:
    """A ratio as a percentage with one decimal: `62.1%`; `<0.1%` and `>99.9%` where it is not quite none or all."""
    value = float(share)
    text = f"{round(value * 100, 1) or 0.0:.1f}%"
    if text == "0.0%" and abs(value) > _NOISE:
        return "<0.1%"
    return ">99.9%" if text == "100.0%" and value < 1 - _NOISE else text
