"""What each side used and cost on each day."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from tokenaudit.analysis.tally import tally
from tokenaudit.model.report import Field, Section

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.analysis.cell_prices import Pricing
    from tokenaudit.model.cells import TokenCell
    from tokenaudit.model.report import Value


def by_day_section(
    sides: Sequence[str], cells: Iterable[TokenCell], pricing: Pricing, *, strict: bool = False
) -> Section:
    """A row per UTC day and side, where the ledger knows of a request; its cost is None where nothing has a price."""
    sums = tally([replace(cell, group=(cell.day,)) for cell in cells], pricing, strict=strict).sums
    rows: list[dict[str, Value]] = [
        {
            "day": day,
            "side": side,
            "list_cost_usd": sums[side, (day,)].list_cost_usd(),
            "tokens": sums[side, (day,)].total_tokens(),
        }
        for side, (day,) in sorted(sums, key=lambda pair: (str(pair[1][0]), sides.index(pair[0])))
    ]
    columns = (Field("day"), Field("side"), Field("list_cost_usd", "USD"), Field("tokens", "tokens"))
    return Section("cost_by_day", "List cost by day", columns, tuple(rows))
