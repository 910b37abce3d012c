"""What can be said from the order of values alone: quantiles, how sure they are, and a shift between two samples."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from math import comb, exp, floor, lgamma, log, sqrt
from statistics import NormalDist
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_NORMAL = NormalDist()
_EXACT_PAIRS = 400
"""Up to so many pairs of values every order is counted; beyond, the normal approximation is good and much quicker."""


def quantile(values: Sequence[float], q: float) -> float | None:
    """Type 7 quantile (linear interpolation), as everywhere in this program; None of nothing."""
    if not values:
        return None
    ordered = sorted(values)
    place = (len(ordered) - 1) * q
    below = floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def order_statistic_ranks(n: int, q: float, level: float = 0.95) -> tuple[int, int] | None:
    """The ranks (from 1, ascending) whose values enclose the quantile `q` of what `n` values were drawn from.

    Exact for any distribution: the number of values below the quantile is binomial. Each end is wrong with a
    probability of at most half of what `level` leaves. None where even the least and the greatest value are not far
    enough apart: at 95 % p50 needs 6 values, p90 36, p95 72 and p99 368.
    """
    tail = (1 - level) / 2
    lower = _rank(n, q, tail)
    upper = n + 1 - _rank(n, 1 - q, tail)
    return (lower, upper) if lower >= 1 and upper <= n else None


def _rank(n: int, q: float, tail: float) -> int:
    """The greatest rank whose value lies above the quantile with a probability of at most `tail`; 0 where none does.

    That is the number of outcomes 0, 1, ... of Binomial(n, q) that together are not likelier than `tail`. Only the
    outcomes that matter are summed, upwards from where they are too unlikely to count, so that millions of values cost
    no more than their square root.
    """
    if n < 1 or not 0 < q < 1:
        return 0
    spread = sqrt(n * q * (1 - q))
    outcome = max(0, floor(n * q - 9 * spread) - 1)
    likelihood = exp(_log_binomial(n, outcome) + outcome * log(q) + (n - outcome) * log(1 - q))
    together = 0.0
    while outcome <= n:
        together += likelihood
        if together > tail:
            return outcome
        likelihood *= (n - outcome) / (outcome + 1) * (q / (1 - q))
        outcome += 1
    return outcome


def _log_binomial(n: int, k: int) -> float:
    return lgamma(n + 1) - lgamma(k + 1) - lgamma(n - k + 1)


def mann_whitney(x: Sequence[float], y: Sequence[float]) -> float | None:
    """Two-sided p-value that two samples come from one distribution, against one lying above the other.

    Exact where there are no ties and at most 400 pairs, such as 20 values on each side; else the normal approximation
    with the correction for ties and for continuity. None where a sample is empty. With 3 values on each side no p is
    below 0.1.
    """
    if not x or not y:
        return None
    counts = Counter([*x, *y])
    wins = _wins(x, y)
    size = len(x) * len(y)
    if size <= _EXACT_PAIRS and len(counts) == len(x) + len(y):
        return _exact_p(int(max(wins, size - wins)), len(x), len(y))
    both = len(x) + len(y)
    ties = sum(count**3 - count for count in counts.values()) / (both * (both - 1))
    spread = sqrt(size / 12 * (both + 1 - ties))
    if not spread:
        return 1.0
    distance = max(abs(wins - size / 2) - 0.5, 0.0) / spread
    return min(2 * _NORMAL.cdf(-distance), 1.0)


def _wins(x: Sequence[float], y: Sequence[float]) -> float:
    """Of all pairs those in which the first is greater, ties half: the statistic U of the first sample."""
    marked = sorted([*((value, 1) for value in x), *((value, 0) for value in y)])
    below, rank_sum = 0, 0.0
    for _, group in groupby(marked, key=lambda pair: pair[0]):
        firsts = [first for _, first in group]
        rank_sum += sum(firsts) * (below + (len(firsts) + 1) / 2)
        below += len(firsts)
    return rank_sum - len(x) * (len(x) + 1) / 2


def _exact_p(wins: int, m: int, n: int) -> float:
    """Twice the probability of at least so many wins, when every order of the m + n values is equally likely."""
    m, n = min(m, n), max(m, n)
    # ways[i][u]: how often i of the values seen so far belong to the first sample, with u wins among them.
    ways = [Counter({0: 1}), *(Counter[int]() for _ in range(m))]
    for seen in range(m + n):
        for i in range(min(m, seen + 1), 0, -1):
            for won, count in ways[i - 1].items():
                ways[i][won + seen - i + 1] += count
    upper = sum(count for won, count in ways[m].items() if won >= wins)
    return min(2 * upper / comb(m + n, m), 1.0)
