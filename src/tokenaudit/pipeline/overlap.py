"""Whether the sides of a comparison hold the same requests: what both hold hides a part of any difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.columns import PROVIDER_ALIASES
from tokenaudit.model.counted import counted
from tokenaudit.model.question import Filter, Question, Side, Window
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.engines.duck import DuckEngine
    from tokenaudit.model.question import Condition

_WILD = frozenset("*?[")


def overlap(engine: DuckEngine, question: Question) -> Iterator[Caveat]:
    """How many requests are on both sides; nothing where none is. The engine is asked only where some may be."""
    left, right = (side.filter for side in question.sides)
    window = _shared(left.window, right.window)
    if window is None or _apart(left, right):
        return
    both = Side("both", Filter((*left.conditions, *right.conditions), window))
    requests = sum(cell.requests for cell in engine.rollup(Question((both,), (), question.base)))
    if requests:
        text = f"{counted(requests, 'request')} on both sides: that hides a part of every difference"
        yield Caveat("sides_overlap", text, requests)


def _shared(one: Window, other: Window) -> Window | None:
    """The time that both windows hold; None where there is none."""
    since = max((each.since for each in (one, other) if each.since is not None), default=None)
    until = min((each.until for each in (one, other) if each.until is not None), default=None)
    return None if since is not None and until is not None and since >= until else Window(since, until)


def _apart(left: Filter, right: Filter) -> bool:
    """Whether a condition of one side keeps out what one of the other asks for: plain names, and none of them twice."""
    return any(
        one.key == other.key and _names(one).isdisjoint(_names(other))
        for one in left.conditions
        for other in right.conditions
        if not _WILD & set("".join((*one.patterns, *other.patterns)))
    )


def _names(condition: Condition) -> set[str]:
    """What it asks for. A model may be named without its vendor, a provider by what it is usually called."""
    names = {pattern.lower() for pattern in condition.patterns}
    if condition.key == "provider":
        return {PROVIDER_ALIASES.get(name, name) for name in names}
    return {name.rpartition("/")[2] for name in names} if condition.key == "model" else names
