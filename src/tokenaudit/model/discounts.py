"""A contract's discount off list price, as the configuration says it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal


@dataclass(frozen=True)
class Discount:
    """`percent` off list for one provider, from `valid_from` until before `valid_until` (None: without an end).

    `model` and `meter` are shell patterns, without regard to case; `meter` is held against the list's own name of the
    meter and against the kind of token (`output`), None is every meter.
    """

    provider: str
    percent: Decimal
    valid_from: date
    model: str = "*"
    meter: str | None = None
    valid_until: date | None = None

    def __str__(self) -> str:
        """The discount in words, for a report: `12 % off aws.bedrock anthropic/*`."""
        meter = f" {self.meter}" if self.meter is not None else ""
        return f"{self.percent:f} % off {self.provider} {self.model}{meter}"
