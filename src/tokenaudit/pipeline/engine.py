"""The engine over a ledger: every table, and what opaque names stand for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.engines.duck import DuckEngine
from tokenaudit.pipeline.aliases import aliases

if TYPE_CHECKING:
    from tokenaudit.config import Loaded
    from tokenaudit.ledger.ledger import Ledger


def engine_over(ledger: Ledger, loaded: Loaded) -> DuckEngine:
    """An engine that knows all tables, with names resolved as the configuration and the inventory say."""
    return DuckEngine(
        ledger.usage_files(), aliases(ledger, loaded), charges=ledger.charges_files(), metrics=ledger.metrics_files()
    )
