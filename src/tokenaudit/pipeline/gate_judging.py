"""Two windows for the gate, whoever asks: the findings between them, and what is to be said of the two."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.analysis.gate import judge
from tokenaudit.analysis.gate_pairs import paired
from tokenaudit.model.counted import counted
from tokenaudit.model.gate_policy import Policy
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.analysis.gate import Finding
    from tokenaudit.analysis.gate_causes import Why
    from tokenaudit.analysis.reprice import Repriced
    from tokenaudit.model.baseline import Baseline


def judged(before: Baseline, after: Baseline, policy: Policy, repriced: Repriced, causes: Why) -> tuple[Finding, ...]:
    """The findings between two windows: case by case where both are paired by the same key."""
    if before.pair_by is None or before.pair_by != after.pair_by:
        return judge(before, after, policy, repriced, causes.causes)
    cases = paired(before, after, policy)
    return judge(cases.before, cases.after, cases.policy, repriced, causes.causes, cases.pairs)


def said_of(name: str, before: Baseline, after: Baseline, repriced: Repriced) -> Iterator[Caveat]:
    """What has to be known of two windows that are compared; `name` is what to call the first."""
    if before.price_book.sha256 != after.price_book.sha256:
        text = f"the {name} was priced with the book {_book(before)}, this window with {_book(after)}"
        yield Caveat("price_book_changed", f"{text}: statistics run on equal prices, the price effect is apart")
    if before.filters != after.filters:
        chosen = " and ".join(", ".join(each.filters) or "everything" for each in (before, after))
        yield Caveat("other_filters", f"the {name} and this window are not of the same requests: {chosen}")
    if before.overlaps(after) and before.ratios != after.ratios:
        text = f"the {name} ends on {before.last_day} and this window begins on {after.first_day}: what both hold hides"
        yield Caveat("windows_overlap", f"{text} a part of the change; say --since")
    if repriced.unknown_tokens:
        text = f"{repriced.unknown_tokens:,} tokens of the {name} have no price now: they keep the one they had"
        yield Caveat("price_gone", text, repriced.unknown_tokens)
    if repriced.learned_tokens:
        text = f"{repriced.learned_tokens:,} tokens of the {name} had no price then and have one now"
        yield Caveat("price_learned", f"{text}: why the cost changed is told at that one", repriced.learned_tokens)
    if before.pair_by is not None and before.pair_by == after.pair_by:
        cases = paired(before, after, Policy())
        if cases.unmatched:
            yield Caveat(
                "unmatched_cases", f"{counted(cases.unmatched, 'case')} in one of the windows only", cases.unmatched
            )
        if 2 * cases.repeated > cases.matched:
            text = f"{cases.repeated:,} of {cases.matched:,} cases have twice as many requests in one window or more"
            yield Caveat("cases_repeated", f"{text}: a window has to be one run of the suite", cases.repeated)
    elif before.pair_by != after.pair_by:
        yield Caveat("not_paired", f"the {name} is paired by {before.pair_by or 'nothing'}: cases are not compared")


def _book(window: Baseline) -> str:
    """As the footer of a report names it: with overrides of its own a book has the date of the shipped one."""
    return f"{window.price_book.date or '?'} {(window.price_book.sha256 or '')[:12]}".rstrip()
