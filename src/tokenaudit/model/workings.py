"""What a report was worked out from, for whoever wants to work it out again: each product of tokens and a price."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal

    from tokenaudit.model.cells import Group
    from tokenaudit.model.rates import Rate


LIST, CONTRACTED, BILLED, EFFECTIVE = ("list", "contracted", "billed", "effective")
"""The costs that prices by the token can be made of."""


@dataclass(frozen=True, slots=True)
class Step:
    """Tokens of one side, group and kind that share a price. Of a reconciliation the group is a cell.

    `rate` and `cost_usd` are None, and `why` says why, where they have none. `label` names the model, `column` the
    token column, and `assumed` what the log left open.
    """

    side: str
    group: Group
    label: str
    column: str
    tokens: int
    rate: Rate | None
    cost_usd: Decimal | None
    layer: str
    why: str
    assumed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ReadFrom:
    """An object that was read, with what tells its content apart, and how many records it holds.

    `sha256` is the hash of the content in hexadecimal, None where it has not been worked out or cannot be any more.
    """

    uri: str
    identity: str
    source: str
    records: int
    rejects: int
    sha256: str | None = None


@dataclass(frozen=True)
class Workings:
    """Steps by their price (`LIST`, `CONTRACTED`), the cost that unit costs are made of, and the objects read.

    `tolerance_tokens` and `tolerance_ratio` are those of a reconciliation, and `unjudged` its classes of cells that no
    sum of gaps holds.
    """

    steps: dict[str, tuple[Step, ...]] = field(default_factory=dict)
    cost: str = LIST
    objects: tuple[ReadFrom, ...] = ()
    tolerance_tokens: int | None = None
    tolerance_ratio: Decimal | None = None
    unjudged: frozenset[str] = frozenset()
