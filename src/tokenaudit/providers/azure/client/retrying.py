"""How often and after how long we ask again.

Cost Management throttles by four quotas and tells when to come back in four headers of its own, which azure-core does
not know: without a `Retry-After` it does not even repeat a POST. Every POST that we make only reads, so all are
repeated.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING, Any

from azure.core.pipeline.policies import RetryPolicy

if TYPE_CHECKING:
    from azure.core.pipeline import PipelineResponse

    from tokenaudit.model.pulling import Manners

FIRST_WAIT_S = 0.8
LONGEST_WAIT_S = 300.0
"""A service that asks for more is not waited for: the run says so, and the next one goes on from there."""
WORTH_TELLING_S = 10.0

_PREFIXES = ("x-ms-ratelimit-microsoft.costmanagement-", "x-ms-ratelimit-microsoft.consumption-")
_SUFFIX = "retry-after"


class Retrying(RetryPolicy[Any, Any]):
    """Exponential waits with jitter; the longest of the waits that a service asks for."""

    def __init__(self, manners: Manners) -> None:
        again = max(0, manners.attempts - 1)
        super().__init__(retry_total=again, retry_connect=again, retry_read=again, retry_status=again)
        self._method_whitelist = self._method_whitelist | {"POST"}
        self._notify = manners.notify

    def is_retry(self, settings: dict[str, Any], response: PipelineResponse[Any, Any]) -> bool:
        """Whether to ask again: what may pass, unless the service asks for a wait that is too long."""
        status = response.http_response.status_code
        if status not in self._retry_on_status_codes:
            return False
        return settings["total"] > 0 and (self.get_retry_after(response) or 0.0) <= LONGEST_WAIT_S

    def get_retry_after(self, response: PipelineResponse[Any, Any]) -> float | None:
        """Seconds, None where the service does not say."""
        headers = response.http_response.headers
        asked = [
            float(value)
            for name, value in headers.items()
            if name.lower().startswith(_PREFIXES) and name.lower().endswith(_SUFFIX) and value.strip().isdigit()
        ]
        standard = super().get_retry_after(response)
        if standard is not None:
            asked.append(standard)
        return max(asked, default=None)

    def _sleep_for_retry(self, response: PipelineResponse[Any, Any], transport: Any) -> bool:
        wait_s = self.get_retry_after(response)
        if wait_s is None:
            return False
        if wait_s >= WORTH_TELLING_S:
            self._notify(f"Azure asks to wait {wait_s:.0f} s before the next call")
        transport.sleep(wait_s + random.uniform(0, FIRST_WAIT_S))  # noqa: S311 - jitter is no secret
        return True

    def get_backoff_time(self, settings: dict[str, Any]) -> float:
        """Half of the exponential wait, and up to the other half by chance."""
        longest = min(float(settings["max_backoff"]), FIRST_WAIT_S * 2.0 ** len(settings["history"]))
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - the same
