"""What one unit of a currency was worth in US dollars, since when, and who says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

USD = "USD"


@dataclass(frozen=True)
class ExchangeRate:
    """A dated rate. `usd` is US dollars for one unit of `currency`, an ISO 4217 code in capital letters.

    `valid_until` is exclusive; None means until a later rate of the same origin begins.
    """

    currency: str
    usd: Decimal
    valid_from: date
    source: str
    valid_until: date | None = None

    def holds(self, day: date) -> bool:
        """Whether the rate is in force on that day, later rates aside."""
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)
