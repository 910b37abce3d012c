"""A reconciliation as tables: in all, coverage, classes, the worst cells, all cells, discounts.

Costs are in the currency that a row names; sums of two currencies are two rows. Of gaps, only cells that were judged
are in a sum: the others have no bill yet, or nothing to hold against it.
"""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from typing import TYPE_CHECKING, get_args

from tokenaudit.analysis.gaps import Status
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.analysis.gaps import Judged
    from tokenaudit.analysis.lineup import Cell
    from tokenaudit.analysis.reconcile import Reconciliation

_DIMENSIONS = ("day", "provider", "account", "region", "model", "kind", "tier")
_TOKENS = (
    Field("logs_tokens", "tokens"),
    Field("metrics_tokens", "tokens"),
    Field("bill_tokens", "tokens"),
    Field("gap_tokens", "tokens"),
    Field("gap_ratio", "ratio"),
)
_ORDER: dict[str, int] = {status: number for number, status in enumerate(get_args(Status))}


def sections(found: Reconciliation, worst: int = 20) -> tuple[Section, ...]:
    """All tables. `worst` is how many cells the short table of them has; `reconcile` has every cell, worst first."""
    ranked = sorted(found.cells, key=_rank)
    return (
        _totals(found),
        _coverage(found),
        _classes(found),
        _cells("worst", "Worst cells", [judged for judged in ranked if _is_off(judged)][:worst]),
        _cells("reconcile", "All cells", ranked),
        _discounts(found),
    )


def _rank(judged: Judged) -> tuple[int, Decimal, int, tuple[str, ...]]:
    """Bad cells, other judged ones, the rest; of each the dearest gap first, then the largest."""
    cell = judged.cell
    place = 0 if judged.is_bad else 1 if judged.is_judged else 2
    return place, -(cell.gap_cost or Decimal(0)), -abs(cell.gap or 0), cell.key.sortable


def _is_off(judged: Judged) -> bool:
    return judged.is_bad or judged.status == "boundary_shift"


def _only(currencies: Iterable[str | None]) -> str | None:
    """The currency of all that have one; None where there are several or none."""
    found = set(currencies) - {None}
    return found.pop() if len(found) == 1 else None


def _money(unit: str | None, *names: str) -> tuple[Field, ...]:
    return (*(Field(name, unit or "") for name in names), Field("currency"))


def _cells(section_id: str, title: str, cells: Sequence[Judged]) -> Section:
    columns = (
        *(Field(name) for name in _DIMENSIONS),
        *_TOKENS,
        Field("status"),
        Field("counterpart"),
        *_money(_only(judged.cell.currency for judged in cells), "list_cost", "billed_cost", "gap_cost"),
        Field("billed_ratio", "ratio"),
        Field("provisional"),
    )
    return Section(section_id, title, columns, tuple(_cell_row(judged) for judged in cells))


def _cell_row(judged: Judged) -> dict[str, Value]:
    cell = judged.cell
    dimensions: dict[str, Value] = dict(cell.key._asdict())
    return {
        **dimensions,
        "logs_tokens": cell.logs,
        "metrics_tokens": cell.metrics,
        "bill_tokens": cell.bill,
        "gap_tokens": cell.gap,
        "gap_ratio": _ratio(cell.gap, cell.bill),
        "status": judged.status,
        "counterpart": judged.counterpart,
        "list_cost": cell.list_cost,
        "billed_cost": cell.billed_cost,
        "gap_cost": cell.gap_cost,
        "currency": cell.currency,
        "billed_ratio": _ratio(cell.billed_cost, cell.list_cost),
        "provisional": cell.provisional or judged.status == "late",
    }


def _totals(found: Reconciliation) -> Section:
    """One row per provider and kind of tokens, and per currency where the provider bills in several."""
    groups: dict[tuple[str, str, str], list[Judged]] = defaultdict(list)
    currencies: dict[str, set[str | None]] = defaultdict(set)
    for judged in found.cells:
        currencies[judged.cell.key.provider].add(_billed_in(judged.cell))
    for judged in found.cells:
        key = judged.cell.key
        apart = len(currencies[key.provider] - {None}) > 1
        groups[key.provider, key.kind, (_billed_in(judged.cell) or "") if apart else ""].append(judged)
    rows: list[dict[str, Value]] = []
    for (provider, kind, _), cells in sorted(groups.items()):
        settled = [judged.cell for judged in cells if judged.is_judged]
        gap = _sum_tokens(cell.gap for cell in settled)
        rows.append(
            {
                "provider": provider,
                "kind": kind,
                "logs_tokens": _sum_tokens(judged.cell.logs for judged in cells),
                "metrics_tokens": _sum_tokens(judged.cell.metrics for judged in cells),
                "bill_tokens": _sum_tokens(judged.cell.bill for judged in cells),
                "gap_tokens": gap,
                "gap_ratio": _ratio(gap, _sum_tokens(cell.bill for cell in settled)),
                "list_cost": _sum_cost(judged.cell.list_cost for judged in cells),
                "billed_cost": _sum_cost(judged.cell.billed_cost for judged in cells),
                "currency": _only(_billed_in(judged.cell) for judged in cells),
            }
        )
    unit = _only(_billed_in(judged.cell) for judged in found.cells)
    columns = (Field("provider"), Field("kind"), *_TOKENS, *_money(unit, "list_cost", "billed_cost"))
    return Section("totals", "Usage and bill in all", columns, tuple(rows))


def _coverage(found: Reconciliation) -> Section:
    """One row per provider: what share of the metered and of the billed tokens the logs saw."""
    rows: list[dict[str, Value]] = []
    for provider in sorted({judged.cell.key.provider for judged in found.cells}):
        seen = found.coverage(provider)
        rows.append({"provider": provider, "of_metrics_ratio": seen.of_metrics, "of_bill_ratio": seen.of_bill})
    columns = (Field("provider"), Field("of_metrics_ratio", "ratio"), Field("of_bill_ratio", "ratio"))
    return Section("coverage", "What the logs saw", columns, tuple(rows))


def _classes(found: Reconciliation) -> Section:
    """One row per class that occurs, and currency where there are several.

    `tokens` counts what the larger of usage and bill tells; `gap_tokens` adds up gaps without their signs.
    """
    groups: dict[tuple[str, str], list[Judged]] = defaultdict(list)
    several = len({judged.cell.currency for judged in found.cells} - {None}) > 1
    for judged in found.cells:
        groups[judged.status, (judged.cell.currency or "") if several else ""].append(judged)
    rows: list[dict[str, Value]] = []
    for status, currency in sorted(groups, key=lambda group: (_ORDER[group[0]], group[1])):
        cells = groups[status, currency]
        rows.append(
            {
                "status": status,
                "cells": len(cells),
                "tokens": sum(max(judged.cell.usage or 0, judged.cell.bill or 0) for judged in cells),
                "gap_tokens": _sum_tokens(abs(judged.cell.gap) for judged in cells if judged.cell.gap is not None),
                "billed_cost": _sum_cost(judged.cell.billed_cost for judged in cells),
                "currency": _only(judged.cell.currency for judged in cells),
            }
        )
    columns = (
        Field("status"),
        Field("cells"),
        Field("tokens", "tokens"),
        Field("gap_tokens", "tokens"),
        *_money(_only(judged.cell.currency for judged in found.cells), "billed_cost"),
    )
    return Section("classes", "Classes", columns, tuple(rows))


def _discounts(found: Reconciliation) -> Section:
    """One row per provider and currency that has one discount for all; else one for each SKU."""
    rows: list[dict[str, Value]] = []
    for (provider, currency), told in sorted(found.discounts.items(), key=lambda item: (item[0][0], item[0][1] or "")):
        start: dict[str, Value] = {"provider": provider, "currency": currency}
        if told.uniform_ratio is not None:
            rows.append(start | {"billed_ratio": told.uniform_ratio, "uniform": True, "outlier": False})
            continue
        for series, ratio in sorted(told.per_sku.items(), key=lambda item: (item[1], str(item[0]))):
            sku: dict[str, Value] = dict(zip(_DIMENSIONS[1:], series, strict=True))
            rows.append(start | sku | {"billed_ratio": ratio, "uniform": False, "outlier": series in told.outliers})
    columns = (
        *(Field(name) for name in _DIMENSIONS[1:]),
        Field("billed_ratio", "ratio"),
        Field("uniform"),
        Field("outlier"),
        Field("currency"),
    )
    names = [column.name for column in columns]
    return Section(
        "discounts", "Billed over list", columns, tuple({name: row.get(name) for name in names} for row in rows)
    )


def _ratio(above: Decimal | int | None, below: Decimal | int | None) -> float | None:
    return None if above is None or not below else float(above / below)


def _billed_in(cell: Cell) -> str | None:
    """The currency of the cell's bill; None where it has none, and only a list price tells what its gap costs."""
    return cell.currency if cell.list_cost is not None or cell.billed_cost is not None else None


def _sum_tokens(counts: Iterable[int | None]) -> int | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _sum_cost(costs: Iterable[Decimal | None]) -> Decimal | None:
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known else None
