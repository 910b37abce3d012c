"""What calls cost, said before it is spent, and held below a limit."""

from __future__ import annotations

from decimal import ROUND_UP, Decimal
from threading import Lock
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError

if TYPE_CHECKING:
    from tokenaudit.model.pulling import Manners


class Purse:
    """What one run may spend on calls that cost money. Many threads may spend from it."""

    def __init__(self, manners: Manners) -> None:
        self._limit_usd = manners.api_cost_usd
        self._notify = manners.notify
        self._spent_usd = Decimal(0)
        self._lock = Lock()

    def announce(self, text: str, usd: Decimal) -> None:
        """Says what is about to be spent, and that it fits. Raises UsageError if it does not."""
        with self._lock:
            self._check(text, usd)
        self._notify(f"{text}: about ${usd:.4f} (at most ${self._limit_usd} in this run)")

    def spend(self, text: str, usd: Decimal) -> None:
        """Takes it. Raises UsageError, and takes nothing, where that would be too much."""
        with self._lock:
            self._check(text, usd)
            self._spent_usd += usd

    def _check(self, text: str, usd: Decimal) -> None:
        total = self._spent_usd + usd
        if total > self._limit_usd:
            enough = total.quantize(Decimal("0.01"), ROUND_UP)
            raise UsageError(
                f"{text} would bring the cost of calls to ${total:.4f}, and ${self._limit_usd} is the limit",
                hint=f"allow more with --max-api-cost {enough}, or take a shorter window",
            )
