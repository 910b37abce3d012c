"""The one place that knows the AWS SDK. None of its exceptions leaves it, and it is loaded only when somebody pulls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.providers.aws.client.client import EVERYWHERE, Client
from tokenaudit.providers.aws.client.failures import DeniedError
from tokenaudit.providers.aws.client.sessions import sessions

if TYPE_CHECKING:
    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.aws.settings import AwsSettings

__all__ = ("Client", "DeniedError", "connected")


def connected(settings: AwsSettings, manners: Manners) -> list[Client]:
    """A client for each account. No call is made. Raises ConfigError."""
    elsewhere = next(iter(settings.regions), EVERYWHERE)
    return [Client(session, name, session.region_name or elsewhere, manners) for name, session in sessions(settings)]
