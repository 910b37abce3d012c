"""What the program connects to Azure with. Importing this loads no SDK and nothing of the live cloud."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.providers.azure.settings import read

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tokenaudit.model.pulling import Cloud, Manners


class AzureConnector:
    """See `model.pulling.Connector`."""

    def connect(self, settings: Mapping[str, object], manners: Manners) -> Cloud:
        """Azure behind the table `[azure]`. Raises ConfigError for values that are wrong."""
        from tokenaudit.providers.azure.live.cloud import AzureCloud  # noqa: PLC0415 - ingest does without it

        return AzureCloud(read(settings), manners)
