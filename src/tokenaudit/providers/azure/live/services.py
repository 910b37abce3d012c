"""What every feed works with: the client, and how to behave."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.azure.client.arm import Arm
    from tokenaudit.providers.azure.client.endpoints import Endpoints
    from tokenaudit.providers.azure.client.log_analytics import LogAnalytics
    from tokenaudit.providers.azure.client.storage import Storage


@dataclass(frozen=True)
class Services:
    """The services of one cloud."""

    arm: Arm
    storage: Storage
    logs: LogAnalytics
    endpoints: Endpoints
    manners: Manners

    @property
    def now(self) -> datetime:
        """The present, UTC."""
        return self.manners.clock()


def connect(endpoints: Endpoints, tenant: str | None, manners: Manners) -> Services:
    """The services behind these endpoints. Loads the SDKs; calls nobody."""
    from tokenaudit.providers.azure.client.arm import Arm  # noqa: PLC0415 - SDKs are loaded when somebody connects
    from tokenaudit.providers.azure.client.connection import Connection  # noqa: PLC0415
    from tokenaudit.providers.azure.client.log_analytics import LogAnalytics  # noqa: PLC0415
    from tokenaudit.providers.azure.client.storage import Storage  # noqa: PLC0415

    connection = Connection(endpoints, tenant, manners)
    return Services(Arm(connection), Storage(connection), LogAnalytics(connection), endpoints, manners)
