"""Which cell of a reconciliation a measurement belongs to.

A cell is UTC day x provider x account x region x model x kind x tier. Sources do not all tell all of these, so that a
cell is as fine as the coarsest of them allows: where somebody leaves a dimension open, it is left open for all of its
group. Groups run over all days, so that a cell is the same cell on the next day.
"""

from __future__ import annotations

from collections import defaultdict
from operator import attrgetter
from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.model.measured import PROMPT, WRITES

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.model.measured import Measured

PROMPT_KINDS: tuple[str, ...] = ("input", "cache_read", "cache_write", "cache_write_1h")
TOGETHER: dict[str, tuple[str, ...]] = {
    WRITES: ("cache_write", "cache_write_1h"),
    PROMPT: (*PROMPT_KINDS, WRITES),
}
"""Kinds that some metrics tell only together, and what is in them: all cache writes, or all prompt tokens."""

Series = tuple[str | None, ...]

_payer = attrgetter("provider", "account")
_product = attrgetter("provider", "account", "model")
_place = attrgetter("provider", "account", "model", "region")
_offer = attrgetter("provider", "account", "model", "region", "tier")


class CellKey(NamedTuple):
    """What a cell is of. None is what somebody does not tell; `model` is its name where it could not be resolved."""

    day: date
    provider: str
    account: str | None
    region: str | None
    model: str | None
    kind: str
    tier: str | None

    @property
    def series(self) -> Series:
        """The same cell on any day."""
        return self.provider, self.account, self.region, self.model, self.kind, self.tier

    @property
    def sortable(self) -> tuple[str, ...]:
        """By day first; what is unknown before what is known."""
        return tuple("" if value is None else str(value) for value in self)


class Accounts:
    """A null account counts as the only known one of its provider and day, as it does in the choice of sources.

    A bill that names no account on a day is that of all of them: there the account is left open for everybody.
    """

    def __init__(self, rows: Iterable[Measured]) -> None:
        self._known: dict[tuple[str, date], set[str]] = defaultdict(set)
        names: dict[tuple[str, date], bool] = defaultdict(bool)
        for row in rows:
            if row.account is not None:
                self._known[row.provider, row.day].add(row.account)
            if row.column == "bill":
                names[row.provider, row.day] |= row.account is not None
        self._billed_together = {day for day, named in names.items() if not named}

    def of(self, row: Measured) -> str | None:
        """The account of a measurement; None where it or the bill does not tell, and there are several or none."""
        known = self._known.get((row.provider, row.day), set())
        if len(known) == 1:
            return next(iter(known))
        return None if (row.provider, row.day) in self._billed_together else row.account


def cell_keys(rows: Sequence[Measured], accounts: Accounts) -> list[CellKey]:
    """The cell of each row that counts tokens. Each group is made of what was settled before: the order matters."""
    keys = [
        CellKey(row.day, row.provider, accounts.of(row), row.region, row.model or row.name, row.kind, row.tier)
        for row in rows
    ]
    silent = _silent_on_models(rows, keys)
    keys = [key._replace(model=None) if _payer(key) in silent else key for key in keys]
    no_region = {_product(key) for key in keys if key.region is None}
    keys = [key._replace(region=None) if _product(key) in no_region else key for key in keys]
    keys = _with_only_tier(keys)
    no_tier = {_place(key) for key in keys if key.tier is None}
    keys = [key._replace(tier=None) if _place(key) in no_tier else key for key in keys]
    for whole, kinds in TOGETHER.items():
        told = {_offer(key) for key in keys if key.kind == whole}
        keys = [key._replace(kind=whole) if key.kind in kinds and _offer(key) in told else key for key in keys]
    return keys


def _with_only_tier(keys: Sequence[CellKey]) -> list[CellKey]:
    """Where all who tell a tier tell the same one, it is that of those who do not, metrics above all."""
    told: dict[Series, set[str]] = defaultdict(set)
    for key in keys:
        if key.tier is not None:
            told[_place(key)].add(key.tier)
    only = {place: next(iter(tiers)) for place, tiers in told.items() if len(tiers) == 1}
    return [key._replace(tier=only.get(_place(key))) if key.tier is None else key for key in keys]


def _silent_on_models(rows: Sequence[Measured], keys: Sequence[CellKey]) -> set[Series]:
    """Accounts of which logs, metrics or bill never tell a model. One row without a model is only a cell of its own."""
    tells: dict[tuple[Series, str], bool] = defaultdict(bool)
    for row, key in zip(rows, keys, strict=True):
        tells[_payer(key), row.column] |= key.model is not None
    return {payer for (payer, _), told in tells.items() if not told}
