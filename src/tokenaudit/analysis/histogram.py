"""How durations are distributed: counts in bins of round numbers, the same for every report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.report import Field, Section
from tokenaudit.model.timings import EDGES_MS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.model.report import Value
    from tokenaudit.model.timings import BinCell


def histogram_section(sides: Sequence[str], cells: Iterable[BinCell]) -> Section:
    """A row per bin and side, from the first bin that holds a request to the last, empty ones between them too.

    A bin reaches from `lower_ms` up to `upper_ms`, exclusive; None is no end.
    """
    counts = {(cell.side, cell.place): cell.n for cell in cells}
    places = [place for _, place in counts]
    told = [side for side in sides if any(side == each for each, _ in counts)]
    rows: list[dict[str, Value]] = [
        {
            "side": side,
            "lower_ms": EDGES_MS[place - 1] if place else 0.0,
            "upper_ms": EDGES_MS[place] if place < len(EDGES_MS) else None,
            "n": counts.get((side, place), 0),
        }
        for place in range(min(places, default=0), max(places, default=-1) + 1)
        for side in told
    ]
    columns = (Field("side"), Field("lower_ms", "ms"), Field("upper_ms", "ms"), Field("n", "requests"))
    return Section("latency_histogram", "How long requests took", columns, tuple(rows))
