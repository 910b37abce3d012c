"""Measurements made to order: what logs, metrics and bill say of one kind of tokens on one day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from tokenaudit.model.columns import BEDROCK
from tokenaudit.model.measured import Measured

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.analysis.reconcile import Reconciliation

ACCOUNT, OTHER_ACCOUNT = "111122223333", "123456789012"


def measured(column: Any, tokens: int | None, day: int = 1, **changes: Any) -> Measured:
    """Input tokens of acme/one on a day of November 2026. Costs may be given as text."""
    told: dict[str, Any] = {
        "provider": BEDROCK,
        "account": ACCOUNT,
        "region": "us-east-1",
        "model": "acme/one",
        "name": None,
        "kind": "input",
        "tier": "standard",
    } | changes
    for cost in ("list_cost", "billed_cost"):
        if told.get(cost) is not None:
            told[cost] = Decimal(told[cost])
            told.setdefault("currency", "USD")
    return Measured(column=column, day=date(2026, 11, day), tokens=tokens, **told)


def both(logged: int, billed: int, day: int = 1, **changes: Any) -> list[Measured]:
    """The same cell in logs and bill."""
    return [measured("logs", logged, day, **changes), measured("bill", billed, day, **changes)]


def statuses(found: Reconciliation) -> list[str]:
    """The classes in the order of the cells."""
    return [judged.status for judged in found.cells]


def in_all(rows: Iterable[Measured], column: str) -> int:
    """All tokens of a column."""
    return sum(row.tokens or 0 for row in rows if row.column == column)
