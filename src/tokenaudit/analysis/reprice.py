"""What the usage of a baseline would cost at the prices of today: so that price and usage are judged apart.

Prices change between two windows, and they change without noise. The statistics of a gate therefore run on equal
prices, those of the window that is checked; what the price list did is the exact rest.

A price that became known between the two is no price that rose, and no usage either. The costs of two windows are told
apart only where about as much of their tokens has a price.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.baseline import EVERYTHING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokenaudit.model.baseline import Subject, UsageCell

_MILLION = 1_000_000


@dataclass
class Repriced:
    """By what factor other prices change the cost of each subject of a baseline, and what of it has a price at all.

    `cells` are those of the baseline as they were, but that tokens which had no price then and have one now are in
    their cost: `learned_tokens`. `unknown_tokens` had a price then and have none now: they keep the old one.
    `priced_shares` are the shares of tokens with a price, then and now.
    """

    cells: tuple[UsageCell, ...] = ()
    factors: dict[Subject, Decimal] = field(default_factory=dict)
    unknown_tokens: int = 0
    learned_tokens: int = 0
    priced_shares: dict[Subject, tuple[float, float]] = field(default_factory=dict)

    def factor(self, subject: Subject) -> Decimal:
        """Cost at the other prices over cost at its own; 1 where nothing of it has a price."""
        return self.factors.get(subject, Decimal(1))


def reprice(
    cells: Iterable[UsageCell],
    now: Iterable[UsageCell],
    rate: Callable[[UsageCell, str], Decimal | None] = lambda _cell, _kind: None,
) -> Repriced:
    """`cells` at the prices that `now` paid for the same thing, else at `rate` in USD per million tokens.

    What the window paid comes first, because a price that changed in the middle of it is then the mean that counts.
    """
    cells, now = tuple(cells), tuple(now)
    paid = _paid(now)

    def price(cell: UsageCell, kind: str) -> Decimal | None:
        """USD per token now."""
        each = paid.get((cell.key, kind))
        if each is None and cell.model is not None:
            found = rate(cell, kind)
            each = None if found is None else found / _MILLION
        return each

    result = Repriced(priced_shares=_shares(cells, now))
    before: defaultdict[Subject, Decimal] = defaultdict(Decimal)
    after: defaultdict[Subject, Decimal] = defaultdict(Decimal)
    made = []
    for cell in cells:
        costs = dict(cell.cost_usd)
        for kind, count in cell.tokens.items():
            each, old = price(cell, kind), cell.cost_usd.get(kind)
            if old is None:
                if each is not None:
                    costs[kind] = each * count
                    result.learned_tokens += count
                continue
            result.unknown_tokens += count if each is None else 0
            for subject in (EVERYTHING, (cell.provider, cell.model)):
                before[subject] += old
                after[subject] += old if each is None else each * count
        made.append(replace(cell, cost_usd=costs))
    result.cells = tuple(made)
    result.factors = {subject: after[subject] / cost for subject, cost in before.items() if cost}
    return result


def _paid(cells: Iterable[UsageCell]) -> dict[tuple[object, str], Decimal]:
    """USD per token, on average, of what is priced alike and each kind."""
    tokens: Counter[tuple[object, str]] = Counter()
    costs: defaultdict[tuple[object, str], Decimal] = defaultdict(Decimal)
    for cell in cells:
        for kind, cost in cell.cost_usd.items():
            tokens[cell.key, kind] += cell.tokens[kind]
            costs[cell.key, kind] += cost
    return {place: cost / tokens[place] for place, cost in costs.items()}


def _shares(*sides: Iterable[UsageCell]) -> dict[Subject, tuple[float, float]]:
    """Of what used tokens on both sides."""
    shares = []
    for cells in sides:
        tokens: Counter[Subject] = Counter()
        priced: Counter[Subject] = Counter()
        for cell in cells:
            for subject in (EVERYTHING, (cell.provider, cell.model)):
                tokens[subject] += sum(cell.tokens.values())
                priced[subject] += sum(cell.tokens[kind] for kind in cell.cost_usd)
        shares.append({subject: priced[subject] / count for subject, count in tokens.items() if count})
    return {subject: (share, shares[1][subject]) for subject, share in shares[0].items() if subject in shares[1]}
