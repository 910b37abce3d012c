"""Resolved prices in the form that an engine can join to requests: one row for everything that decides a price."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date
    from decimal import Decimal


class Priced(NamedTuple):
    """What decides the prices of a request's tokens, as the ledger tells it."""

    provider: str
    model: str | None
    model_version: str | None
    region: str | None
    scope: str | None
    tier: str | None
    prompt_band: int
    day: date


RateTable = dict[Priced, "Mapping[str, Decimal]"]
"""USD per 1M tokens by token column; a kind without a price has no entry.

There is an entry for all requests that are to be priced, an empty one where nothing has a price: `condensed` rests on
it.
"""

# What seldom makes a difference is tried first.
_DISPENSABLE = ("day", "model_version", "region", "provider", "scope", "tier", "prompt_band", "model")


def condensed(rates: RateTable) -> tuple[tuple[str, ...], dict[tuple[object, ...], Mapping[str, Decimal]]]:
    """The fewest fields of `Priced` that tell the prices apart, and the prices by their values.

    Prices that were the same on all days need no day to be found: the fewer fields, the quicker a join.
    """
    fields = Priced._fields
    table: dict[tuple[object, ...], Mapping[str, Decimal]] = dict(rates)
    for name in _DISPENSABLE:
        place = fields.index(name)
        smaller: dict[tuple[object, ...], Mapping[str, Decimal]] = {}
        for key, prices in table.items():
            if smaller.setdefault((*key[:place], *key[place + 1 :]), prices) != prices:
                break
        else:
            table, fields = smaller, (*fields[:place], *fields[place + 1 :])
    return fields, table
