"""Rows of the ledger on their way into a file, a batch at a time."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit import __version__, schema
from tokenaudit.analysis.bill_sections import doubtful_discounts, left_out
from tokenaudit.export import focus
from tokenaudit.export.formats import Table
from tokenaudit.ledger.choose import choose_bills
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.report import Caveat
from tokenaudit.pipeline.billed_again import billed_again
from tokenaudit.pipeline.bills import lines_cut
from tokenaudit.pipeline.choices import bills_told_twice, told_twice
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.objects_read import rejected

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import datetime

    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.engines.row_sql import RowTable
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import BillExclusion

Exported = tuple[Table, list["Caveat"]]
"""Rows for a file, and what has to be said of them that the file has no place for."""


def rows(ledger: Ledger, loaded: Loaded, table: RowTable, base: Filter) -> Exported:
    """The rows of a table that the filter lets through, in its order; nothing is read before the first is asked for.

    Of the conditions, metrics heed no tags: they have none.
    """
    if table == "metrics":
        kept = (each for each in base.conditions if not each.key.startswith("tag:"))
        base = replace(base, conditions=tuple(kept))
    engine = engine_over(ledger, loaded)
    said = [*rejected(ledger), *nothing_through(base, any_row=engine.has_rows(table, base))]
    if table == "usage":
        said += told_twice(engine, ledger, base)
    elif table == "charges":
        dropped = _best_bills(engine, base)
        said += (
            *bills_told_twice(dropped, engine.focus_names(base)[1]),
            *_cut(engine, base, dropped),
            *_of_lines(engine, ledger, base),
        )
    return Table(table, schema.of(table), engine.rows(table, base), tuple(facts(table, ledger, base, said))), said


def nothing_through(base: Filter, *, any_row: bool) -> Iterator[Caveat]:
    """What to say of a file without a row: a misspelt filter looks like a ledger that has nothing."""
    if any_row:
        return
    if base == Filter():
        yield Caveat("no_rows", "the ledger holds nothing of this kind: the file has no row")
    else:
        yield Caveat("no_rows", "no row passes these filters in this window: the file has none; names may be misspelt")


def _logged_alone() -> Iterator[Caveat]:
    text = "logs tell usage that no bill does: --from usage writes it at list prices, as an estimate"
    yield Caveat("logged_alone", text)


def facts(what: str, ledger: Ledger, base: Filter, said: Iterable[Caveat]) -> Iterator[tuple[str, str]]:
    """Where rows come from and which they are, in words, and what has to be said of them."""
    yield "exported", what
    yield "tool", f"tokenaudit {__version__}"
    yield "ledger version", "none" if ledger.version is None else str(ledger.version)
    yield "since", _moment(base.window.since)
    yield "until", _moment(base.window.until)
    for each in base.conditions:
        yield f"only {each.key}", ", ".join(each.patterns)
    for caveat in said:
        yield "note", caveat.text


def _moment(moment: datetime | None) -> str:
    return "open" if moment is None else f"{moment.isoformat().replace('+00:00', 'Z')}"


def focus_of_charges(ledger: Ledger, loaded: Loaded, base: Filter) -> Exported:
    """The bills as FOCUS 1.2, each month of an account from one source, and what has to be said of that."""
    engine = engine_over(ledger, loaded)
    dropped = _best_bills(engine, base)
    names, doubled = engine.focus_names(base)
    form = focus.form(names)
    lines = focus.batches(engine.rows("focus", base), form)
    any_line = engine.has_rows("focus", base)
    said = [
        *rejected(ledger),
        *nothing_through(base, any_row=any_line),
        *(_logged_alone() if not any_line and engine.has_rows("usage", base) else ()),
        *left_out(dropped),
        *_cut(engine, base, dropped),
        *_of_lines(engine, ledger, base),
    ]
    if doubled:
        text = f"{doubled:,} lines of amortised costs are no lines of their own: their cost stands in the actual ones"
        said.append(Caveat("amortised_merged", text, doubled))
    return Table("focus", form, lines, tuple(facts("charges as FOCUS 1.2", ledger, base, said))), said


def _best_bills(engine: DuckEngine, base: Filter) -> tuple[BillExclusion, ...]:
    """Leaves each account's month to one source of bills; returns what that leaves out."""
    dropped = choose_bills(engine.bill_presence(base))
    engine.leave_out_bills(dropped)
    return dropped


def _cut(engine: DuckEngine, base: Filter, dropped: Sequence[BillExclusion]) -> Iterator[Caveat]:
    """Lines that the window of the file cuts."""
    yield from lines_cut(engine, Question((Side("the file", Filter()),), (), base), dropped)


def _of_lines(engine: DuckEngine, ledger: Ledger, base: Filter) -> Iterator[Caveat]:
    """What is to be said of lines that are written as they are, whatever reports make of them."""
    yield from billed_again(engine, ledger, base)
    for account, currency, apart, in_net in engine.discounts_apart(base):
        yield from doubtful_discounts("a sum over all lines", account, currency, apart, in_net or Decimal(0))
