"""Several tests at once: the more are made, the likelier one of them is wrong by chance."""

from __future__ import annotations

from itertools import accumulate
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def holm(p: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which hypotheses are rejected so that the chance of even one false rejection stays below `alpha` (Holm 1979)."""
    return [adjusted <= alpha for adjusted in holm_adjusted(p)]


def holm_adjusted(p: Sequence[float]) -> list[float]:
    """Each p-value times the number of hypotheses that are not more certain, never below a smaller one's, at most 1."""
    order = sorted(range(len(p)), key=p.__getitem__)
    stepped = [min((len(p) - place) * p[index], 1.0) for place, index in enumerate(order)]
    return _in_place(order, list(accumulate(stepped, max)))


def benjamini_hochberg(p: Sequence[float], alpha: float = 0.05) -> list[bool]:
    """Which are rejected so that of the rejections a share below `alpha` is false: for looking around, not for gates.

    Benjamini and Hochberg 1995; it presumes that the tests are independent or rise and fall together.
    """
    return [adjusted <= alpha for adjusted in benjamini_hochberg_adjusted(p)]


def benjamini_hochberg_adjusted(p: Sequence[float]) -> list[float]:
    """Each p-value times the number of all over its rank, never above a larger one's, at most 1."""
    order = sorted(range(len(p)), key=p.__getitem__, reverse=True)
    stepped = [min(p[index] * len(p) / (len(p) - place), 1.0) for place, index in enumerate(order)]
    return _in_place(order, list(accumulate(stepped, min)))


def _in_place(order: list[int], values: list[float]) -> list[float]:
    """The values back in the order in which their p-values were given."""
    return [value for _, value in sorted(zip(order, values, strict=True))]
