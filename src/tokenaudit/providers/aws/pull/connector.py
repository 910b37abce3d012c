"""The way to the live cloud: light until somebody connects."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokenaudit.model.pulling import Cloud, Manners


class AwsConnector:
    """Connects to AWS."""

    def connect(self, settings: Mapping[str, object], manners: Manners) -> Cloud:
        """The cloud behind `[aws]` of tokenaudit.toml; no call is made. Raises ConfigError."""
        # The SDK takes half a second to load, and only a pull needs it.
        from tokenaudit.providers.aws.client import connected  # noqa: PLC0415
        from tokenaudit.providers.aws.pull.cloud import AwsCloud  # noqa: PLC0415
        from tokenaudit.providers.aws.settings import settings_of  # noqa: PLC0415

        understood = settings_of(settings)
        return AwsCloud(connected(understood, manners), understood, manners)
