"""A reconciliation by day and model: small enough to look at as a whole, and to be drawn."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

from tokenaudit.analysis.gaps import GOOD, UNJUDGED
from tokenaudit.model.report import Field, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable

Row = dict[str, Value]

_COLUMNS = (
    Field("provider"),
    Field("model"),
    Field("day"),
    Field("status"),
    Field("agrees"),
    Field("usage_tokens", "tokens"),
    Field("bill_tokens", "tokens"),
    Field("gap_tokens", "tokens"),
    Field("gap_ratio", "ratio"),
    Field("cells"),
)


def by_day(cells: Section) -> Section:
    """One row per provider, model and day of the cells of section `reconcile`.

    `status` is the class of the largest gap that does not agree, else of the largest cell; `agrees` is None where no
    cell of that day was judged. The tokens are those of judged cells, and `gap_tokens` adds up gaps without their
    signs, so that opposite ones do not vanish in it.
    """
    groups: dict[tuple[str, str, Value], list[Row]] = defaultdict(list)
    for row in cells.rows:
        groups[str(row["provider"]), str(row["model"] or ""), row["day"]].append(row)
    rows = (_day(groups[key]) for key in sorted(groups, key=lambda key: (*key[:2], str(key[2]))))
    return Section("reconcile_days", "Usage against the bill, by day", _COLUMNS, tuple(rows))


def _day(cells: list[Row]) -> Row:
    judged = [cell for cell in cells if cell["status"] not in UNJUDGED]
    bad = [cell for cell in judged if cell["status"] not in GOOD]
    told = max(bad or judged or cells, key=lambda cell: (abs(_of(cell, "gap_tokens")), _of(cell, "bill_tokens")))
    bill = _sum(cell["bill_tokens"] for cell in judged)
    gap = _sum(None if cell["gap_tokens"] is None else abs(_of(cell, "gap_tokens")) for cell in judged)
    first = cells[0]
    return {
        "provider": first["provider"],
        "model": first["model"],
        "day": first["day"],
        "status": told["status"],
        "agrees": not bad if judged else None,
        "usage_tokens": _sum(_usage(cell) for cell in judged),
        "bill_tokens": bill,
        "gap_tokens": gap,
        "gap_ratio": gap / bill if gap is not None and bill else None,
        "cells": len(cells),
    }


def _usage(cell: Row) -> Value:
    """What was held against the bill: its tokens less the gap."""
    return None if cell["gap_tokens"] is None else _of(cell, "bill_tokens") - _of(cell, "gap_tokens")


def _of(cell: Row, name: str) -> int:
    value = cell[name]
    return value if isinstance(value, int) else 0


def _sum(counts: Iterable[Value]) -> int | None:
    known = [count for count in counts if isinstance(count, int)]
    return sum(known) if known else None
