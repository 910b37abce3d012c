"""`prices verify`: the book against the public catalogue and against the bills of the ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.catalogue.genai import catalogue_rates
from tokenaudit.model.rates import BILL, CATALOGUE
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.pipeline.price_books import rates_of_bills
from tokenaudit.pipeline.price_listing import PRICE
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.verify import TOLERANCE, verify

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.question import Filter
    from tokenaudit.pricing.verify import Finding, Verified

_KEY = ("provider", "model", "scope", "region", "tier", "token_kind")
FINDING_FIELDS = (
    Field("against"),
    *map(Field, _KEY),
    Field("prompt_band", "tokens"),
    Field("day"),
    Field("book_usd_per_mtok", PRICE),
    Field("other_usd_per_mtok", PRICE),
    Field("difference_ratio", "ratio"),
    *map(Field, ("book_source", "other_source", "note")),
)
_NAMED = 10


def verify_report(book: PriceBook, day: date, ledger: Ledger | None, base: Filter, *, strict: bool) -> Report:
    """Every disagreement of the official prices beyond half a percent: a finding, which ends well.

    With `strict` the verdict is bad. The catalogue is asked for the prices of `day`, a bill shows those of its days.
    """
    official = PriceBook(book.rates)
    checked = {CATALOGUE: verify(official, catalogue_rates(), day)}
    if ledger is not None:
        checked[BILL] = verify(official, rates_of_bills(ledger, base))
    rows = [_row(against, each) for against, found in checked.items() for each in found.disagreements]
    columns = tuple(map(Field, ("against", "compared", "disagree", "missing")))
    return Report(
        "prices verify",
        (
            Section("verified", "Held against the book", columns, tuple(_count(*each) for each in checked.items())),
            Section("disagreements", "Prices that disagree", FINDING_FIELDS, tuple(rows)),
            Section("missing", "Prices that the book does not have", FINDING_FIELDS, tuple(_missing(checked))),
        ),
        Provenance(__version__, book.date, book.sha256, ledger.version if ledger is not None else None),
        tuple(_caveats(checked)),
        Verdict("mismatch", 1) if strict and rows else Verdict(),
        since=base.window.since,
        until=base.window.until,
    )


def _count(against: str, found: Verified) -> dict[str, Value]:
    return {
        "against": against,
        "compared": found.compared,
        "disagree": len(found.disagreements),
        "missing": len(found.missing),
    }


def _missing(checked: dict[str, Verified]) -> Iterator[dict[str, Value]]:
    return (_row(against, each) for against, found in checked.items() for each in found.missing)


def _row(against: str, found: Finding) -> dict[str, Value]:
    theirs, ours = found.theirs, found.ours
    return {
        "against": against,
        **dict(
            zip(
                _KEY,
                (theirs.provider, theirs.model, theirs.scope, theirs.region, theirs.tier, theirs.kind),
                strict=True,
            )
        ),
        "prompt_band": theirs.prompt_band or None,
        "day": found.day,
        "book_usd_per_mtok": ours.usd_per_mtok if ours else None,
        "other_usd_per_mtok": theirs.usd_per_mtok,
        "difference_ratio": found.ratio,
        "book_source": f"{ours.source} of {ours.source_date}" if ours else None,
        "other_source": theirs.source,
        "note": found.why or theirs.note or None,
    }


def _caveats(checked: dict[str, Verified]) -> Iterator[Caveat]:
    for against, found in checked.items():
        count = len(found.disagreements)
        if count:
            text = (
                f"{count:,} of {found.compared:,} prices of the {against} differ from the book by over {TOLERANCE:.1%}"
            )
            yield Caveat("prices_disagree", text, count)
    if BILL not in checked:
        yield Caveat("no_ledger", "there is no ledger: the book was not held against a bill")
    elif not checked[BILL].compared:
        yield Caveat("no_bill", "no bill of the ledger tells list cost and tokens: the book was not held against one")
