"""The same waits for storage, whose SDK has a retry policy of its own and works with no other."""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from azure.storage.blob import ExponentialRetry

from tokenaudit.providers.azure.client import retrying

if TYPE_CHECKING:
    from tokenaudit.model.pulling import Manners


class StorageRetrying(ExponentialRetry):
    """Exponential waits with jitter. Storage that is busy answers 503."""

    def __init__(self, manners: Manners) -> None:
        super().__init__(retry_total=max(0, manners.attempts - 1))

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """Half of the exponential wait, and up to the other half by chance."""
        longest = min(retrying.LONGEST_WAIT_S, retrying.FIRST_WAIT_S * 2.0 ** settings["count"])
        wait_s: float = longest * random.uniform(0.5, 1.0)  # noqa: S311 - jitter is no secret
        return wait_s
