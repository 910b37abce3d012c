"""A window of the ledger as the gate looks at it: what a baseline remembers, and what budgets are held against."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from decimal import Decimal
from hashlib import sha256
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis import caveats, price_caveats
from tokenaudit.analysis.budgets import spent_by_day
from tokenaudit.analysis.cell_prices import CellPrices, Pricing
from tokenaudit.analysis.tally import tally
from tokenaudit.errors import UsageError
from tokenaudit.model.baseline import Baseline, Book, Case, Source, UsageCell
from tokenaudit.model.columns import ANSWER_TOKENS, PRICED_TOKENS, PROMPT_TOKENS
from tokenaudit.model.gate_policy import COVERAGE_RATIO, PRICED_RATIO
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.gate_figures import SUBJECT, quantiles, ratios
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.price_books import list_rates, price_book
from tokenaudit.pricing.apply import cost_usd

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from tokenaudit.analysis.budgets import Spent
    from tokenaudit.config import Loaded
    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.baseline import Subject
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.report import Caveat
    from tokenaudit.pricing.book import PriceBook

SIDE = "window"
MOST_CASES = 20_000
_DIGITS = 16


@dataclass(frozen=True)
class Asked:
    """Which rows, the key by which replayed cases are paired, and the price book (None: the one in force)."""

    base: Filter
    pair_by: str | None = None
    price_book: str | None = None


@dataclass(frozen=True)
class Window:
    """What was read: the figures, list cost by subject and day, known shares, the book, and what is to be said."""

    figures: Baseline
    by_day: Mapping[Subject, Spent]
    shares: Mapping[str, float | None]
    book: PriceBook
    pricing: Pricing
    caveats: tuple[Caveat, ...]


def read_window(ledger: Ledger, loaded: Loaded, asked: Asked) -> Window | None:
    """The rows of the ledger that are asked for; None where there is none.

    Raises UsageError where the key of a case has more values than any suite has cases.
    """
    question = Question((Side(SIDE, Filter()),), (), asked.base)
    engine = engine_over(ledger, loaded)
    coverage, choices = chosen(engine, ledger, question)
    cells = engine.rollup(question)
    if not cells:
        return None
    book = price_book(loaded, asked.price_book)
    pricing = Pricing(list_rates(book, ledger, asked.base), cost_usd)
    counted = tally(cells, pricing)
    sums = counted.side(SIDE)
    tokens = sums.total_tokens()
    days = sorted({cell.day for cell in cells})
    figures = Baseline(
        tool_version=__version__,
        since=asked.base.window.since,
        until=asked.base.window.until,
        first_day=days[0],
        last_day=days[-1],
        source=Source(sum(cell.requests for cell in cells), ledger.version),
        price_book=Book(book.date, book.sha256),
        ratios=ratios(engine, question, cells, pricing),
        quantiles=quantiles(engine, question),
        cells=usage_cells(cells, pricing),
        filters=tuple(f"{each.key}={'|'.join(each.patterns)}" for each in asked.base.conditions),
        pair_by=asked.pair_by,
        cases=_cases(engine, question, asked.pair_by, pricing) if asked.pair_by else (),
    )
    notes = (
        *rejected(ledger),
        *price_caveats.unpriced(counted),
        *caveats.unresolved(cells),
        *caveats.tokenless(cells),
        *price_caveats.assumed(counted, cells),
        *caveats.estimated(cells),
        *caveats.metered(cells),
        *choices,
    )
    shares = {
        PRICED_RATIO: sum(sums.priced_tokens.values()) / tokens if tokens else None,
        COVERAGE_RATIO: coverage.get(SIDE),
    }
    return Window(figures, spent_by_day(_costs(cells, pricing)), shares, book, pricing, notes)


def usage_cells(cells: Iterable[TokenCell], pricing: Pricing) -> tuple[UsageCell, ...]:
    """Requests, tokens and list cost by everything that decides a price but the day, in the order of that.

    Scope and tier are those that the requests were priced as: otherwise those of failed ones, whose log often tells no
    tier, would be bought apart from all others. Days on which a kind had no price are apart from those on which it had
    one: over all of them together its price would be too low.
    """
    prices = CellPrices(pricing, strict=False)
    found: defaultdict[tuple[str | int | None, ...], list[TokenCell]] = defaultdict(list)
    for cell in cells:
        scope, tier = prices.bought_as(cell)
        place = (cell.provider, cell.model, cell.model_version, cell.region, scope, tier, cell.prompt_band)
        of_kind = prices.of(cell)
        unknown = [kind for kind in PRICED_TOKENS if cell.tokens.get(kind) and of_kind(kind).rate is None]
        found[(*place, " ".join(unknown))].append(replace(cell, scope=scope, tier=tier))
    return tuple(
        _usage_cell(found[place], pricing)
        for place in sorted(found, key=lambda place: tuple((each is not None, str(each)) for each in place))
    )


def _usage_cell(cells: Sequence[TokenCell], pricing: Pricing) -> UsageCell:
    tokens, costs = Counter[str](), defaultdict[str, Decimal](Decimal)
    for cell in cells:
        for column in PRICED_TOKENS:
            tokens[column] += cell.tokens.get(column) or 0
        for column, cost in _cost_of(cell, pricing).items():
            costs[column] += cost
    first = cells[0]
    return UsageCell(
        first.provider,
        first.model,
        first.model_version,
        first.region,
        first.scope,
        first.tier,
        first.prompt_band,
        sum(cell.requests for cell in cells),
        sum(cell.requests - cell.error_count - cell.tokenless_count for cell in cells),
        {column: tokens[column] for column in PRICED_TOKENS if tokens[column]},
        {column: costs[column] for column in PRICED_TOKENS if column in costs},
        _listed(max(cells, key=lambda cell: cell.day), pricing),
    )


def _listed(cell: TokenCell, pricing: Pricing) -> dict[str, Decimal]:
    """The prices of all kinds on the day of the cell, USD per million tokens."""
    if cell.model is None:
        return {}
    found = {column: pricing.resolve(cell.rate_key(column.removesuffix("_tokens"))).rate for column in PRICED_TOKENS}
    return {column: rate.usd_per_mtok for column, rate in found.items() if rate is not None}


def _cost_of(cell: TokenCell, pricing: Pricing) -> dict[str, Decimal]:
    """List cost by token column, of those that have a price."""
    found = {}
    for column in PRICED_TOKENS:
        count = cell.tokens.get(column)
        rate = pricing.resolve(cell.rate_key(column.removesuffix("_tokens"))).rate if count and cell.model else None
        if count and rate is not None:
            found[column] = pricing.cost_usd(count, rate)
    return found


def _costs(cells: Iterable[TokenCell], pricing: Pricing) -> Iterator[tuple[Subject, date, Decimal]]:
    for cell in cells:
        costs = _cost_of(cell, pricing)
        if costs:
            yield (cell.provider, cell.model), cell.day, sum(costs.values(), Decimal(0))


def _cases(engine: DuckEngine, question: Question, pair_by: str, pricing: Pricing) -> tuple[Case, ...]:
    """What the requests of each case cost, used and took, in the order of provider, model and hash of the case."""
    by = Question(question.sides, (*SUBJECT, pair_by), question.base)
    parts: defaultdict[tuple[str, str | None, str], list[TokenCell]] = defaultdict(list)
    for cell in engine.rollup(by):
        if cell.group[2] is not None:
            parts[cell.provider, cell.model, _hashed(cell.group[2])].append(cell)
    if len(parts) > MOST_CASES:
        raise UsageError(
            f"{pair_by} has {len(parts):,} values: it does not name cases of a suite",
            hint="pair by a key that the same case has in every run, e.g. tag:case",
        )
    times = {
        (str(cell.group[0]), None if cell.group[1] is None else str(cell.group[1]), _hashed(cell.group[2])): cell
        for cell in engine.latency(by)
        if cell.group[2] is not None
    }
    return tuple(
        Case(
            *key,
            _cost(parts[key], pricing),
            _count(parts[key], PROMPT_TOKENS),
            _count(parts[key], ANSWER_TOKENS),
            times[key].latency_p50_ms if key in times else None,
            sum(cell.requests for cell in parts[key]),
        )
        for key in sorted(parts, key=lambda key: tuple(map(str, key)))
    )


def _hashed(case: object) -> str:
    """A case by a hash: its name may say what was asked."""
    return sha256(str(case).encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]


def _cost(cells: Iterable[TokenCell], pricing: Pricing) -> float | None:
    costs = [cost for cell in cells for cost in _cost_of(cell, pricing).values()]
    return float(sum(costs, Decimal(0))) if costs else None


def _count(cells: Iterable[TokenCell], columns: Sequence[str]) -> int | None:
    counts = [count for cell in cells for column in columns if (count := cell.tokens.get(column)) is not None]
    return sum(counts) if counts else None
