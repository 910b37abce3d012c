"""A question -> cells -> prices -> the side-by-side, with everything that has to be said about it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis import caveats
from tokenaudit.analysis.compare import LIST, compare_section, labels, totals_section
from tokenaudit.analysis.tally import Pricing, tally
from tokenaudit.catalogue.shipped import load_rates
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.errors import DataError
from tokenaudit.ledger.ledger import Ledger, open_for_reading, open_for_writing
from tokenaudit.model.report import Caveat, Provenance, Report, Verdict
from tokenaudit.pipeline.bills import post
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.ingest import ingest
from tokenaudit.pipeline.summaries import object_caveats
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.book import PriceBook

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.config import Loaded
    from tokenaudit.model.ports import Progress
    from tokenaudit.model.question import Question


@dataclass(frozen=True)
class Comparison:
    """A question, and how to answer it.

    `pairs` are models that stand in one row; with `strict` nothing is assumed; `cost` is what unit prices are made of
    (`list`, `billed`, `effective`); bills in other currencies are converted where a `currency` is named.
    """

    question: Question
    pairs: Sequence[tuple[str, str]] = ()
    strict: bool = False
    cost: str = LIST
    currency: str | None = None


def compare(ledger: Ledger, loaded: Loaded, asked: Comparison, said: Sequence[Caveat] = ()) -> Report:
    """The comparison over what `ledger` holds; `said` are caveats of the ingest that went before.

    Where no side has a single request the report is empty, and its verdict says so.
    """
    question = asked.question
    sides = [side.label for side in question.sides]
    engine = DuckEngine(ledger.usage_files(), loaded.config.aliases(), charges=ledger.charges_files())
    coverage, choices = chosen(engine, ledger, question)
    cells = engine.rollup(question)
    latencies = engine.latency(question)
    book = price_book(loaded)
    pricing = Pricing(RateCache(book), cost_usd)
    counted = tally(cells, pricing, strict=asked.strict)
    bills = post(engine, question, cells, pricing, loaded, asked.currency)
    section = compare_section(
        sides, question.by, counted, latencies, labels(asked.pairs, cells), billing=bills.billing, cost=asked.cost
    )
    notes = (
        *said,
        *_rejects(ledger),
        *caveats.empty_sides(sides, section),
        *caveats.billed_only(section),
        *caveats.unpriced(counted),
        *caveats.unresolved(cells),
        *caveats.tokenless(cells),
        *caveats.assumed(counted, cells),
        *caveats.estimated(cells),
        *caveats.metered(cells),
        *choices,
        *bills.caveats,
        *caveats.unjoined(cells),
        *caveats.vantages(latencies),
        *caveats.streaming(sides, latencies),
        *caveats.small_samples(latencies),
        *_contract(loaded),
    )
    return Report(
        command="compare",
        sections=(section, totals_section(sides, counted, bills.billing, coverage, asked.cost), *bills.sections),
        provenance=Provenance(__version__, book.date, book.sha256, ledger.version),
        caveats=notes,
        verdict=_verdict(notes, empty=not section.rows, strict=asked.strict),
        since=question.base.window.since,
        until=question.base.window.until,
    )


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
    with TemporaryDirectory(prefix="tokenaudit-") as temporary, open_for_writing(Path(temporary, "ledger")) as ledger:
        result = ingest(ledger, paths, jobs, progress)
        nothing = result.nothing(paths)
        if nothing is not None:
            raise nothing
        yield ledger, tuple(object_caveats(result))


def price_book(loaded: Loaded) -> PriceBook:
    """The shipped prices, under the user's own. Raises ConfigError for a wrong line of the user's file."""
    overrides = loaded.config.prices.overrides
    return PriceBook(*load_rates(loaded.resolve(overrides) if overrides else None))


def _rejects(ledger: Ledger) -> Iterator[Caveat]:
    objects = [each for each in ledger.objects().values() if each.reject_count]
    count = sum(each.reject_count for each in objects)
    if count:
        where = f"{count:,} records in {len(objects):,} objects"
        text = f"{where} could not be read and are in no figure; see `tokenaudit ledger rejects`"
        yield Caveat("rejects", text, count)


def _contract(loaded: Loaded) -> Iterator[Caveat]:
    discounts = loaded.config.prices.discounts
    if discounts:
        text = f"{len(discounts)} discounts of [prices] are not in these figures: they are list prices"
        yield Caveat("discounts_not_applied", text, len(discounts))


def _verdict(notes: tuple[Caveat, ...], *, empty: bool, strict: bool) -> Verdict:
    bad = {note.code for note in notes} & {"rejects", "unpriced"}
    return Verdict("insufficient-data", DataError.exit_code) if empty or (strict and bad) else Verdict()


def complaint(report: Report) -> DataError | None:
    """Why a report is not good enough to end well; None where it is."""
    if report.verdict.exit_code != DataError.exit_code:
        return None
    if not report.section("compare").rows:
        return DataError(
            "there are no requests on either side in this window",
            hint="check --since, --until, --left, --right and the other filters",
        )
    codes = sorted({note.code for note in report.caveats} & {"rejects", "unpriced"})
    return DataError(
        f"--strict: {' and '.join(codes)} (see the caveats)",
        hint="mend the logs, name the prices in [prices] overrides, or leave --strict out",
    )
