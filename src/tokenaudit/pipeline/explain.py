"""A figure -> the tree of steps that made it, and the objects it was read from."""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis import explain as tree
from tokenaudit.analysis.bill_sections import left_out
from tokenaudit.analysis.billing import Billing
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.explain import Node
from tokenaudit.analysis.served import serves
from tokenaudit.errors import UsageError
from tokenaudit.ledger.choose import METRICS as METERED
from tokenaudit.ledger.choose import choose_bills
from tokenaudit.model.columns import ANSWER_TOKENS, ERROR_OUTCOMES, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.report import Provenance, Report
from tokenaudit.pipeline.billed_again import billed_again
from tokenaudit.pipeline.bills import bills_of, bills_said, lines_cut
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.metered_again import metered_once
from tokenaudit.pipeline.nothing import nothing
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.price_books import list_rates, price_book
from tokenaudit.pipeline.reconcile import apart, as_billed
from tokenaudit.pricing.apply import cost_usd

if TYPE_CHECKING:
    from collections.abc import Callable

    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import BillExclusion, LatencyCell, TokenCell
    from tokenaudit.pipeline.bills import Bills

DEFAULT = "list_cost_usd"
RECONCILED = ("logs_tokens", "metrics_tokens", "bill_tokens", "gap_tokens")
"""The figures of a cell of `reconcile`; all others are of `compare`."""
_MILLION = 1_000_000
_PER_MTOK = "USD/1M tokens"


@dataclass(frozen=True)
class _Known:
    """Everything that a figure can be made of."""

    cells: list[TokenCell]
    latency: LatencyCell | None
    bills: Bills
    pricing: Pricing

    def tokens(self, *kinds: str, what: str = "tokens") -> Node:
        return tree.tokens(self.cells, kinds, what)

    def priced(self, kinds: tuple[str, ...]) -> Node:
        return tree.tokens(self.cells, kinds, "priced tokens", self.pricing)

    def cost(self, kinds: tuple[str, ...] = PRICED_TOKENS) -> Node:
        return tree.list_cost(self.cells, self.pricing, kinds)

    def per_mtok(self, what: str, kinds: tuple[str, ...]) -> Node:
        return tree.quotient(what, _PER_MTOK, self.cost(kinds), self.priced(kinds), _MILLION)

    def quantile(self, name: str) -> Node:
        rule = "exact, linear interpolation (type 7), successful requests only, never of metrics"
        first = name.startswith("first")
        count = None if self.latency is None else self.latency.first_token_n if first else self.latency.latency_n
        value = getattr(self.latency, name) if self.latency else None
        durations = Node("durations", count, "requests", "requests whose log tells how long they took")
        return Node(name, value, "ms", rule, None, (durations,))

    def logged(self) -> Node:
        cells = [each for each in self.cells if each.source not in METERED]
        return tree.tokens(cells, PRICED_TOKENS, "logs_tokens")

    def metered(self) -> Node:
        return tree.tokens([each for each in self.cells if each.source in METERED], PRICED_TOKENS, "metrics_tokens")

    def paid(self, name: str) -> Node:
        """Of the lines that compare takes for costs of requests; what sells neither tokens nor capacity is none."""
        return tree.billed(filter(serves, self.bills.lines), name, self.bills.asked, self.bills.post)

    def failed(self) -> Node:
        count = sum(each.error_count for each in self.cells)
        return Node("failed", count, "requests", f"outcome one of {', '.join(ERROR_OUTCOMES)}")

    def ended(self) -> Node:
        asked, untold = tree.requests(self.cells), sum(each.untold_count for each in self.cells)
        count = sum(each.requests for each in self.cells) - untold
        return Node("ended", count, "requests", f"requests less {untold:,} whose end no log tells", None, (asked,))


METRICS: dict[str, Callable[[_Known], Node]] = {
    "requests": lambda known: tree.requests(known.cells),
    "tokens": lambda known: known.tokens(*PRICED_TOKENS),
    **{
        name: lambda known, name=name: known.tokens(name, what=name)  # type: ignore[misc]  # each its own name
        for name in (*PRICED_TOKENS, "reasoning_tokens")
    },
    DEFAULT: lambda known: known.cost(),
    "billed_cost_usd": lambda known: known.paid("billed"),
    "effective_cost_usd": lambda known: known.paid("effective"),
    "usd_per_mtok": lambda known: known.per_mtok("usd_per_mtok", PRICED_TOKENS),
    "usd_per_mtok_input": lambda known: known.per_mtok("usd_per_mtok_input", PROMPT_TOKENS),
    "usd_per_mtok_output": lambda known: known.per_mtok("usd_per_mtok_output", ANSWER_TOKENS),
    "usd_per_request": lambda known: tree.quotient(
        "usd_per_request", "USD/request", known.cost(), tree.requests(known.cells)
    ),
    "cache_hit_ratio": lambda known: tree.quotient(
        "cache_hit_ratio",
        "ratio",
        known.tokens("cache_read_tokens", what="cache_read_tokens"),
        known.tokens(*PROMPT_TOKENS, what="prompt tokens"),
    ),
    "logs_tokens": lambda known: known.logged(),
    "metrics_tokens": lambda known: known.metered(),
    "bill_tokens": lambda known: tree.billed_tokens(known.bills.lines),
    "gap_tokens": lambda known: tree.difference(
        "gap_tokens", "tokens", tree.billed_tokens(known.bills.lines), known.logged()
    ),
    "error_ratio": lambda known: tree.quotient("error_ratio", "ratio", known.failed(), known.ended()),
    **{
        name: lambda known, name=name: known.quantile(name)  # type: ignore[misc]  # each its own name
        for name in (
            "latency_p50_ms",
            "latency_p95_ms",
            "latency_p99_ms",
            "first_token_p50_ms",
            "first_token_p95_ms",
        )
    },
}


_AGAINST_BILLS = ("bill_tokens", "gap_tokens")
"""What is of all that a bill tells, or holds usage against it."""
_OF_COSTS = ("billed_cost_usd", "effective_cost_usd")
_OF_LIST_COST = ("list_from_book",)
"""What is to be said of a bill's list cost, which is no part of these."""
_OF_BILLS = (*_OF_COSTS, *_AGAINST_BILLS)


def _one_bill(engine: DuckEngine, base: Filter) -> tuple[BillExclusion, ...]:
    dropped = choose_bills(engine.bill_presence(base))
    engine.leave_out_bills(dropped)
    return dropped


def explain(
    ledger: Ledger,
    loaded: Loaded,
    metric: str,
    base: Filter,
    reference: str | None = None,
    currency: str | None = None,
) -> Report:
    """Where `metric` of these rows comes from.

    `reference` names the price book, None the one in force; bills in other currencies are converted where a `currency`
    is named. Raises UsageError for an unknown metric or book, DataError where nothing is.
    """
    if metric not in METRICS:
        near = difflib.get_close_matches(metric, METRICS, 1)
        hint = f"did you mean {near[0]!r}?" if near else "one of: " + ", ".join(METRICS)
        raise UsageError(f"{metric!r} is no figure that is explained here", hint=hint)
    said = tuple(rejected(ledger))
    if metric in _AGAINST_BILLS:
        base, widened = as_billed(base)
        said = (*said, *widened)
    question = Question((Side("explained", Filter()),), (), base)
    engine = engine_over(ledger, loaded)
    if metric not in RECONCILED:
        said = (*said, *chosen(engine, ledger, question)[1])
    else:
        said = (*said, *metered_once(engine, ledger, base))
    of_bills = metric in _OF_BILLS
    dropped = apart(engine, base) if metric in RECONCILED else _one_bill(engine, base)
    cut = tuple(lines_cut(engine, question, dropped)) if of_bills else ()
    book = price_book(loaded, reference)
    cells = engine.rollup(question)
    pricing = Pricing(list_rates(book, ledger, base), cost_usd)
    bills = bills_of(engine, question, cells, pricing, loaded, currency)
    known = _Known(cells, next(iter(engine.latency(question)), None), bills, pricing)
    if not known.cells and not bills.lines:
        hint = "check --since, --until and the other filters"
        raise nothing("there is nothing in this window", hint=hint, ledger_version=ledger.version, caveats=said)
    billing = bills.post(bills.lines) if metric in _OF_COSTS else Billing()
    of_logs = metric not in _OF_BILLS or metric == "gap_tokens" or billing.side("explained").allocated
    objects = [
        *(engine.objects(question) if of_logs else ()),
        *(engine.bill_objects(question) if of_bills else ()),
    ]
    if metric in _OF_COSTS:
        of_paid = bills_said(engine, ledger, question, bills, billing)
        said = (*said, *(each for each in of_paid if each.code not in _OF_LIST_COST))
    elif of_bills:
        said = (*said, *billed_again(engine, ledger, base))
    if of_bills:
        said = (*said, *cut, *left_out(dropped))
    tables = (tree.tree_section(METRICS[metric](known)), bills.converted.section(), tree.objects_section(objects))
    return Report(
        command="explain",
        sections=tuple(table for table in tables if table is not None),
        provenance=Provenance(__version__, book.date, book.sha256, ledger.version),
        caveats=tuple(said),
        since=base.window.since,
        until=base.window.until,
    )
