"""Bills that tell what was billed and not what it cost in effect, or the other way round, beside bills that do."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit.analysis.served import USAGE, serves
from tokenaudit.model.report import Caveat

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from datetime import date

    from tokenaudit.model.cells import BillCell

_PAIRS = (("billed", "effective"), ("effective", "billed"))


def partial_costs(lines: Iterable[BillCell]) -> Iterator[Caveat]:
    """Sides whose billed or effective cost is that of some of their bills, as the others tell only the other one.

    A bill tells a cost on a day where any of its lines does: those that give a cost back may have one of the two alone.
    """
    sides: dict[str, list[BillCell]] = defaultdict(list)
    for each in lines:
        if each.category == USAGE and serves(each):
            sides[each.side].append(each)
    for side, mine in sides.items():
        for name, other in _PAIRS:
            told = set(_days(mine, name))
            silent = set(_days(mine, other)) - told
            if told and silent:
                yield Caveat(f"partial_{name}_cost", f"{side}: {_which(silent, name)}", len(silent))


_Day = tuple["date", str, str | None]
"""Day, source and account."""


def _days(lines: Sequence[BillCell], name: str) -> Iterator[_Day]:
    """The days of which a bill tells this cost."""
    for each in lines:
        if getattr(each, f"{name}_cost") is not None:
            for number in range(each.days):
                yield each.day + timedelta(days=number), each.source, each.account


def _which(silent: set[_Day], name: str) -> str:
    days = sorted({day for day, _, _ in silent})
    when = f"{len(days)} days ({days[0]} to {days[-1]})" if days[1:] else f"{days[0]}"
    sources = ", ".join(sorted({source for _, source, _ in silent}))
    accounts = sorted({account for _, _, account in silent if account is not None})
    more = f" and {len(accounts) - 1} more" if accounts[1:] else ""
    whose = f" of {accounts[0]}{more}" if accounts else ""
    return f"{sources} tells no {name} cost{whose} on {when}: {name} cost is that of the rest alone"
