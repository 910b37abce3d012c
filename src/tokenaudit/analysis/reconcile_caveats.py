"""What a reader has to know to read a reconciliation right. Each function says one thing, or nothing."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from tokenaudit.model.counted import counted
from tokenaudit.model.measured import PROMPT, WRITES
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from datetime import date

    from tokenaudit.analysis.gaps import Status
    from tokenaudit.analysis.reconcile import Reconciliation

_TOGETHER = {
    PROMPT: "all prompt tokens: one source cannot tell cached from uncached ones",
    WRITES: "all cache writes: metrics do not tell those that live an hour from the others",
}
_NAMED = 10
"""At most so many names in one caveat; the rest are counted."""


def caveats(found: Reconciliation) -> Iterator[Caveat]:
    """All that the reconciliation itself forces."""
    for each in (
        provisional_days,
        provisional_lines,
        no_bill,
        no_usage,
        metrics_instead,
        no_metrics,
        left_open,
        flat_costs,
        mixed_currencies,
        odd_ratios,
    ):
        yield from each(found)


def provisional_days(found: Reconciliation) -> Iterator[Caveat]:
    """Days that are too young to be judged."""
    days = _days(found, "late")
    if days:
        text = f"{_span(days)}: not settled yet, so these cells are shown and not judged"
        yield Caveat("provisional_days", text, len(days))


def provisional_lines(found: Reconciliation) -> Iterator[Caveat]:
    """Settled days whose bill its provider still calls an estimate."""
    count = sum(judged.is_judged and judged.cell.provisional for judged in found.cells)
    if count:
        text = f"{counted(count, 'cell')} judged by lines of the bill that are an estimate until the invoice"
        yield Caveat("provisional_lines", text, count)


def no_bill(found: Reconciliation) -> Iterator[Caveat]:
    """Usage on days of which an account has no bill at all, or one that does not tell its tokens."""
    yield from _one_sided(found, "no_bill", "usage without a bill of the day that counts tokens")


def no_usage(found: Reconciliation) -> Iterator[Caveat]:
    """A bill for days of which there are neither logs nor metrics."""
    yield from _one_sided(found, "no_usage", "a bill without any logs or metrics of the day")


def _one_sided(found: Reconciliation, status: Status, what: str) -> Iterator[Caveat]:
    by_payer: dict[tuple[str, str], set[date]] = defaultdict(set)
    for judged in found.cells:
        if judged.status == status:
            key = judged.cell.key
            by_payer[key.provider, key.account or "unknown account"].add(key.day)
    listed = sorted(by_payer.items())
    for (provider, account), days in listed[:_NAMED]:
        text = f"{provider}, {account}: {what}, on {_span(days)}; not judged"
        yield Caveat(status, text, len(days))
    if len(listed) > _NAMED:
        rest = sum(len(days) for _, days in listed[_NAMED:])
        yield Caveat(status, f"{len(listed) - _NAMED} more accounts: {what}; not judged", rest)


def metrics_instead(found: Reconciliation) -> Iterator[Caveat]:
    """Cells that were judged by metrics, as there are no logs."""
    count = sum(judged.is_judged and judged.cell.logs is None for judged in found.cells)
    if count:
        text = f"{counted(count, 'cell')} on days without any logs: there the bill is held against the metrics"
        yield Caveat("metrics_instead_of_logs", text, count)


def no_metrics(found: Reconciliation) -> Iterator[Caveat]:
    """Providers of which no metrics were read, so that nobody knows what the logs missed."""
    cells: Counter[str] = Counter()
    metered: Counter[str] = Counter()
    for judged in found.cells:
        cells[judged.cell.key.provider] += 1
        metered[judged.cell.key.provider] += judged.cell.metrics is not None
    for provider in sorted(cells):
        if not metered[provider]:
            yield Caveat(
                "no_metrics", f"{provider}: no metrics, so what share of the metered tokens the logs saw is unknown"
            )


def left_open(found: Reconciliation) -> Iterator[Caveat]:
    """Dimensions that are compared together, because one of the sources does not tell them."""
    total = len(found.cells)
    for name in ("account", "region", "model", "tier"):
        count = sum(getattr(judged.cell.key, name) is None for judged in found.cells)
        if count:
            text = (
                f"{name} is left open in {count:,} of {total:,} cells: one of logs, metrics and bill does not tell it"
            )
            yield Caveat("left_open", text, count)
    for kind, text in _TOGETHER.items():
        count = sum(judged.cell.key.kind == kind for judged in found.cells)
        if count:
            yield Caveat("left_open", f"{count:,} of {total:,} cells hold {text}", count)


def flat_costs(found: Reconciliation) -> Iterator[Caveat]:
    """What was billed for capacity and the like, which is in no cell."""
    for (provider, currency), cost in sorted(found.flat_costs.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        money = f"{cost:,.2f} {currency or 'of an unknown currency'}"
        yield Caveat("flat_cost", f"{provider}: {money} billed for what is not counted in tokens; in no cell")


def mixed_currencies(found: Reconciliation) -> Iterator[Caveat]:
    """Cells whose lines are in several currencies."""
    count = sum(judged.cell.mixed_currency for judged in found.cells)
    if count:
        yield Caveat(
            "mixed_currency", f"{counted(count, 'cell')} billed in several currencies: their cost is not shown", count
        )


def odd_ratios(found: Reconciliation) -> Iterator[Caveat]:
    """SKUs whose discount is not that of the others."""
    for (provider, _), told in sorted(found.discounts.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        if told.outliers:
            text = (
                f"{provider}: {len(told.outliers)} of {len(told.per_sku)} SKUs have another discount than usual: "
                "a contract by model, another tier or region than the list price is for, or an old list price"
            )
            yield Caveat("odd_discount", text, len(told.outliers))


def scale_unknown(lines: Mapping[str, int]) -> Iterator[Caveat]:
    """Lines of a bill, by source, of which nobody can tell whether a quantity of 1 is one token or a block of them."""
    for source, count in sorted(lines.items()):
        if count:
            text = f"{source}: {counted(count, 'line')} whose quantity may be tokens or blocks: how many is unknown"
            yield Caveat("scale_unknown", text, count)


def _days(found: Reconciliation, status: Status) -> set[date]:
    return {judged.cell.key.day for judged in found.cells if judged.status == status}


def _span(days: Iterable[date]) -> str:
    ordered = sorted(days)
    count = "1 day" if len(ordered) == 1 else f"{len(ordered)} days"
    return f"{count} ({ordered[0]})" if len(ordered) == 1 else f"{count} ({ordered[0]} to {ordered[-1]})"
