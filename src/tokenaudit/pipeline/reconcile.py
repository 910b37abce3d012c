"""Logs, metrics and bills of the ledger, laid side by side: whether usage and bill agree, and where not."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis.bill_sections import discounts_twice, left_out, mixed_charges
from tokenaudit.analysis.gaps import UNJUDGED
from tokenaudit.analysis.reconcile import reconcile as line_up
from tokenaudit.analysis.reconcile_caveats import caveats, scale_unknown
from tokenaudit.analysis.reconcile_sections import sections
from tokenaudit.analysis.served import USAGE, pays_flat
from tokenaudit.analysis.tolerance import Tolerance
from tokenaudit.errors import DataError
from tokenaudit.ledger.choose import METRICS, choose, choose_bills
from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.model.counted import counted
from tokenaudit.model.question import Filter, Question, Side, bill_part
from tokenaudit.model.report import Caveat, Provenance, Report, Verdict
from tokenaudit.model.workings import LIST, Workings
from tokenaudit.pipeline.aliases import renamed
from tokenaudit.pipeline.billed_again import billed_again
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.measuring import billed, used
from tokenaudit.pipeline.metered_again import metered_once
from tokenaudit.pipeline.nothing import nothing
from tokenaudit.pipeline.objects_read import objects_read, rejected
from tokenaudit.pipeline.price_books import price_book
from tokenaudit.pipeline.strictly import bad_data, refusal
from tokenaudit.pricing.apply import RateCache

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date

    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import BillCell, BillExclusion, TokenCell

WORST = 20
"""How many of the worst cells are shown where nobody says."""


@dataclass(frozen=True)
class Reckoning:
    """What to reconcile: which rows, how far they may differ, and from which day on bills are not settled yet.

    `price_book` names the book that gives list prices where the bill gives none; None is the shipped one. With `strict`
    the verdict is bad where records could not be read.
    """

    base: Filter
    tolerance: Tolerance = field(default_factory=Tolerance)
    settle_until: date | None = None
    worst: int = WORST
    price_book: str | None = None
    strict: bool = False


def reconcile(ledger: Ledger, loaded: Loaded, asked: Reckoning, said: Iterable[Caveat] = ()) -> Report:
    """The reconciliation of what `ledger` holds; see `worked_out`."""
    return worked_out(ledger, loaded, asked, said)[0]


def worked_out(
    ledger: Ledger, loaded: Loaded, asked: Reckoning, said: Iterable[Caveat] = ()
) -> tuple[Report, Workings]:
    """The reconciliation, and its workings.

    Three columns, cell by cell, each difference named. The verdict is bad where a judged cell is out of tolerance.
    """
    base, widened = as_billed(asked.base)
    question = Question((Side("all", Filter()),), (), base)
    engine = engine_over(ledger, loaded)
    metered = metered_once(engine, ledger, base)
    dropped = apart(engine, base)
    book = price_book(loaded, asked.price_book)
    bills = engine.bills(question)
    by_token, flat = _by_the_token(engine.rollup(question), bills)
    rates = RateCache(book)
    of_days, longer = _by_the_day(bills)
    measured = [*used(by_token, rates), *billed(of_days, rates)]
    found = line_up(measured, settle_until=asked.settle_until, tolerance=asked.tolerance)
    notes = (
        *said,
        *rejected(ledger),
        *widened,
        *caveats(found),
        *renamed(ledger),
        *_paid_flat(flat),
        *_longer_than_a_day(longer),
        *scale_unknown(_unmeasured(bills)),
        *mixed_charges(bills),
        *discounts_twice(bills),
        *left_out(dropped),
        *metered,
        *billed_again(engine, ledger, base),
    )
    report = Report(
        command="reconcile",
        sections=sections(found, asked.worst),
        provenance=Provenance(__version__, book.date, book.sha256, ledger.version),
        caveats=notes,
        verdict=_verdict(judged=found.has_judged and not (asked.strict and bad_data(notes)), outside=found.is_outside),
        since=base.window.since,
        until=base.window.until,
    )
    tolerance = asked.tolerance
    return report, Workings(
        steps={LIST: found.steps},
        objects=objects_read(ledger),
        tolerance_tokens=tolerance.tokens,
        tolerance_ratio=tolerance.ratio,
        unjudged=frozenset(UNJUDGED),
    )


def apart(engine: DuckEngine, base: Filter) -> tuple[BillExclusion, ...]:
    """Leaves one source of logs and one of bills for each cell, and the metrics beside them; returns the bills dropped.

    So logs and metrics stand side by side, where elsewhere one of them is chosen.
    """
    logged = [each for each in engine.presence(base) if each.source not in METRICS]
    engine.leave_out(choose(logged).exclusions)
    dropped = choose_bills(engine.bill_presence(base))
    engine.leave_out_bills(dropped)
    return dropped


def as_billed(asked: Filter) -> tuple[Filter, tuple[Caveat, ...]]:
    """The rows that usage and bill can both be asked for, and what that leaves of the filter unheeded.

    Only what a bill knows can be filtered by: of other conditions the logs would be a part and the bill the whole. So
    it is with a part of a day, as most bills are by day: days are taken whole.
    """
    known = bill_part(asked)
    return replace(known, window=known.window.in_days()), tuple(_widened(asked))


def complaint(report: Report) -> DataError | None:
    """Why there was nothing to reconcile, or what `strict` does not put up with; None where all is well."""
    if report.verdict.exit_code != DataError.exit_code:
        return None
    if any(row["status"] not in UNJUDGED for row in report.section("reconcile").rows):
        return refusal(report.caveats)
    return nothing(
        "there is nothing to reconcile: no day of any account has both usage and a bill that is settled",
        hint="ingest a cost export beside the logs, or check --since, --until, --settle and the other filters",
        ledger_version=report.provenance.ledger_version,
        caveats=report.caveats,
    )


def _verdict(*, judged: bool, outside: bool) -> Verdict:
    if not judged:
        return Verdict("insufficient-data", DataError.exit_code)
    return Verdict("mismatch", 1) if outside else Verdict()


def _by_the_token(cells: Iterable[TokenCell], bills: Iterable[BillCell]) -> tuple[list[TokenCell], list[TokenCell]]:
    """Requests that a bill can count the tokens of, and those that capacity or consumption units paid for."""
    lines: dict[tuple[str, date], list[BillCell]] = defaultdict(list)
    for each in bills:
        if each.kind is None and each.category == USAGE:
            for number in range(each.days):
                lines[each.provider, each.day + timedelta(days=number)].append(each)
    by_token: list[TokenCell] = []
    flat: list[TokenCell] = []
    for cell in cells:
        paid = any(pays_flat(line, cell) for line in lines.get((cell.provider, cell.day), ()))
        (flat if paid or cell.tier == "provisioned" else by_token).append(cell)
    return by_token, flat


def _by_the_day(bills: Iterable[BillCell]) -> tuple[list[BillCell], list[BillCell]]:
    """Lines that can be held against the usage of a day, and those that sell the tokens of several together."""
    of_days: list[BillCell] = []
    longer: list[BillCell] = []
    for each in bills:
        (longer if each.kind is not None and each.days > 1 else of_days).append(each)
    return of_days, longer


def _longer_than_a_day(bills: Iterable[BillCell]) -> Iterator[Caveat]:
    lines: Counter[str] = Counter()
    for each in bills:
        lines[each.source] += each.lines
    for source, count in sorted(lines.items()):
        which = f"{source}: {counted(count, 'line')} for more than a day and in no cell"
        text = f"{which}: ask for a bill by day"
        yield Caveat("longer_than_a_day", text, count)


def _paid_flat(cells: Iterable[TokenCell]) -> Iterator[Caveat]:
    tokens: Counter[str] = Counter()
    for cell in cells:
        if cell.source not in METRICS:
            tokens[cell.model or cell.name or "?"] += sum(cell.tokens.get(column) or 0 for column in PRICED_TOKENS)
    for model, count in sorted(tokens.items()):
        text = f"{model}: {count:,} tokens are paid by capacity or consumption units; a bill does not count them"
        yield Caveat("not_billed_by_token", text, count)


def _unmeasured(bills: Iterable[BillCell]) -> Counter[str]:
    lines: Counter[str] = Counter()
    for each in bills:
        lines[each.source] += each.unmeasured_count
    return lines


def _widened(asked: Filter) -> Iterator[Caveat]:
    """What of a filter usage and bill cannot both be asked for."""
    left = sorted({each.key for each in asked.conditions} - {each.key for each in bill_part(asked).conditions})
    if left:
        yield Caveat("filter_ignored", f"a bill knows no {', '.join(left)}: usage and bill are reconciled without it")
    if asked.window != asked.window.in_days():
        yield Caveat("whole_days", "a bill tells no part of a day: usage and bill are reconciled by whole days (UTC)")
