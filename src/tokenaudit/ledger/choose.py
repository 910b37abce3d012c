"""One source for each provider, account, model and day, so that no token is counted twice.

Provider logs and gateway logs see every call with its tokens, so they come first. OpenTelemetry spans are the clients'
own account of the same calls: they serve where there is no such log. RequestResponse logs tell no tokens: beside a
gateway log they add the calls that passed it by, but they give way to spans, which do tell tokens. Metrics are sums
that the cloud made of the same calls: they serve where nothing else tells tokens, and otherwise show what logs missed
(coverage). Bills likewise: one source for each account's month, as far as it goes.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tokenaudit.model.cells import BillExclusion, BillPresence, Exclusion, Presence

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

SPANS = "otel.spans"
METRICS = frozenset({"aws.metrics", "azure.metrics"})
_TOKENLESS = "azure.request_logs"

# The most detailed first: all describe the same lines.
_BILLS = ("aws.cur", "azure.cost_export", "focus", "aws.cost_explorer", "azure.cost_query")


@dataclass(frozen=True)
class Choice:
    """What to leave out, and the requests on which it could not be decided.

    Those are spans of an unknown account on a day with several accounts.
    """

    exclusions: tuple[Exclusion, ...]
    undecided_requests: int
    coverage: tuple[Coverage, ...] = ()


@dataclass(frozen=True)
class Coverage:
    """Of one provider: tokens that its metrics count, and those of them that the chosen logs saw too.

    Only accounts, models and days that have metrics are in it. Logs may see more than metrics count; that is no more
    than everything.
    """

    provider: str
    metered_tokens: int
    logged_tokens: int

    @property
    def ratio(self) -> float | None:
        """The share of metered tokens that the logs saw; None where nothing was metered."""
        return min(self.logged_tokens / self.metered_tokens, 1.0) if self.metered_tokens else None


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
                timed = all(other.source in METRICS for other in same)
                exclusions.append(Exclusion(each.provider, each.account, each.model, each.day, each.source, timed))
            elif any(each.account is None or other.account is None for other in rivals):
                undecided += each.requests
    return Choice(tuple(exclusions), undecided, tuple(_coverage(cells, accounts, exclusions)))


def choose_bills(presence: Iterable[BillPresence]) -> tuple[BillExclusion, ...]:
    """What to leave out, so that each day of an account is counted from one source of bills.

    The most detailed source counts as far as it goes. A month that it does not tell to the end (an export of today)
    goes on from the next one: with the lines that begin later than all that the better ones tell. One of which nothing
    counts so is as if it were not there. A source that names no account in a month at all (Cost Explorer, where nobody
    grouped by account) is the bill of them all: it stands beside no other source. Lines without an account of a source
    that names accounts are just that.
    """
    months: dict[tuple[str, date], list[BillPresence]] = defaultdict(list)
    for each in presence:
        months[each.provider, each.billing_period].append(each)
    return tuple(each for month in months.values() for each in _told_better(month))


def _told_better(month: Sequence[BillPresence]) -> Iterator[BillExclusion]:
    """What of one month another source tells in more detail."""
    naming = {each.source for each in month if each.account is not None}
    of_all = [each for each in month if each.source not in naming]
    by_account: dict[str | None, list[BillPresence]] = defaultdict(list)
    for each in month:
        by_account[each.account].append(each)
    left: dict[BillPresence, BillExclusion] = {}
    for each in sorted(month, key=_detail):
        others = {*of_all, *by_account[each.account]} if each.source in naming else month
        better = [
            other
            for other in others
            if _detail(other) < _detail(each)
            and (other not in left or left[other].is_counted or left[other].since is not None)
        ]
        since = _since(better, left)
        if better and (since is None or (each.last_day is not None and each.last_day > since)):
            left[each] = replace(_left_out(each, sorted(better, key=_detail)), since=since)
    yield from left.values()


def _since(better: Iterable[BillPresence], left: Mapping[BillPresence, BillExclusion]) -> date | None:
    """The day after which the first of these bills counts; None where one counts from its beginning."""
    days = [left[each].through if each in left and left[each].since is None else None for each in better]
    known = [day for day in days if day is not None]
    return min(known) if known and len(known) == len(days) else None


def _left_out(bill: BillPresence, better: Sequence[BillPresence]) -> BillExclusion:
    """What of a bill others tell better, which go as far as the last of them does."""
    first = min((each.first_day for each in better if each.first_day is not None), default=None)
    begins = first if first is not None and bill.first_end is not None and bill.first_end < first else None
    place = (bill.provider, bill.account, bill.billing_period, bill.source)
    whole = BillExclusion(*place, better[0].source, begins=begins)
    last = max(
        (each for each in better if each.last_day is not None), key=lambda each: str(each.last_day), default=None
    )
    if last is None or last.last_day is None or bill.last_day is None or bill.last_start is None:
        return whole
    goes_on = bill.last_day if bill.last_day > last.last_day else None
    counts = bill.last_start > last.last_day
    is_any = bill.first_start <= last.last_day
    return replace(whole, better=last.source, through=last.last_day, is_any=is_any, goes_on=goes_on, is_counted=counts)


def _detail(bill: BillPresence) -> tuple[int, str]:
    return (_BILLS.index(bill.source) if bill.source in _BILLS else len(_BILLS), bill.source)


Cells = dict[tuple[str, str | None, "date"], list[Presence]]


def _coverage(
    cells: Cells, accounts: dict[tuple[str, date], set[str]], exclusions: Iterable[Exclusion]
) -> Iterator[Coverage]:
    left_out = {(each.provider, each.account, each.model, each.day, each.source) for each in exclusions}
    metered: dict[str, int] = defaultdict(int)
    logged: dict[str, int] = defaultdict(int)
    for (provider, model, day), found in cells.items():
        known = accounts[provider, day]
        only = next(iter(known)) if len(known) == 1 else None
        by_account: dict[str | None, list[Presence]] = defaultdict(list)
        for each in found:
            by_account[each.account or only].append(each)
        for same in by_account.values():
            total = sum(each.tokens or 0 for each in same if each.source in METRICS)
            if not total:
                continue
            metered[provider] += total
            logged[provider] += sum(
                each.tokens or 0
                for each in same
                if each.source not in METRICS and (provider, each.account, model, day, each.source) not in left_out
            )
    for provider, total in sorted(metered.items()):
        yield Coverage(provider, total, logged[provider])


def _better(other: Presence, than: Presence) -> bool:
    """Whether `other` tells the requests of `than` again, and better."""
    if than.source in METRICS:
        return other.source not in METRICS and other.tells_tokens
    if other.source in METRICS:
        return than.source == _TOKENLESS and not than.tells_tokens and other.tells_tokens
    if than.source == SPANS:
        return other.source != SPANS and (other.source != _TOKENLESS or other.tells_tokens)
    return than.source == _TOKENLESS and not than.tells_tokens and other.source == SPANS
