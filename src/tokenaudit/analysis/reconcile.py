"""Whether usage and bill agree: the cells of all that was measured, each with its class."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tokenaudit.analysis.billed_rates import billed_rates
from tokenaudit.analysis.gaps import judge
from tokenaudit.analysis.lineup import line_up
from tokenaudit.analysis.tolerance import Tolerance

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from decimal import Decimal

    from tokenaudit.analysis.billed_rates import Payer
    from tokenaudit.analysis.cell_keys import Series
    from tokenaudit.analysis.discounts import Discount
    from tokenaudit.analysis.gaps import Judged
    from tokenaudit.analysis.lineup import Cell
    from tokenaudit.model.measured import Measured
    from tokenaudit.model.workings import Step


@dataclass(frozen=True, slots=True)
class Coverage:
    """What share of the tokens that others count the logs saw; None where there is nothing to compare.

    `of_metrics` is over all cells that have logs and metrics, `of_bill` over those that are judged against logs. Above
    1 the logs saw more than there was.
    """

    of_metrics: float | None
    of_bill: float | None


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """`cells` by day. `flat_costs` is what was billed for things that are not counted in tokens, and is in no cell.

    `steps` are the products that list costs are made of, with the key of their cell as group.
    """

    cells: tuple[Judged, ...]
    discounts: dict[Payer, Discount[Series]]
    flat_costs: dict[tuple[str, str | None], Decimal]
    steps: tuple[Step, ...] = ()

    @property
    def has_judged(self) -> bool:
        """Whether there was anything to reconcile."""
        return any(judged.is_judged for judged in self.cells)

    @property
    def is_outside(self) -> bool:
        """Whether any cell is outside tolerance, and not by a mere shift over midnight."""
        return any(judged.is_bad for judged in self.cells)

    def coverage(self, provider: str | None = None) -> Coverage:
        """Of one provider, or of all."""
        mine = [judged for judged in self.cells if provider in (None, judged.cell.key.provider)]
        return Coverage(
            _share((judged.cell for judged in mine), lambda cell: cell.metrics),
            _share((judged.cell for judged in mine if judged.is_judged), lambda cell: cell.bill),
        )


def reconcile(
    measured: Iterable[Measured], *, settle_until: date | None = None, tolerance: Tolerance | None = None
) -> Reconciliation:
    """Lines up, judges tokens, then the money of the tokens that agree. Days from `settle_until` on are provisional."""
    lined = line_up(measured)
    judged = judge(lined.cells, tolerance or Tolerance(), settle_until)
    rates = billed_rates(each.cell for each in judged if each.status == "ok")
    cells = (replace(each, status=rates.statuses.get(each.cell.key, each.status)) for each in judged)
    return Reconciliation(tuple(cells), rates.discounts, lined.flat_costs, lined.steps)


def _share(cells: Iterable[Cell], counted: Callable[[Cell], int | None]) -> float | None:
    seen = total = 0
    for cell in cells:
        tokens = counted(cell)
        if tokens is not None and cell.logs is not None:
            seen += cell.logs
            total += tokens
    return seen / total if total else None
