"""Three accounts of the same usage laid side by side: what the logs, the metrics and the bill say of each cell."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.analysis.cell_keys import TOGETHER, Accounts, cell_keys

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.analysis.cell_keys import CellKey
    from tokenaudit.model.measured import Measured, MeasuredBy
    from tokenaudit.model.workings import Step


class Part(NamedTuple):
    """One kind of tokens in a cell where the metrics tell only several kinds together."""

    kind: str
    logs: int
    bill: int


@dataclass(frozen=True, slots=True)
class Cell:
    """Tokens by who tells of them: None where there are no logs, metrics or bill of that day, 0 where they say nothing.

    `bill` is None too where a line does not tell how many tokens it is for.

    `list_cost` and `billed_cost` are the bill's, in `currency`; None where a line does not tell, or where lines of two
    currencies meet (`mixed_currency`). `logged_list_cost` is what the logged tokens cost at list price. `parts` are
    told where logs and bill know the kinds that had to be put together.
    """

    key: CellKey
    logs: int | None
    metrics: int | None
    bill: int | None
    list_cost: Decimal | None = None
    billed_cost: Decimal | None = None
    currency: str | None = None
    logged_list_cost: Decimal | None = None
    provisional: bool = False
    mixed_currency: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def usage(self) -> int | None:
        """The tokens to hold against the bill: the logs', and where there are none at all the metrics'."""
        return self.metrics if self.logs is None else self.logs

    @property
    def gap(self) -> int | None:
        """Billed tokens less used ones; None where one of them is not known."""
        return None if self.bill is None or self.usage is None else self.bill - self.usage

    @property
    def gap_cost(self) -> Decimal | None:
        """What the tokens of the gap cost, without a sign, at the cell's billed price or else at list price."""
        if self.gap is None:
            return None
        if self.bill and self.billed_cost is not None:
            return abs(self.gap * self.billed_cost / self.bill)
        if self.logs and self.logged_list_cost is not None:
            return abs(self.gap * self.logged_list_cost / self.logs)
        return None


@dataclass(frozen=True, slots=True)
class Lineup:
    """The cells, by day; and by provider and currency what was billed for things that are not counted in tokens.

    `steps` are the products that list costs are made of, with the key of their cell as group.
    """

    cells: tuple[Cell, ...]
    flat_costs: dict[tuple[str, str | None], Decimal]
    steps: tuple[Step, ...] = ()


@dataclass
class _Sum:
    tokens: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    kinds: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    costs: dict[str, list[Decimal | None]] = field(default_factory=lambda: defaultdict(list))
    currencies: dict[str, set[str | None]] = field(default_factory=lambda: defaultdict(set))
    provisional: bool = False
    unmeasured: bool = False

    def add(self, row: Measured, tokens: int) -> None:
        self.tokens[row.column] += tokens
        self.kinds[row.column, row.kind] += tokens
        self.provisional |= row.provisional
        self.unmeasured |= row.unmeasured
        if row.column == "bill":
            self.costs["list"].append(row.list_cost)
            self.costs["billed"].append(row.billed_cost)
        elif row.column == "logs":
            self.costs["logged"].append(row.list_cost)
        if row.list_cost is not None or row.billed_cost is not None:
            self.currencies[row.column].add(row.currency)

    def cost(self, which: str) -> Decimal | None:
        """Their sum; None where there is none, or one of them is unknown."""
        known = [cost for cost in self.costs[which] if cost is not None]
        return sum(known, Decimal(0)) if known and len(known) == len(self.costs[which]) else None


class _Presence:
    """Of which days there are logs, metrics and bills at all."""

    def __init__(self, rows: Sequence[Measured], accounts: Accounts) -> None:
        self._days: dict[tuple[MeasuredBy, str], tuple[date, date]] = {}
        self._billed: set[tuple[str, str | None, date]] = set()
        self._metered: set[tuple[str, str]] = set()
        for row in rows:
            first, last = self._days.get((row.column, row.provider), (row.day, row.day))
            self._days[row.column, row.provider] = min(first, row.day), max(last, row.day)
            if row.column == "metrics":
                self._metered.add((row.provider, row.kind))
            if row.column == "bill":
                self._billed.add((row.provider, accounts.of(row), row.day))

    def tells(self, column: MeasuredBy, key: CellKey) -> bool:
        """Logs and metrics speak for all days from their first to their last, a bill for the days it has lines of.

        A kind that a cloud's metrics never tell is not in them: CloudWatch has all cache writes together.
        """
        if column == "metrics" and (key.provider, key.kind) not in self._metered:
            return False
        if column == "bill":
            return (key.provider, key.account, key.day) in self._billed
        days = self._days.get((column, key.provider))
        return days is not None and days[0] <= key.day <= days[1]


def line_up(measured: Iterable[Measured]) -> Lineup:
    """Adds up what was measured, by cells that all who tell of them can tell apart. No token is lost or moved by it."""
    rows = list(measured)
    accounts = Accounts(rows)
    counted = [row for row in rows if row.tokens is not None]
    sums: dict[CellKey, _Sum] = defaultdict(_Sum)
    steps: list[Step] = []
    for row, key in zip(counted, cell_keys(counted, accounts), strict=True):
        sums[key].add(row, row.tokens or 0)
        if row.step is not None:
            steps.append(replace(row.step, group=key))
    flat: dict[tuple[str, str | None], Decimal] = {}
    for row in rows:
        if row.tokens is None and row.billed_cost is not None:
            flat[row.provider, row.currency] = flat.get((row.provider, row.currency), Decimal(0)) + row.billed_cost
    presence = _Presence(rows, accounts)
    cells = [_cell(key, sums[key], presence) for key in sorted(sums, key=lambda key: key.sortable)]
    return Lineup(tuple(cells), flat, tuple(steps))


def _cell(key: CellKey, summed: _Sum, presence: _Presence) -> Cell:
    logs, metrics, bill = (_told(column, key, summed, presence) for column in ("logs", "metrics", "bill"))
    currencies = summed.currencies["bill"] or summed.currencies["logs"]
    mixed = len(currencies) > 1
    return Cell(
        key=key,
        logs=logs,
        metrics=metrics,
        bill=None if summed.unmeasured else bill,
        list_cost=None if mixed else summed.cost("list"),
        billed_cost=None if mixed else summed.cost("billed"),
        currency=None if mixed else next(iter(currencies), None),
        logged_list_cost=summed.cost("logged"),
        provisional=summed.provisional,
        mixed_currency=mixed,
        parts=_parts(key, summed),
    )


def _told(column: MeasuredBy, key: CellKey, summed: _Sum, presence: _Presence) -> int | None:
    if column in summed.tokens:
        return summed.tokens[column]
    return 0 if presence.tells(column, key) else None


def _parts(key: CellKey, summed: _Sum) -> tuple[Part, ...]:
    if key.kind not in TOGETHER or ("logs", key.kind) in summed.kinds or ("bill", key.kind) in summed.kinds:
        return ()
    told = {kind for column, kind in summed.kinds if column != "metrics"}
    kinds = [kind for kind in TOGETHER[key.kind] if kind in told]
    return tuple(Part(kind, summed.kinds["logs", kind], summed.kinds["bill", kind]) for kind in kinds)
