"""A sum of money divided among those who caused it, so that the parts add up to the sum exactly."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import MAX_EMAX, MAX_PREC, MIN_EMIN, Decimal, localcontext
from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Generic, TypeVar

if TYPE_CHECKING:
    from collections.abc import Hashable, Mapping

Key = TypeVar("Key", bound="Hashable")

MICRO = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Allocation(Generic[Key]):
    """What each key bears, in the order of the weights, and what nobody could be charged with.

    `shares` and `unallocated` add up to the total, to the last digit.
    """

    shares: dict[Key, Decimal]
    unallocated: Decimal


def allocate(total: Decimal, weights: Mapping[Key, Decimal | int], unit: Decimal = MICRO) -> Allocation[Key]:
    """Divides `total` in proportion to `weights`, by largest remainder in whole units.

    Each key first gets its quota rounded down; the units that are left go one each to the greatest fractional parts,
    and of equal ones to the first in the order of the keys' text. A negative total (a credit) is divided as its
    absolute value and negated, so that a credit and a charge of one size divide alike. A total that is no whole number
    of units is divided in units of its own last decimal place instead: nothing below a unit is lost. Without any
    weight above zero all of it is `unallocated`.

    Raises ValueError for a negative weight, and for a unit that is not above zero.
    """
    if unit <= 0:
        raise ValueError("a unit is an amount above zero")
    if any(weight < 0 for weight in weights.values()):
        raise ValueError("a weight cannot be negative")
    whole = _whole(weights)
    weight_sum = sum(whole.values())
    if not weight_sum:
        return Allocation(dict.fromkeys(weights, Decimal(0)), total)
    units, unit = _units(total.copy_abs(), unit)
    divided = {key: divmod(units * weight, weight_sum) for key, weight in whole.items()}
    given = {key: quota for key, (quota, _) in divided.items()}
    by_fraction = sorted(divided, key=lambda key: (-divided[key][1], str(key), repr(key)))
    for key in by_fraction[: units - sum(given.values())]:
        given[key] += 1
    sign = -1 if total < 0 else 1
    return Allocation({key: _exact(sign * count, unit) for key, count in given.items()}, Decimal(0))


def _whole(weights: Mapping[Key, Decimal | int]) -> dict[Key, int]:
    """The weights as whole numbers in the same proportion, so that no quota is ever rounded."""
    ratios = {key: weight.as_integer_ratio() for key, weight in weights.items()}
    denominator = lcm(*(below for _, below in ratios.values()))
    return {key: above * (denominator // below) for key, (above, below) in ratios.items()}


def _units(amount: Decimal, unit: Decimal) -> tuple[int, Decimal]:
    """The amount in whole units, and the unit: a finer one where the amount has digits below it."""
    count = Fraction(amount) / Fraction(unit)
    if count.denominator == 1:
        return count.numerator, unit
    places = amount.as_tuple().exponent
    finest = Decimal((0, (1,), int(places)))
    return int(Fraction(amount) / Fraction(finest)), finest


def _exact(count: int, unit: Decimal) -> Decimal:
    """The product without the rounding to 28 digits that decimals usually have."""
    with localcontext(prec=MAX_PREC, Emax=MAX_EMAX, Emin=MIN_EMIN):
        return count * unit
