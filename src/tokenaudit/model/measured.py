"""What logs, metrics and bills say of the same usage, in one form: what a reconciliation joins."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

    from tokenaudit.model.workings import Step

MeasuredBy = Literal["logs", "metrics", "bill"]
"""Who gives an account of the usage: what `Measured.column` says."""
PROMPT, WRITES = "prompt", "cache_writes"
"""Kinds of tokens that a source gives who cannot tell cached prompt tokens from others, or cache writes by life."""


@dataclass(frozen=True, slots=True)
class Measured:
    """Tokens of one kind on one UTC day, as the logs, the metrics or the bill give them: what a reconciliation joins.

    `kind` is a token column's name without `_tokens`, `PROMPT` or `WRITES`. Of `account`, `region`, `model` and `tier`,
    None is what the source does not say; `name` is what to call the model where `model` is None. `tokens` is None for a
    line of a bill that sells no tokens (provisioned capacity). Both costs are in `currency`: `list_cost` at list price,
    and `billed_cost` on the bill only. `step` is how `list_cost` comes of a price of the book, or why the book has
    none; None where nobody asked it. `provisional` marks a line that its provider may still change, `unmeasured` one
    that costs something for tokens and does not tell how many: its `tokens` are 0.
    """

    column: MeasuredBy
    day: date
    provider: str
    account: str | None
    region: str | None
    model: str | None
    name: str | None
    kind: str
    tier: str | None
    tokens: int | None
    list_cost: Decimal | None = None
    billed_cost: Decimal | None = None
    currency: str | None = None
    provisional: bool = False
    unmeasured: bool = False
    step: Step | None = None
