"""The first thing read: one line a side with what it did and what that costs."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit.model.columns import PRICED_TOKENS
from tokenaudit.render.figures import Number, amounts, compact, counts, number, percent, prices
from tokenaudit.render.sidebyside import sides_of
from tokenaudit.render.tables import Cell, Column, Group, Table, Tone
from tokenaudit.render.written import Declared, cell

if TYPE_CHECKING:
    from tokenaudit.model.report import Report, Value


def headline(report: Report) -> Table:
    """Requests, tokens, list cost and price of each side; what was billed where a bill tells it.

    The priced share only where it is not all of it, the share of metered tokens that the logs saw where it is known.

    From section `totals` where there is one, otherwise from the rows of `compare`.
    """
    sides = sides_of(report)
    given = {str(row["side"]): row for each in report.sections if each.id == "totals" for row in each.rows}
    summed = {side: _summed(report, side) for side in sides}
    totals = [
        summed[side] | {k: number(v) for k, v in given.get(side, {}).items() if k in summed[side]} for side in sides
    ]
    columns = [
        (Column("requests", priority=1), counts, "requests"),
        (Column("tokens", priority=2), compact, "tokens"),
        (Column("list cost", "$"), amounts, "list_cost_usd"),
        (Column("blended", "$/1M"), prices, "usd_per_mtok"),
        *(each for each in _OPTIONAL if any(total[each[2]] is not None for total in totals)),
    ]
    if any(total["priced_ratio"] is not None and total["priced_ratio"] < 1 for total in totals):
        columns.append((Column("priced", "of tokens"), percent, "priced_ratio"))
    written = [formatter([total[name] for total in totals]) for _, formatter, name in columns]
    lines = tuple((Cell(side, Tone.STRONG), *map(cell, line)) for side, *line in zip(sides, *written, strict=True))
    return Table("", (Column("side", numeric=False), *(column for column, _, _ in columns)), (Group(lines),))


_OPTIONAL: tuple[Declared, ...] = (
    (Column("contract", "$", priority=1), amounts, "contracted_cost_usd"),
    (Column("billed", "$", priority=1), amounts, "billed_cost_usd"),
    (Column("discount", "off list", priority=1), percent, "discount_ratio"),
    (Column("coverage", "of metered", priority=1), percent, "coverage_ratio"),
)


def _summed(report: Report, side: str) -> dict[str, Number | None]:
    """Sums over the rows of a side. The price is that of the tokens that have one."""
    rows = [row for row in report.section("compare").rows if row["side"] == side]
    priced = [row for row in rows if number(row.get("list_cost_usd")) is not None]
    cost = sum((Decimal(str(row["list_cost_usd"])) for row in priced), Decimal(0)) if priced else None
    tokens, priced_tokens = _total(rows, PRICED_TOKENS), _total(priced, PRICED_TOKENS)
    return {
        "requests": _total(rows, ("requests",)),
        "tokens": tokens,
        "list_cost_usd": cost,
        "usd_per_mtok": cost / priced_tokens * 1_000_000 if cost is not None and priced_tokens else None,
        "priced_ratio": (priced_tokens or 0) / tokens if tokens else None,
        "contracted_cost_usd": None,
        "billed_cost_usd": None,
        "discount_ratio": None,
        "coverage_ratio": None,
    }


def _total(rows: list[dict[str, Value]], columns: tuple[str, ...]) -> int | None:
    known = [value for row in rows for column in columns if (value := number(row.get(column))) is not None]
    return int(sum(known)) if known else None
