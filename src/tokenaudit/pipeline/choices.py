"""Where several sources tell the same requests, one of them is counted: which, and what the logs missed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.ledger.choose import METRICS, SPANS, Choice, choose
from tokenaudit.model.question import bill_part
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.question import Question

_WHOLE = 0.995
"""Logs that saw this share of the metered tokens missed nothing worth a word."""


def chosen(engine: DuckEngine, ledger: Ledger, question: Question) -> tuple[dict[str, float], tuple[Caveat, ...]]:
    """Leaves out of the engine's answers what another source tells better.

    Returns the share of metered tokens that the logs saw, by side, and what is to be said.
    """
    sources = {each.source for each in ledger.objects().values()}
    if sources.isdisjoint({SPANS, *METRICS}):
        return {}, ()
    choice = choose(engine.presence(bill_part(question.base)))
    engine.leave_out(choice.exclusions)
    coverage = {}
    if not sources.isdisjoint(METRICS):
        for side in question.sides:
            mine = choose(engine.presence(bill_part(question.base), bill_part(side.filter)))
            metered = sum(each.metered_tokens for each in mine.coverage)
            if metered:
                coverage[side.label] = min(sum(each.logged_tokens for each in mine.coverage) / metered, 1.0)
    return coverage, tuple(_said(choice, coverage))


def _said(choice: Choice, coverage: dict[str, float]) -> Iterator[Caveat]:
    names = sorted({each.source for each in choice.exclusions if each.source not in METRICS})
    if names:
        left_out = [each for each in choice.exclusions if each.source in names]
        days = len({each.day for each in left_out})
        text = f"{', '.join(names)} left out on {days} days, because another source tells the same requests better"
        yield Caveat("source_choice", text, len(left_out))
    if choice.undecided_requests:
        text = (
            f"{choice.undecided_requests:,} requests name no account on days with several: "
            "another source may tell the same requests"
        )
        yield Caveat("unknown_account", text, choice.undecided_requests)
    for side, share in coverage.items():
        if share < _WHOLE:
            text = f"{side}: the logs saw {share:.1%} of the tokens that the cloud metered; the rest is in no log"
            yield Caveat("coverage", text)
