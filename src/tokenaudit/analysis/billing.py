"""Lines of bills -> what each group of a comparison was billed.

A line that sells tokens of a model goes to the group that the bill itself names, as long as the bill knows everything
that is asked (`model.question.BILL_KEYS`). Where only the logs know it (a caller, a tag, a deployment), and where the
line sells no tokens (provisioned units, consumption units), its cost is allocated over the requests that it served, by
their list cost, with largest remainders: to the last digit nothing is lost, and what served nobody is unallocated.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.analysis.allocate import allocate
from tokenaudit.analysis.served import USAGE, ZERO, Served, serves
from tokenaudit.analysis.tally import Sums

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.model.cells import BillCell, Group, TokenCell
    from tokenaudit.model.report import Value

NO_CURRENCY = "?"
"""What the currency is called that a line does not name."""
_TOKEN = Decimal(1)


@dataclass
class Billed:
    """What one side's group was billed, by kind: three `Sums`, alike but for the costs they hold.

    Their `priced_tokens` are the tokens that the costs are for; `allocated` says that some cost was allocated, and
    `direct` that some came straight from the bill.
    """

    billed: Sums = field(default_factory=Sums)
    effective: Sums = field(default_factory=Sums)
    listed: Sums = field(default_factory=Sums)
    direct: bool = False
    allocated: bool = False

    @property
    def basis(self) -> str:
        """`billed`, `allocated`, or both."""
        return " + ".join(word for word, is_so in (("billed", self.direct), ("allocated", self.allocated)) if is_so)


class LineKey(NamedTuple):
    """What is one row in the section about the bill itself."""

    side: str
    model: str | None
    meter: str | None
    kind: str | None
    currency: str


@dataclass
class Line:
    """Lines of the bill that sell the same. Costs are in USD, or in `currency` where there is no rate.

    `tokens` is None where no line tells any; `tokens_of` counts those of the lines that tell a cost, by its name: a
    price and a ratio are of the same tokens or not at all. `unmeasured` counts lines that cost something for tokens
    untold, by the name of each cost that they tell.
    """

    tokens: int | None = None
    tokens_of: Counter[str] = field(default_factory=Counter)
    unmeasured: Counter[str] = field(default_factory=Counter)
    list_cost: Decimal | None = None
    billed_cost: Decimal | None = None
    effective_cost: Decimal | None = None


@dataclass
class Billing:
    """All bills of a comparison, posted. `beside` is what is never part of a price, by side, category and currency."""

    groups: dict[tuple[str, Group], Billed] = field(default_factory=dict)
    lines: dict[LineKey, Line] = field(default_factory=dict)
    beside: dict[tuple[str, str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    unallocated: dict[tuple[str, str], Decimal] = field(default_factory=lambda: defaultdict(Decimal))
    """By side and what it was for."""
    foreign_currency: Counter[str] = field(default_factory=Counter)
    """Lines by currency that could not be converted."""
    unmeasured: int = 0
    provisional: int = 0
    list_from_book: bool = False

    def of(self, side: str, group: Group) -> Billed:
        """The sums of one group, made at first use."""
        return self.groups.setdefault((side, group), Billed())

    def side(self, label: str) -> Billed:
        """All groups of one side together."""
        total = Billed()
        for (side, _), each in self.groups.items():
            if side == label:
                total.billed.add(each.billed)
                total.effective.add(each.effective)
                total.listed.add(each.listed)
                total.direct |= each.direct
                total.allocated |= each.allocated
        return total


def may_be(billed: Group, logged: Iterable[Group]) -> bool:
    """Whether a group of the bill may be one of these, of which the logs do not tell all keys but do tell tokens."""
    return any(
        None in group and all(mine in (None, theirs) for mine, theirs in zip(group, billed, strict=True))
        for group in logged
    )


@dataclass(frozen=True)
class Asked:
    """How to post: the group keys, the sides of which the bill knows everything asked, how to price and to convert.

    `to_usd` gives an amount in USD at the rate of a day, None where there is no rate.
    """

    by: Sequence[str]
    direct: frozenset[str]
    pricing: Pricing
    to_usd: Callable[[Decimal, str, date], Decimal | None]


def bill(bills: Iterable[BillCell], cells: Iterable[TokenCell], everyone: Iterable[TokenCell], asked: Asked) -> Billing:
    """Posts every line.

    `cells` are the requests of the sides by group; `everyone` all that the bills are for, where that is more: those who
    are on no side bear their share of what is allocated.
    """
    result = Billing()
    bills = list(bills)
    served = Served(cells, everyone, asked.pricing, bills)
    for each in bills:
        result.unmeasured += each.unmeasured_count
        result.provisional += each.provisional_count
        cell = in_usd(each, asked)
        if cell is None:
            result.foreign_currency[each.currency or NO_CURRENCY] += each.lines
            _note(result, each, each.currency or NO_CURRENCY, each.list_cost or None)
            continue
        listed = _list_cost(cell, asked, result)
        _note(result, cell, "USD", listed)
        if cell.category != USAGE:
            continue
        if cell.kind is not None and cell.side in asked.direct and not _is_finer(asked.by, cell):
            _post_direct(result, cell, listed, asked.by)
        elif serves(cell):
            _post_allocated(result, cell, listed, served)
    return result


def _is_finer(by: Sequence[str], cell: BillCell) -> bool:
    """Whether days are asked for, or weeks, of a line that is for more."""
    return cell.days > 1 and not {"day", "week"}.isdisjoint(by)


def in_usd(cell: BillCell, asked: Asked) -> BillCell | None:
    """The line with its costs in USD; None where there is no rate for its currency and day."""
    if cell.currency == "USD":
        return cell
    costs = (cell.list_cost, cell.contracted_cost, cell.billed_cost, cell.effective_cost)
    converted = [cost and asked.to_usd(cost, cell.currency or "", cell.day) for cost in costs]
    if any(cost is not None and usd is None for cost, usd in zip(costs, converted, strict=True)):
        return None
    listed, contracted, billed, effective = converted
    return replace(
        cell,
        currency="USD",
        list_cost=listed,
        contracted_cost=contracted,
        billed_cost=billed,
        effective_cost=effective,
    )


def _note(result: Billing, cell: BillCell, currency: str, listed: Decimal | None) -> None:
    """Books the line in the sections about the bill itself."""
    amount = cell.billed_cost if cell.billed_cost is not None else cell.effective_cost
    if cell.category != USAGE:
        result.beside[cell.side, cell.category, currency] += amount or ZERO
        return
    line = result.lines.setdefault(LineKey(cell.side, cell.model, cell.meter, cell.kind, currency), Line())
    if cell.tokens is not None:
        line.tokens = (line.tokens or 0) + cell.tokens
    for name, cost in (("list", listed), ("billed", cell.billed_cost), ("effective", cell.effective_cost)):
        if cost is not None:
            line.tokens_of[name] += cell.tokens or 0
            line.unmeasured[name] += cell.unmeasured_count
    line.list_cost = _sum(line.list_cost, listed)
    line.billed_cost = _sum(line.billed_cost, cell.billed_cost)
    line.effective_cost = _sum(line.effective_cost, cell.effective_cost)


def _sum(one: Decimal | None, other: Decimal | None) -> Decimal | None:
    return other if one is None else one if other is None else one + other


def _list_cost(cell: BillCell, asked: Asked, result: Billing) -> Decimal | None:
    """List cost: what the bill says, else the price book's for the billed tokens."""
    if cell.list_cost is not None and (cell.list_cost or not cell.tokens):
        return cell.list_cost
    if not cell.tokens or cell.rate_key is None:
        return None
    rate = asked.pricing.resolve(cell.rate_key).rate
    if rate is None:
        return None
    result.list_from_book = True
    return asked.pricing.cost_usd(cell.tokens, rate)


def _post_direct(result: Billing, cell: BillCell, listed: Decimal | None, by: Sequence[str]) -> None:
    billed = result.of(cell.side, tuple(_value(cell, key) for key in by))
    billed.direct = True
    column = f"{cell.kind}_tokens"
    for sums, cost in (
        (billed.billed, cell.billed_cost),
        (billed.effective, cell.effective_cost),
        (billed.listed, listed),
    ):
        _add(sums, column, cost, cell.tokens, unmeasured=cell.unmeasured_count > 0)


def _add(sums: Sums, column: str, cost: Decimal | None, tokens: int | None, *, unmeasured: bool) -> None:
    if cost is None:
        return
    sums.cost_usd[column] = sums.cost_usd.get(column, ZERO) + cost
    sums.priced_tokens[column] += tokens or 0
    sums.add_tokens(column, tokens)
    if unmeasured:
        sums.unmeasured.add(column)


def _value(cell: BillCell, key: str) -> Value:
    if key == "week":
        return cell.day - timedelta(days=cell.day.weekday())
    if key == "month":
        return cell.day.strftime("%Y-%m")
    value: Value = getattr(cell, key)
    return value


def _post_allocated(result: Billing, cell: BillCell, listed: Decimal | None, served: Served) -> None:
    """Shares the line's costs among the requests that it served."""
    weights, tokens, groups = served.by(cell)
    if cell.kind is not None:
        # Billed tokens go the way of their cost: the price of a token stays that of the bill, whatever the logs missed.
        tokens = {key: int(count) for key, count in allocate(Decimal(cell.tokens or 0), weights, _TOKEN).shares.items()}
    paid = "billed" if cell.billed_cost is not None else "effective"
    for name, cost in (("billed", cell.billed_cost), ("effective", cell.effective_cost), ("listed", listed)):
        if cost is None:
            continue
        shares = allocate(cost, weights)
        for key, share in shares.shares.items():
            if key not in groups:
                continue  # requests that are on no group of this side
            billed = result.of(cell.side, groups[key])
            billed.allocated = True
            _add(getattr(billed, name), key[1], share, tokens[key], unmeasured=cell.unmeasured_count > 0)
        if name == paid and shares.unallocated:
            result.unallocated[cell.side, cell.model or cell.meter or "?"] += shares.unallocated
