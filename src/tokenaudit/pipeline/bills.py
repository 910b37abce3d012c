"""The bills of a comparison: which of them count, in which currency, and posted to the groups that are compared."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.analysis.bill_sections import (
    beside_section,
    bill_caveats,
    bill_section,
    cut_by_window,
    discounts_twice,
    left_out,
    mixed_charges,
)
from tokenaudit.analysis.billing import NO_CURRENCY, Asked, Billing, bill
from tokenaudit.analysis.partial_costs import partial_costs
from tokenaudit.analysis.served import USAGE, serves
from tokenaudit.catalogue.exchange import published_rates
from tokenaudit.ledger.choose import choose_bills
from tokenaudit.model.counted import counted
from tokenaudit.model.question import BILL_KEYS, Filter, Question, Side, Window, bill_part
from tokenaudit.model.report import Caveat, Field, Section
from tokenaudit.pipeline.billed_again import billed_again
from tokenaudit.pricing.currency import Converted, Exchange, describe, rates_used

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date
    from decimal import Decimal

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import BillCell, BillExclusion, TokenCell
    from tokenaudit.model.exchange import ExchangeRate
    from tokenaudit.model.report import Value


class Converter:
    """Amounts into US dollars, where the user asked for it; remembers which rates it took."""

    def __init__(self, exchange: Exchange | None) -> None:
        """Without an exchange nothing is converted."""
        self._exchange = exchange
        self.used: list[Converted] = []
        self._without: dict[str, set[date]] = defaultdict(set)

    def __call__(self, amount: Decimal, currency: str, day: date) -> Decimal | None:
        """The amount in USD, None where there is no rate."""
        converted = self._exchange.convert(amount, currency, day) if self._exchange is not None else None
        if converted is None:
            self._without[currency].add(day)
            return None
        self.used.append(converted)
        return converted.amount_usd

    def lacking(self, currency: str) -> str:
        """What amounts in this currency that were not converted would need."""
        if currency == NO_CURRENCY:
            return "the bill does not say in which currency"
        if self._exchange is None:
            return "--currency USD converts what a rate is known for"
        days = sorted(self._without[currency])
        when = f"from {days[0]} to {days[-1]}" if days[1:] else f"on {days[0]}"
        return f"no rate is known {when}; name one in tokenaudit.toml: [[exchange]]"

    def section(self) -> Section | None:
        """Every rate that was used, with its date and source; None where nothing was converted."""
        rows: list[dict[str, Value]] = [
            {"currency": rate.currency, "valid_from": rate.valid_from, "usd": rate.usd, "source": rate.source}
            for rate in rates_used(self.used)
        ]
        columns = (Field("currency"), Field("valid_from"), Field("usd", "USD/unit"), Field("source"))
        return Section("exchange", "Converted at", columns, tuple(rows)) if rows else None

    def caveats(self) -> Iterable[Caveat]:
        """One for each currency: the first of its rates, and how many there are."""
        by_currency: dict[str, list[ExchangeRate]] = defaultdict(list)
        for rate in rates_used(self.used):
            by_currency[rate.currency].append(rate)
        for rates in by_currency.values():
            more = f" and {len(rates) - 1} more rates, each of its day" if len(rates) > 1 else ""
            yield Caveat("converted", f"converted at {describe(rates[0])}{more}", len(rates))


@dataclass(frozen=True)
class Posted:
    """The bills of a comparison, None where the ledger holds none; the sections about them, and the caveats."""

    billing: Billing | None
    sections: tuple[Section, ...] = ()
    caveats: tuple[Caveat, ...] = ()


@dataclass(frozen=True)
class Bills:
    """The lines of bills that a question is about, and what it takes to post them."""

    lines: list[BillCell]
    cells: list[TokenCell]
    everyone: list[TokenCell]
    asked: Asked
    converted: Converter

    def post(self, lines: Iterable[BillCell]) -> Billing:
        """These of the lines, posted."""
        return bill(lines, self.cells, self.everyone, self.asked)


def converter(bills: Iterable[BillCell], loaded: Loaded, currency: str | None) -> Converter:
    """What converts the amounts of these lines; nothing is converted unless a currency is asked for."""
    lines = [(each.currency, each.day) for each in bills if each.currency not in (None, "USD")]
    if currency is None or not lines:
        return Converter(None)
    days = [day for _, day in lines]
    published = published_rates({str(code) for code, _ in lines}, min(days), max(days))
    return Converter(Exchange(published, loaded.config.exchange_rates()))


def post(
    engine: DuckEngine,
    ledger: Ledger,
    question: Question,
    cells: list[TokenCell],
    pricing: Pricing,
    loaded: Loaded,
    currency: str | None,
) -> Posted:
    """All bills of the question, posted, and what is to be said of them."""
    presence = engine.bill_presence(question.base)
    dropped = choose_bills(presence)
    engine.leave_out_bills(dropped)
    cut = tuple(lines_cut(engine, question, dropped))
    if not presence:
        return Posted(None, caveats=(*cut, *_without_a_model(engine, question)))
    bills = bills_of(engine, question, cells, pricing, loaded, currency)
    billing = bills.post(bills.lines)
    said = (*bills_said(engine, ledger, question, bills, billing), *cut, *left_out(dropped))
    sides = [side.label for side in question.sides]
    tables = (bill_section(sides, billing), beside_section(sides, billing), bills.converted.section())
    return Posted(billing, tuple(table for table in tables if table is not None), said)


def lines_cut(engine: DuckEngine, question: Question, dropped: Sequence[BillExclusion]) -> Iterator[Caveat]:
    """Lines that are for more than the window, of bills that count; `dropped` is what the engine leaves out.

    Those that began before the window are of the bills that count in their months, whatever the window.
    """
    if all(each.window == Window() for each in (question.base, *(side.filter for side in question.sides))):
        return
    whole_months = engine.bill_presence(Filter(question.base.conditions))
    if not whole_months:
        return
    beyond = {side: count for side, _, count in engine.bills_cut(question)}
    engine.leave_out_bills(choose_bills(whole_months))
    before = {side: count for side, count, _ in engine.bills_cut(question)}
    engine.leave_out_bills(dropped)
    for side, count in before.items():
        yield from cut_by_window(side, count, beyond[side])


def bills_of(
    engine: DuckEngine,
    question: Question,
    cells: list[TokenCell],
    pricing: Pricing,
    loaded: Loaded,
    currency: str | None,
) -> Bills:
    """The bills of the question, as far as the engine does not leave them out; `cells` are its requests."""
    lines = engine.bills(question)
    converted = converter(lines, loaded, currency)
    direct = frozenset(side.label for side in question.sides if _bill_knows(question, side))
    everyone = engine.rollup(_everyone(question)) if lines else []
    return Bills(lines, cells, everyone, Asked(question.by, direct, pricing, converted), converted)


def bills_said(
    engine: DuckEngine, ledger: Ledger, question: Question, bills: Bills, billing: Billing
) -> Iterator[Caveat]:
    """What a reader has to know of these bills; `billing` is all of them posted."""
    yield from bill_caveats(billing, bills.converted.lacking)
    yield from partial_costs(bills.lines)
    yield from mixed_charges(bills.lines)
    yield from discounts_twice(bills.lines)
    yield from _without_a_model(engine, question)
    yield from billed_again(engine, ledger, question.base)
    yield from bills.converted.caveats()


def _without_a_model(engine: DuckEngine, question: Question) -> Iterator[Caveat]:
    """What a condition on the model leaves out of a side's bill, although it may be for these very models."""
    sides = [each for each in question.sides if _on_model(question.base) or _on_model(each.filter)]
    whole = tuple(Side(each.label, _of_any_model(each.filter)) for each in sides)
    found: dict[str, list[BillCell]] = defaultdict(list)
    for line in engine.bills(Question(whole, (), _of_any_model(question.base))):
        if line.model is None and line.category == USAGE and serves(line):
            found[line.side].append(line)
    for side, lines in found.items():
        count = sum(each.lines for each in lines)
        text = f"{side}: {counted(count, 'line')} of its bills without a model (capacity, consumption units)"
        yield Caveat("bill_without_model", f"{text}: a condition on the model leaves what they cost out", count)


def _on_model(asked: Filter) -> bool:
    return any(each.key == "model" for each in asked.conditions)


def _of_any_model(asked: Filter) -> Filter:
    return Filter(tuple(each for each in asked.conditions if each.key != "model"), asked.window)


def _bill_knows(question: Question, side: Side) -> bool:
    return BILL_KEYS.issuperset(question.by) and not _log_only(question.base) and not _log_only(side.filter)


def _log_only(asked: Filter) -> bool:
    return any(each.key not in BILL_KEYS for each in asked.conditions)


def _everyone(question: Question) -> Question:
    """All requests that the bills of a side are for, where the side itself is only some of them."""
    sides = tuple(
        Side(each.label, bill_part(each.filter))
        for each in question.sides
        if _log_only(question.base) or _log_only(each.filter)
    )
    return Question(sides, (), bill_part(question.base))
