"""What the bills say, as sections of a report, and what has to be said about them."""

from __future__ import annotations

from collections import Counter, defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.analysis.served import USAGE
from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat, Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from tokenaudit.analysis.billing import Billed, Billing, Line, LineKey
    from tokenaudit.model.cells import BillCell, BillExclusion

_MILLION = 1_000_000
_CENT = Decimal("0.01")
_PRICES = ("list", "billed", "effective")

BILL_FIELDS = (
    Field("side"),
    Field("model"),
    Field("meter"),
    Field("token_kind"),
    Field("billed_tokens", "tokens"),
    Field("currency"),
    Field("list_cost", "currency"),
    Field("billed_cost", "currency"),
    Field("effective_cost", "currency"),
    Field("discount_ratio", "ratio"),
    *(Field(f"{name}_per_mtok", "currency/1M tokens") for name in _PRICES),
)


def bill_section(sides: Sequence[str], billing: Billing) -> Section:
    """What was billed per model and kind of token: one row a side, model, kind (or meter) and currency.

    Costs are in the row's currency: USD, or that of the bill where there is no rate to convert it.
    """
    order = {side: number for number, side in enumerate(sides)}
    found = sorted(billing.lines.items(), key=lambda entry: (order[entry[0].side], *map(str, entry[0][1:])))
    return Section("bill", "What was billed", BILL_FIELDS, tuple(_row(key, line) for key, line in found))


def _row(key: LineKey, line: Line) -> dict[str, Value]:
    costs = {"list": line.list_cost, "billed": line.billed_cost, "effective": line.effective_cost}
    return {
        "side": key.side,
        "model": key.model,
        "meter": key.meter,
        "token_kind": key.kind,
        "billed_tokens": line.tokens if key.kind is not None else None,
        "currency": key.currency,
        **{f"{name}_cost": cost for name, cost in costs.items()},
        "discount_ratio": _discount_of_line(line),
        **{f"{name}_per_mtok": _per_mtok(line, name, cost) for name, cost in costs.items()},
    }


def _discount_of_line(line: Line) -> float | None:
    paid = "billed" if line.billed_cost is not None else "effective"
    if line.tokens_of["list"] != line.tokens_of[paid] or line.unmeasured["list"] != line.unmeasured[paid]:
        return None
    return discount_ratio(line.list_cost, line.billed_cost, line.effective_cost)


def discount_of(billed: Billed) -> float | None:
    """1 - paid / list; None also where list cost and paid cost are not of the same tokens."""
    listed, paid, spread = (each.list_cost_usd() for each in (billed.listed, billed.billed, billed.effective))
    sums = billed.billed if paid is not None else billed.effective
    same = billed.listed.priced_tokens == sums.priced_tokens and billed.listed.unmeasured == sums.unmeasured
    return discount_ratio(listed, paid, spread) if same else None


def discount_ratio(listed: Decimal | None, billed: Decimal | None, effective: Decimal | None = None) -> float | None:
    """1 - paid / list, `effective` where nothing is billed; None where either is unknown or the list cost is 0."""
    paid = billed if billed is not None else effective
    return None if not listed or paid is None else float(1 - paid / listed)


def _per_mtok(line: Line, name: str, cost: Decimal | None) -> Decimal | None:
    tokens = line.tokens_of[name]
    return None if cost is None or not tokens or line.unmeasured[name] else cost * _MILLION / tokens


def beside_section(sides: Sequence[str], billing: Billing) -> Section:
    """Credits, refunds, taxes, purchases and what is unallocated: beside the price of a token, never in it."""
    order = {side: number for number, side in enumerate(sides)}
    rows: list[dict[str, Value]] = [
        {"side": side, "charge_category": category, "what": None, "currency": currency, "billed_cost": amount}
        for (side, category, currency), amount in billing.beside.items()
    ]
    rows += [
        {"side": side, "charge_category": "Unallocated", "what": what, "currency": "USD", "billed_cost": amount}
        for (side, what), amount in billing.unallocated.items()
    ]
    rows.sort(key=lambda row: (order[str(row["side"])], str(row["charge_category"]), str(row["currency"])))
    columns = (*map(Field, ("side", "charge_category", "what", "currency")), Field("billed_cost", "currency"))
    return Section("beside", "Beside the price", columns, tuple(rows))


def other_currency(lines: Mapping[str, int], lacking: Callable[[str], str]) -> Iterator[Caveat]:
    """What a sum in dollars leaves out, by currency; `lacking` says what would convert it."""
    for currency, count in sorted(lines.items()):
        which = f"{counted(count, 'line')} billed in {currency} shown apart and in no sum"
        yield Caveat("other_currency", f"{which}: {lacking(currency)}", count)


def bill_caveats(billing: Billing, lacking: Callable[[str], str]) -> Iterator[Caveat]:
    """What has to be known of the bills to read the billed figures right; `lacking` is that of `other_currency`."""
    yield from other_currency(billing.foreign_currency, lacking)
    if billing.unmeasured:
        text = f"{counted(billing.unmeasured, 'line')} with a cost of tokens, and not how many or in which scale"
        yield Caveat("unknown_quantity", text, billing.unmeasured)
    if billing.provisional:
        yield Caveat(
            "provisional", f"{counted(billing.provisional, 'line')} of bills may still change", billing.provisional
        )
    allocated = sum(each.allocated for each in billing.groups.values())
    if allocated:
        text = (
            f"billed cost of {counted(allocated, 'row')} is allocated over the requests that it served, by their "
            "list cost: the bill does not name them"
        )
        yield Caveat("allocated", text, allocated)
    for (side, what), amount in sorted(billing.unallocated.items()):
        yield Caveat("unallocated", f"{side}: {amount:,.2f} USD for {what} served no request that the logs know", None)
    if billing.list_from_book:
        yield Caveat(
            "list_from_book", "list cost of lines that do not tell one is that of the price book for their tokens"
        )


def cut_by_window(side: str, before: int, beyond: int) -> Iterator[Caveat]:
    """Lines of a bill that are for more time than the window has of it: a bill tells no part of a line."""
    for count, where, how in (
        (before, "began before the window", "not counted, though the window has a part of what they bill"),
        (beyond, "end after the window", "counted whole, with what they bill beyond it"),
    ):
        if count:
            yield Caveat("bill_cut", f"{side}: {counted(count, 'line')} of bills that {where}: {how}", count)


def discounts_twice(lines: Iterable[BillCell]) -> Iterator[Caveat]:
    """Discounts of AWS in lines of their own beside net costs that are lower by another amount: perhaps the same."""
    apart: dict[tuple[str, str | None, str | None], Decimal] = defaultdict(Decimal)
    in_net: dict[tuple[str, str | None, str | None], Decimal] = defaultdict(Decimal)
    for each in lines:
        if each.source != "aws.cur" or each.category != USAGE or each.billed_cost is None:
            continue
        if each.reduction_cost == 0:
            continue  # the discount was told in both ways, and is counted once
        payer, reduced = (each.side, each.account, each.currency), each.reduction_cost or Decimal(0)
        apart[payer] -= reduced
        if each.contracted_cost is not None:
            in_net[payer] += each.contracted_cost - (each.billed_cost - reduced)
    for (side, account, currency), amount in apart.items():
        yield from doubtful_discounts(side, account, currency, amount, in_net[side, account, currency])


def doubtful_discounts(
    where: str, account: str | None, currency: str | None, apart: Decimal, in_net: Decimal
) -> Iterator[Caveat]:
    """Discounts that are in lines `apart` and `in_net` costs, as far as both may be the same."""
    doubtful = min(apart, in_net)
    if doubtful >= _CENT:
        whose = f"{currency} of {account or 'no account'}"
        text = (
            f"{where}: discounts of {apart:,.2f} {whose} are lines of their own, "
            f"beside net costs that have {in_net:,.2f} in them"
        )
        remedy = f"where these are the same, billed and effective cost are {doubtful:,.2f} too low"
        yield Caveat("discounts_twice", f"{text}: {remedy}")


def mixed_charges(lines: Iterable[BillCell]) -> Iterator[Caveat]:
    """Lines that may hold credits, refunds and tax together with usage."""
    counts: Counter[str] = Counter()
    for each in lines:
        counts[each.source] += each.mixed_count
    for source, count in sorted(counts.items()):
        if count:
            text = f"{source}: {counted(count, 'line')} may hold credits, refunds and tax, which cannot be told"
            remedy = "group the question by RECORD_TYPE, or leave these out and save its Filter with the answer"
            yield Caveat("mixed_charges", f"{text} from the cost of usage: {remedy}", count)


def left_out(dropped: Iterable[BillExclusion]) -> Iterator[Caveat]:
    """Bills that tell the same as better ones, and how far those go where the others go on."""
    listed = list(dropped)
    names = sorted({each.source for each in listed if each.is_any})
    if names:
        text = f"{', '.join(names)} left out where another bill tells the same days in more detail"
        yield Caveat("bill_choice", text, len(names))
    for each in listed:
        whose = f" of {each.account}" if each.account is not None else ""
        if each.begins is not None:
            text = f"the better bill{whose} begins on {each.begins}; what {each.source} bills for days before it"
            yield Caveat("bill_begins_late", f"{text} is in no sum of this month: ask for those days alone")
        if each.goes_on is not None:
            how = "is counted from there" if each.is_counted else "is in lines for more days, and in no sum"
            text = (
                f"{each.better}{whose} goes through {each.through}, which it may not tell to its end; {each.source} "
                f"goes on until {each.goes_on}: usage of these days {how}"
            )
            yield Caveat("bill_goes_on", text)
