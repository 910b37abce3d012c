"""Limits that need no baseline and no statistics: what may be spent, how slow, and how much has to be known."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.baseline import EVERYTHING
from tokenaudit.model.gate_policy import (
    AT_LEAST,
    COVERAGE_RATIO,
    DAYS_PER_MONTH,
    PRICED_RATIO,
    RECONCILED_RATIO,
    USD_PER_DAY,
    USD_PER_MONTH,
)
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date

    from tokenaudit.model.baseline import Baseline, Subject
    from tokenaudit.model.gate_policy import Budget

KEPT, BROKEN, UNKNOWN = "pass", "over-budget", "insufficient-data"
Spent = dict["date", Decimal]


@dataclass(frozen=True)
class Known:
    """What budgets are held against: the window, list cost by subject and day, and the shares, None where unknown."""

    window: Baseline
    by_day: Mapping[Subject, Spent]
    shares: Mapping[str, float | None]


@dataclass(frozen=True, slots=True)
class Held:
    """A budget, what it is of, the figure, and whether it is kept. `how` says how the figure was worked out.

    What it is of is a provider's model, everything together, or the pattern of a budget that nothing is of.
    """

    budget: Budget
    subject: Subject
    value: Decimal | None
    status: str
    how: str

    @property
    def is_bad(self) -> bool:
        """Broken, and at a level that ends the command with 1."""
        return self.status == BROKEN and self.budget.level == "error"

    @property
    def is_open(self) -> bool:
        """Whether nobody can tell if it is kept, at that level."""
        return self.status == UNKNOWN and self.budget.level == "error"


def hold(budgets: Iterable[Budget], known: Known) -> tuple[Held, ...]:
    """Every budget that is not off, held against what is known. One that nothing is of is not kept, but unknown."""
    found: list[Held] = []
    for each in budgets:
        if each.level != "off":
            held = list(_held(each, known))
            found += held or [Held(each, _nothing(each), None, UNKNOWN, "nothing in the window is of it")]
    return tuple(found)


def _nothing(budget: Budget) -> Subject:
    return EVERYTHING if budget.model == "*" else (None, budget.model)


def _held(budget: Budget, known: Known) -> Iterator[Held]:
    for subject, value, how in _figures(budget, known):
        if value is None:
            status = UNKNOWN
        else:
            kept = value >= budget.limit if budget.metric in AT_LEAST else value <= budget.limit
            status = KEPT if kept else BROKEN
        yield Held(budget, subject, value, status, how)


def _figures(budget: Budget, known: Known) -> Iterator[tuple[Subject, Decimal | None, str]]:
    if budget.metric in AT_LEAST:
        share = known.shares.get(budget.metric)
        yield EVERYTHING, None if share is None else Decimal(str(share)), _HOW[budget.metric]
    elif budget.metric.endswith("_ms"):
        for each in known.window.quantiles:
            if each.metric == budget.metric and budget.is_of(each.subject):
                yield each.subject, Decimal(str(each.value)), f"of {each.n:,} successful requests"
    else:
        for subject in _subjects(budget, known):
            value, how = _money(budget.metric, subject, known)
            yield subject, value, how


def _subjects(budget: Budget, known: Known) -> Sequence[Subject]:
    if budget.model == "*":
        return (EVERYTHING,)
    models = {(cell.provider, cell.model) for cell in known.window.cells}
    return sorted((each for each in models if budget.is_of(each)), key=lambda each: (each[0] or "", each[1] or ""))


def _money(metric: str, subject: Subject, known: Known) -> tuple[Decimal | None, str]:
    spent = known.by_day.get(subject, {})
    if not spent:
        return None, "nothing of it has a price"
    total = sum(spent.values(), Decimal(0))
    if metric == USD_PER_DAY:
        day = max(spent, key=lambda each: (spent[each], each))
        return spent[day], f"the dearest day, {day}"
    if metric == USD_PER_MONTH:
        days = known.window.days
        how = f"projected: {DAYS_PER_MONTH} days at the mean of the window's {round(days, 2):g}"
        return total * DAYS_PER_MONTH / Decimal(str(days)), how
    requests = known.window.requests_of(subject)
    return (total / requests if requests else None), f"over {requests:,} requests"


_HOW = {
    PRICED_RATIO: "of all tokens",
    COVERAGE_RATIO: "of the tokens that the cloud metered",
    RECONCILED_RATIO: "of the billed tokens that can be judged",
}

_COLUMNS = (
    Field("budget"),
    Field("provider"),
    Field("model"),
    Field("level"),
    Field("status"),
    Field("value"),
    Field("limit"),
    Field("unit"),
    Field("how"),
)


def unit_of(metric: str) -> str:
    """The unit of a budget."""
    if metric in AT_LEAST:
        return "ratio"
    if metric.endswith("_ms"):
        return "ms"
    return {USD_PER_DAY: "USD/day", USD_PER_MONTH: "USD/month"}.get(metric, "USD/request")


def budgets_section(held: Iterable[Held]) -> Section:
    """One row a budget and what it is of."""
    rows: list[dict[str, Value]] = [
        {
            "budget": each.budget.metric,
            "provider": each.subject[0],
            "model": each.subject[1],
            "level": each.budget.level,
            "status": each.status,
            "value": each.value,
            "limit": each.budget.limit,
            "unit": unit_of(each.budget.metric),
            "how": each.how,
        }
        for each in held
    ]
    return Section("budgets", "Budgets", _COLUMNS, tuple(rows))


def spent_by_day(costs: Iterable[tuple[Subject, date, Decimal]]) -> dict[Subject, Spent]:
    """List cost by subject and day, and of everything together."""
    found: defaultdict[Subject, defaultdict[date, Decimal]] = defaultdict(lambda: defaultdict(Decimal))
    for subject, day, cost in costs:
        found[subject][day] += cost
        found[EVERYTHING][day] += cost
    return {subject: dict(days) for subject, days in found.items()}
