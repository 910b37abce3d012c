"""A question -> cells -> prices -> the side-by-side, with everything that has to be said about it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis import caveats, price_caveats
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.compare import compare_section, labels, totals_section
from tokenaudit.analysis.tally import Tally, tally
from tokenaudit.errors import DataError, UsageError
from tokenaudit.ledger.ledger import Ledger, open_for_reading, open_for_writing
from tokenaudit.model.report import Caveat, Provenance, Report, Verdict
from tokenaudit.model.workings import CONTRACTED, LIST, Workings
from tokenaudit.pipeline.aliases import renamed
from tokenaudit.pipeline.bills import post
from tokenaudit.pipeline.change_effects import change_effects
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.fairness import Costs, Fairly, fairness
from tokenaudit.pipeline.ingest import ingest
from tokenaudit.pipeline.nothing import nothing
from tokenaudit.pipeline.objects_read import objects_read, rejected
from tokenaudit.pipeline.overlap import overlap
from tokenaudit.pipeline.price_books import list_rates, price_book
from tokenaudit.pipeline.strictly import bad_data, refusal
from tokenaudit.pipeline.summaries import object_caveats
from tokenaudit.pipeline.unit_costs import unit_costs
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.contract import ContractRates

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.discounts import Discount
    from tokenaudit.model.ports import Progress
    from tokenaudit.model.question import Question
    from tokenaudit.pipeline.change_effects import Found


@dataclass(frozen=True)
class Comparison:
    """A question, and how to answer it.

    `pairs` are models that stand in one row; with `strict` nothing is assumed; `cost` is what unit prices are made of
    (`list`, `contracted`, `billed`, `effective`); bills in other currencies are converted where a `currency` is named.
    `price_book` is the date or the hash of the book that is to price, None for the shipped one; where less than the
    share `min_priced` of the tokens of a side has a price, the verdict is bad. With `explain_change` the way of the
    cost from the first side to the second is explained, with `unit_costs` there are costs by the piece with intervals.
    """

    question: Question
    pairs: Sequence[tuple[str, str]] = ()
    strict: bool = False
    cost: str = LIST
    currency: str | None = None
    price_book: str | None = None
    min_priced: Decimal = Decimal(0)
    fairly: Fairly = field(default_factory=Fairly)
    explain_change: bool = False
    unit_costs: bool = False


def compare(ledger: Ledger, loaded: Loaded, asked: Comparison, said: Sequence[Caveat] = ()) -> Report:
    """The comparison over what `ledger` holds; see `worked_out`."""
    return worked_out(ledger, loaded, asked, said)[0]


def worked_out(
    ledger: Ledger, loaded: Loaded, asked: Comparison, said: Sequence[Caveat] = ()
) -> tuple[Report, Workings]:
    """The comparison, and its workings; `said` are caveats of the ingest that went before.

    Where no side has a single request the report is empty, and its verdict says so. Raises UsageError where contracted
    costs are asked for and the configuration has no discount.
    """
    contract = loaded.config.discounts()
    if asked.cost == CONTRACTED and not contract:
        raise UsageError("there is no contract", hint="say its discounts in tokenaudit.toml: [[prices.discounts]]")
    question = asked.question
    sides = [side.label for side in question.sides]
    engine = engine_over(ledger, loaded)
    coverage, choices = chosen(engine, ledger, question)
    cells = engine.rollup(question)
    latencies = engine.latency(question)
    book = price_book(loaded, asked.price_book)
    rates = list_rates(book, ledger, question.base)
    pricing = Pricing(rates, cost_usd)
    counted = tally(cells, pricing, strict=asked.strict)
    contracted = _contracted(cells, rates, contract, strict=asked.strict)
    bills = post(engine, ledger, question, cells, pricing, loaded, asked.currency)
    matches = labels(asked.pairs, cells)
    section = compare_section(sides, question.by, counted, latencies, matches, bills.billing, asked.cost, contracted)
    own = ContractRates(rates, contract) if asked.cost == CONTRACTED else rates
    more, on_more = _asked_for(engine, cells, Pricing(own, cost_usd), asked, matches)
    totals = totals_section(sides, counted, bills.billing, coverage, asked.cost, contracted)
    partly = counted.partly_priced() if asked.cost in (LIST, CONTRACTED) else ()
    costs = Costs(cells, pricing, asked.strict, partly)
    fair = fairness(engine, question, asked.fairly, section, costs, matches)
    notes = (
        *said,
        *rejected(ledger),
        *caveats.empty_sides(sides, section),
        *overlap(engine, question),
        *caveats.billed_only(section),
        *caveats.cost_basis(asked.cost),
        *price_caveats.unpriced(counted),
        *caveats.unresolved(cells),
        *renamed(ledger),
        *caveats.tokenless(cells),
        *price_caveats.assumed(counted, cells),
        *price_caveats.layers(counted),
        *price_caveats.covered(counted),
        *price_caveats.discounts(contract, contracted),
        *caveats.estimated(cells),
        *caveats.metered(cells),
        *choices,
        *bills.caveats,
        *caveats.unjoined(cells),
        *caveats.vantages(latencies),
        *caveats.streaming(sides, latencies),
        *caveats.small_samples(latencies),
        *fair.caveats,
        *on_more,
    )
    report = Report(
        command="compare",
        sections=(section, totals, *more, *fair.sections, *bills.sections),
        provenance=Provenance(__version__, book.date, book.sha256, ledger.version),
        caveats=notes,
        verdict=_verdict(notes, counted, asked, empty=not section.rows),
        since=question.base.window.since,
        until=question.base.window.until,
    )
    steps = {LIST: tuple(counted.steps)} | ({} if contracted is None else {CONTRACTED: tuple(contracted.steps)})
    return report, Workings(steps, asked.cost, objects_read(ledger))


@contextmanager
def ledger_of(
    paths: list[Path], folder: Path, jobs: int | None, progress: Progress
) -> Iterator[tuple[Ledger, tuple[Caveat, ...]]]:
    """The ledger in `folder`; or, with paths, one that holds just them and is gone afterwards.

    With it comes what is to be said of files that were passed over. Raises DataError when nothing in the paths could be
    read or recognised.
    """
    if not paths:
        yield open_for_reading(folder), ()
        return
    with (
        TemporaryDirectory(prefix="tokenaudit-") as temporary,
        open_for_writing(Path(temporary, "ledger"), is_passing=True) as ledger,
    ):
        result = ingest(ledger, paths, jobs, progress)
        nothing = result.nothing(paths)
        if nothing is not None:
            raise nothing
        yield ledger, tuple(object_caveats(result))


def _contracted(
    cells: Iterable[TokenCell], rates: RateCache, contract: Sequence[Discount], *, strict: bool
) -> Tally | None:
    """The same requests at the prices of the contract; None where it has no discounts."""
    if not contract:
        return None
    return tally(cells, Pricing(ContractRates(rates, contract), cost_usd), strict=strict)


def _asked_for(
    engine: DuckEngine, cells: Sequence[TokenCell], pricing: Pricing, asked: Comparison, matches: Mapping[str, str]
) -> Found:
    """The sections that are there on demand only."""
    question, strict = asked.question, asked.strict
    found: Found = ((), ())
    if asked.explain_change:
        found = change_effects(cells, question, pricing, matches, asked.cost, strict=strict)
    if asked.unit_costs:
        more = unit_costs(engine, question, cells, pricing, strict=strict)
        found = ((*found[0], *more[0]), (*found[1], *more[1]))
    return found


def _verdict(notes: tuple[Caveat, ...], counted: Tally, asked: Comparison, *, empty: bool) -> Verdict:
    if empty or (asked.strict and bad_data(notes)):
        return Verdict("insufficient-data", DataError.exit_code)
    sums = [counted.side(side.label) for side in asked.question.sides]
    if any(sum(each.priced_tokens.values()) < (each.total_tokens() or 0) * asked.min_priced for each in sums):
        return Verdict("unpriced", 1)
    return Verdict()


_NO_ROW = (
    "what the bills of this window hold is in no row: --currency USD converts other currencies that have a rate, "
    "and a --by that bills do not know needs logs"
)


def _has_bills(report: Report) -> bool:
    return any(section.id == "bill" and section.rows for section in report.sections)


def complaint(report: Report) -> DataError | None:
    """Why a report is not good enough to end well; None where it is."""
    if report.verdict.exit_code != DataError.exit_code:
        return None
    if not report.section("compare").rows:
        return nothing(
            "there are no requests on either side in this window",
            hint=_NO_ROW if _has_bills(report) else "check --since, --until, --left, --right and the other filters",
            ledger_version=report.provenance.ledger_version,
            caveats=report.caveats,
        )
    return refusal(report.caveats)
