"""`prices diff`: what two price books say differently, and what that makes of the ledger's cost."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.analysis import caveats, price_caveats
from tokenaudit.analysis.cell_prices import Pricing
from tokenaudit.analysis.tally import Sums, tally
from tokenaudit.errors import DataError
from tokenaudit.model.question import Filter, Question, Side
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.pipeline.choices import chosen
from tokenaudit.pipeline.engine import engine_over
from tokenaudit.pipeline.objects_read import rejected
from tokenaudit.pipeline.price_listing import PRICE
from tokenaudit.pipeline.strictly import bad_data
from tokenaudit.pricing.apply import RateCache, cost_usd
from tokenaudit.pricing.changes import Change, changes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.analysis.tally import Tally
    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.pricing.book import PriceBook

_KEY = ("provider", "model", "model_version", "scope", "region", "tier", "token_kind", "prompt_band")
CHANGE_FIELDS = (
    Field("change"),
    *(Field(name, "tokens" if name == "prompt_band" else "") for name in _KEY),
    *map(Field, ("since", "until")),
    Field("before_usd_per_mtok", PRICE),
    Field("after_usd_per_mtok", PRICE),
    Field("change_ratio", "ratio"),
    *map(Field, ("before_source", "after_source")),
)
COST_FIELDS = (
    Field("model"),
    Field("before_cost_usd", "USD"),
    Field("after_cost_usd", "USD"),
    Field("change_usd", "USD"),
    Field("change_ratio", "ratio"),
)
TOTAL = "total"


def diff_report(
    before: PriceBook, after: PriceBook, ledger: Ledger | None, loaded: Loaded, base: Filter, *, strict: bool = False
) -> Report:
    """What `after` says differently from `before`, and the list cost of the ledger's rows at both. The two are named.

    The provenance is that of `after`. Without a ledger only the prices are compared. With `strict` nothing is assumed,
    and the verdict is bad where the cost is not that of all tokens.
    """
    found = changes(before.rates, after.rates)
    counts = Counter(each.kind for each in found)
    rows: tuple[dict[str, Value], ...] = (
        {
            "before": f"{before.date} {before.sha256[:12]}",
            "after": f"{after.date} {after.sha256[:12]}",
            **{kind: counts[kind] for kind in ("added", "removed", "changed")},
        },
    )
    columns = tuple(map(Field, ("before", "after", "added", "removed", "changed")))
    sections = [
        Section("books", "Price books", columns, rows),
        Section("changes", "Prices that differ", CHANGE_FIELDS, tuple(map(_row, found))),
    ]
    notes: list[Caveat] = []
    if ledger is None:
        notes.append(Caveat("no_ledger", "there is no ledger: what the prices would have cost is not known"))
    else:
        cost, said = _cost(before, after, ledger, loaded, base, strict=strict)
        sections.append(cost)
        notes += said
    return Report(
        "prices diff",
        tuple(sections),
        Provenance(__version__, after.date, after.sha256, ledger.version if ledger is not None else None),
        tuple(notes),
        Verdict("insufficient-data", DataError.exit_code) if strict and bad_data(notes) else Verdict(),
        since=base.window.since,
        until=base.window.until,
    )


def _row(change: Change) -> dict[str, Value]:
    return {
        "change": change.kind,
        **dict(zip(_KEY, (*change.sold[:-1], change.sold[-1] or None), strict=True)),
        "since": change.since,
        "until": change.until,
        "before_usd_per_mtok": change.before.usd_per_mtok if change.before else None,
        "after_usd_per_mtok": change.after.usd_per_mtok if change.after else None,
        "change_ratio": change.ratio,
        "before_source": change.before.source if change.before else None,
        "after_source": change.after.source if change.after else None,
    }


def _cost(
    before: PriceBook, after: PriceBook, ledger: Ledger, loaded: Loaded, base: Filter, *, strict: bool
) -> tuple[Section, tuple[Caveat, ...]]:
    question = Question((Side("all", Filter()),), ("model",), base)
    engine = engine_over(ledger, loaded)
    _, said = chosen(engine, ledger, question)
    cells = engine.rollup(question)
    tallied = [tally(cells, Pricing(RateCache(book), cost_usd), strict=strict) for book in (before, after)]
    costs = [_by_model(each) for each in tallied]
    models = sorted({model for each in costs for model in each})
    sums = [[each.get(model, Sums()) for each in costs] for model in models]
    differ = [model for model, (old, new) in zip(models, sums, strict=True) if old.priced_tokens != new.priced_tokens]
    rows = [_cost_row(model, *pair) for model, pair in zip(models, sums, strict=True)]
    totals = [Sums(), Sums()]
    for pair in sums:
        for total, each in zip(totals, pair, strict=True):
            total.add(each)
    section = Section("cost", "The ledger's list cost", COST_FIELDS, (*rows, _cost_row(TOTAL, *totals)))
    neither = Counter({key: count for key, count in tallied[1].unpriced.items() if key[0] not in differ})
    notes = (
        *rejected(ledger),
        *_priced_differently(differ),
        *price_caveats.unpriced(replace(tallied[1], unpriced=neither)),
        *caveats.tokenless(cells),
        *price_caveats.assumed(tallied[1], cells),
    )
    return section, (*said, *notes)


def _by_model(tallied: Tally) -> dict[str, Sums]:
    """The sums of each model that has a price; of the book alone, without the layers below it."""
    found: defaultdict[str, Sums] = defaultdict(Sums)
    for (_, (model, *_)), sums in tallied.sums.items():
        if sums.cost_usd:
            found[str(model)].add(sums)
    return found


def _cost_row(model: str, old: Sums, new: Sums) -> dict[str, Value]:
    """What the model's tokens cost in both; what it changed by is told where both price the same tokens."""
    before, after = old.list_cost_usd(), new.list_cost_usd()
    if old.priced_tokens != new.priced_tokens:
        return {
            "model": model,
            "before_cost_usd": before,
            "after_cost_usd": after,
            "change_usd": None,
            "change_ratio": None,
        }
    return {
        "model": model,
        "before_cost_usd": before,
        "after_cost_usd": after,
        "change_usd": after - before if before is not None and after is not None else None,
        "change_ratio": after / before - 1 if before and after is not None else None,
    }


def _priced_differently(models: Sequence[str]) -> Iterator[Caveat]:
    if models:
        text = f"only one of the books has a price for some tokens of {', '.join(models)}: so the change is not known"
        yield Caveat("priced_by_one", text, len(models))
