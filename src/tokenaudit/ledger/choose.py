"""One source for each provider, account, model and day, so that no token is counted twice.

Provider logs and gateway logs see every call with its tokens, so they come first. OpenTelemetry spans are the clients'
own account of the same calls: they serve where there is no such log. RequestResponse logs tell no tokens: beside a
gateway log they add the calls that passed it by, but they give way to spans, which do tell tokens.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.cells import Exclusion, Presence

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import date

SPANS = "otel.spans"
_TOKENLESS = "azure.request_logs"


@dataclass(frozen=True)
class Choice:
    """What to leave out, and the requests on which it could not be decided.

    Those are spans of an unknown account on a day with several accounts.
    """

    exclusions: tuple[Exclusion, ...]
    undecided_requests: int


def choose(presence: Iterable[Presence]) -> Choice:
    """Decides for all that `presence` lists. A null account counts as the only known one of its provider and day."""
    entries = list(presence)
    accounts: dict[tuple[str, date], set[str]] = defaultdict(set)
    cells: dict[tuple[str, str | None, date], list[Presence]] = defaultdict(list)
    for each in entries:
        cells[each.provider, each.model, each.day].append(each)
        if each.account is not None:
            accounts[each.provider, each.day].add(each.account)
    exclusions: list[Exclusion] = []
    undecided = 0
    for (provider, _, day), found in cells.items():
        alone = len(accounts[provider, day]) <= 1
        for each in found:
            rivals = [other for other in found if _better(other, each)]
            same = [other for other in rivals if alone or each.account == other.account]
            if same:
                exclusions.append(Exclusion(each.provider, each.account, each.model, each.day, each.source))
            elif any(each.account is None or other.account is None for other in rivals):
                undecided += each.requests
    return Choice(tuple(exclusions), undecided)


def _better(other: Presence, than: Presence) -> bool:
    """Whether `other` tells the requests of `than` again, and better."""
    if than.source == SPANS:
        return other.source != SPANS and (other.source != _TOKENLESS or other.tells_tokens)
    return than.source == _TOKENLESS and not than.tells_tokens and other.source == SPANS
