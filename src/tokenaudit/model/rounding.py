"""Parts rounded so that they still add up to their rounded sum: by largest remainder."""

from __future__ import annotations

from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Decimal, localcontext
from fractions import Fraction
from math import floor
from typing import TYPE_CHECKING, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Key = TypeVar("Key", bound="Hashable")


def rounded(parts: Mapping[Key, Fraction | Decimal | int], unit: Decimal) -> dict[Key, Decimal]:
    """Each part in whole `unit`s, at most one of them off; together they are the rounded sum of all parts.

    Each is rounded down first, and the units that are then missing go to those that lost most; of equals to the first.
    Parts may be below zero.
    """
    exact = {key: Fraction(part) / Fraction(unit) for key, part in parts.items()}
    units = {key: floor(part) for key, part in exact.items()}
    missing = floor(sum(exact.values(), Fraction(1, 2))) - sum(units.values())
    by_loss = sorted(exact, key=lambda key: units[key] - exact[key])
    for key in by_loss[:missing]:
        units[key] += 1
    with localcontext(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return {key: count * unit for key, count in units.items()}
