"""What the usage of a baseline would cost at the prices of today: so that price and usage are judged apart.

Prices change between two windows, and they change without noise. The statistics of a gate therefore run on equal
prices, those of the window that is checked; what the price list did is the exact rest.
"""

from __future__ import annotations

from collections import defaultdict
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
    """The cells of a baseline at other prices, and by what factor that changes the cost of each subject.

    `unknown_tokens` had a price then and have none now: they keep the old one.
    """

    cells: tuple[UsageCell, ...] = ()
    factors: dict[Subject, Decimal] = field(default_factory=dict)
    before_usd: dict[Subject, Decimal] = field(default_factory=dict)
    after_usd: dict[Subject, Decimal] = field(default_factory=dict)
    unknown_tokens: int = 0

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
    paid = {(cell.key, kind): cost / cell.tokens[kind] for cell in now for kind, cost in cell.cost_usd.items()}
    result = Repriced()
    before: defaultdict[Subject, Decimal] = defaultdict(Decimal)
    after: defaultdict[Subject, Decimal] = defaultdict(Decimal)
    made = []
    for cell in cells:
        costs = {}
        for kind, old in cell.cost_usd.items():
            each = paid.get((cell.key, kind))
            if each is None:
                found = rate(cell, kind)
                each = None if found is None else found / _MILLION
            new = old if each is None else each * cell.tokens[kind]
            result.unknown_tokens += cell.tokens[kind] if each is None else 0
            costs[kind] = new
            for subject in (EVERYTHING, (cell.provider, cell.model)):
                before[subject] += old
                after[subject] += new
        made.append(replace(cell, cost_usd=costs))
    result.cells = tuple(made)
    result.before_usd, result.after_usd = dict(before), dict(after)
    result.factors = {subject: after[subject] / cost for subject, cost in before.items() if cost}
    return result
