"""Durations in a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.timings import Spread, Stratum, StratumCell

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.model.cells import Group


def spread(durations_ms: Iterable[float]) -> Spread:
    """Counted one by one."""
    found = Spread()
    for each in durations_ms:
        ns = round(each * 1e6)
        found += Spread(1, ns, ns * ns)
    return found


def evenly(n: int, mean_ms: float, by_ms: float = 0.0) -> Spread:
    """So many durations, half of them below the mean by as much as the others are above."""
    return spread(mean_ms + (by_ms if place % 2 else -by_ms) for place in range(n))


def cell(
    side: str,
    latency: Spread,
    first: Spread | None = None,
    tpot: Spread | None = None,
    *,
    group: Group = ("m/one",),
    vantage: str | None = "provider",
    streamed: bool | None = True,
    prompt: int | None = 0,
    output: int | None = 0,
) -> StratumCell:
    """A cell of one stratum."""
    spreads = (latency, first or Spread(), tpot or Spread())
    return StratumCell(side, group, Stratum(vantage, streamed, prompt, output), spreads)
