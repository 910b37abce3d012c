"""Queries of Log Analytics. An answer comes out as the JSON that the service wrote, and only when it is whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from azure.monitor.query import LogsQueryPartialResult

from tokenaudit.providers.azure.client.answers import TooMuchError
from tokenaudit.providers.azure.client.failures import cut_off, translated
from tokenaudit.providers.azure.client.operations import LOG_QUERY

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.providers.azure.client.connection import Connection

_SERVER_TIMEOUT_S = 600
MOST_ROWS = 500_000
"""The service's limit: an answer with as many rows has been cut."""


class LogAnalytics:
    """The workspaces. Raises CredentialsError or ServiceError, NoDataError, and TooMuchError for a partial answer."""

    def __init__(self, connection: Connection) -> None:
        self._at = connection

    def query(self, workspace: str, kql: str, since: datetime, until: datetime) -> dict[str, Any]:
        """`{"tables": [...]}` of a workspace (its GUID), of records of `since` <= TimeGenerated < `until`."""
        bodies: list[Any] = []

        def keep(response: Any) -> None:
            if response.http_response.status_code == 200:
                bodies.append(response.http_response)

        with translated(LOG_QUERY, workspace):
            answer = self._at.logs.query_workspace(
                workspace,
                kql,
                timespan=(since, until),
                server_timeout=_SERVER_TIMEOUT_S,
                raw_response_hook=keep,
                read_timeout=max(self._at.manners.timeout_s, _SERVER_TIMEOUT_S),
            )
        if isinstance(answer, LogsQueryPartialResult):
            raise TooMuchError
        try:
            found = json.loads(bodies[-1].content)
            rows = sum(len(table["rows"]) for table in found["tables"])
        except (IndexError, ValueError, KeyError, TypeError):
            raise cut_off(LOG_QUERY, workspace) from None
        if rows >= MOST_ROWS:
            raise TooMuchError
        return {"tables": found["tables"]}
