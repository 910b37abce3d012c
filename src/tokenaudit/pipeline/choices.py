"""Where several sources tell the same requests, one of them is counted: which, and what the logs missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.ledger.choose import METRICS, SPANS, Choice, choose
from tokenaudit.model.counted import counted
from tokenaudit.model.percentage import percentage
from tokenaudit.model.question import bill_part
from tokenaudit.model.report import Caveat
from tokenaudit.pipeline.metered_again import metered_in_rows, metered_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.cells import BillExclusion
    from tokenaudit.model.question import Filter, Question

_SECOND_HAND = {SPANS, *METRICS}
"""What may tell requests that another source tells too."""
_WHOLE = 0.995
"""Logs that saw this share of the metered tokens missed nothing worth a word."""


def chosen(engine: DuckEngine, ledger: Ledger, question: Question) -> tuple[dict[str, float], tuple[Caveat, ...]]:
    """Leaves out of the engine's answers what another source tells better.

    Returns the share of metered tokens that the logs saw, by side, and what is to be said.
    """
    sources = _sources(ledger)
    if sources.isdisjoint(_SECOND_HAND):
        return {}, ()
    metered = metered_once(engine, ledger, question.base)
    choice = choose(engine.presence(bill_part(question.base)))
    engine.leave_out(choice.exclusions)
    coverage = {}
    if not sources.isdisjoint(METRICS):
        for side in question.sides:
            mine = choose(engine.presence(bill_part(question.base), bill_part(side.filter)))
            total = sum(each.metered_tokens for each in mine.coverage)
            if total:
                coverage[side.label] = min(sum(each.logged_tokens for each in mine.coverage) / total, 1.0)
    return coverage, (*metered, *_said(choice, coverage))


def told_twice(engine: DuckEngine, ledger: Ledger, base: Filter) -> Iterator[Caveat]:
    """Which rows of requests are no requests of their own: whoever adds up all rows counts those twice."""
    if not _sources(ledger).isdisjoint(_SECOND_HAND):
        again = choose(engine.presence(base)).exclusions
        yield from _twice(f"{name} tells requests" for name in sorted({each.source for each in again}))
        yield from metered_in_rows(engine, ledger, base)


def bills_told_twice(dropped: Iterable[BillExclusion], doubled: int) -> Iterator[Caveat]:
    """Which lines of bills are told by others too. `doubled` are lines of amortised costs beside actual ones."""
    names = [f"{name} tells lines of bills" for name in sorted({each.source for each in dropped if each.is_any})]
    yield from _twice([*names, *([f"an export of amortised costs tells {doubled:,} lines"] if doubled else ())])


def _twice(said: Iterable[str]) -> Iterator[Caveat]:
    for each in said:
        text = f"{each} that are in the file from another source too: a sum over all rows counts them twice"
        yield Caveat("told_twice", text)


def _sources(ledger: Ledger) -> set[str]:
    return {each.source for each in ledger.objects().values()}


def _said(choice: Choice, coverage: dict[str, float]) -> Iterator[Caveat]:
    names = sorted({each.source for each in choice.exclusions if each.source not in METRICS})
    if names:
        left_out = [each for each in choice.exclusions if each.source in names]
        on = counted(len({each.day for each in left_out}), "day")
        text = f"{', '.join(names)} left out on {on}, because another source tells the same requests better"
        yield Caveat("source_choice", text, len(left_out))
    if choice.undecided_requests:
        text = (
            f"{counted(choice.undecided_requests, 'request')} without an account on days with several: "
            "another source may tell the same requests"
        )
        yield Caveat("unknown_account", text, choice.undecided_requests)
    for side, share in coverage.items():
        if share < _WHOLE:
            text = (
                f"{side}: the logs saw {percentage(share)} of the tokens that the cloud metered; the rest is in no log"
            )
            yield Caveat("coverage", text)
