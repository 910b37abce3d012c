"""Logs in Log Analytics: a day of a table at a time, saved as the answers of the query API.

Prompts and answers are never asked for: every query names the columns that it wants. An answer that the service would
not give whole (500,000 rows, 64 MB, ten minutes) is asked again in halves of its time.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import ServiceError
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.azure.client.answers import NoDataError, TooMuchError
from tokenaudit.providers.azure.live.periods import bounds, days

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tokenaudit.model.pulling import Kind, KnownObjects
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.live.places import LogTables
    from tokenaudit.providers.azure.live.services import Services

_SHORTEST = timedelta(seconds=1)


@dataclass(frozen=True)
class Table:
    """What is asked of a table: a condition, and columns with their types (a column may be absent from a workspace)."""

    name: str
    condition: str
    columns: tuple[tuple[str, str], ...]

    def query(self, since: datetime, until: datetime, writers: tuple[str, ...]) -> str:
        """Kusto. `isfuzzy` lets a table be absent."""
        lines = [
            f"union isfuzzy=true (datatable(TimeGenerated: datetime, Type: string)[]), {self.name}",
            f"where TimeGenerated >= datetime({_kusto(since)}) and TimeGenerated < datetime({_kusto(until)})",
        ]
        if self.condition:
            lines.append(f"where {self.condition}")
        if writers:
            ids = ", ".join(json.dumps(each) for each in writers)
            lines.append(f'where tolower(column_ifexists("_ResourceId", "")) in ({ids})')
        wanted = ", ".join(f'{name} = column_ifexists("{name}", {empty})' for name, empty in self.columns)
        lines.append(f'project TimeGenerated, Type = "{self.name}", {wanted}')
        return "\n| ".join(lines)


_TEXT, _WHOLE, _REAL, _FLAG = '""', "int(null)", "real(null)", "bool(null)"

DIAGNOSTICS = Table(
    "AzureDiagnostics",
    'column_ifexists("Category", "") in ("RequestResponse", "AzureOpenAIRequestUsage")'
    ' and column_ifexists("ResourceProvider", "") =~ "MICROSOFT.COGNITIVESERVICES"',
    (
        ("Category", _TEXT),
        ("CorrelationId", _TEXT),
        ("_ResourceId", _TEXT),
        ("ResourceId", _TEXT),
        ("OperationName", _TEXT),
        ("ResultSignature", _TEXT),
        ("DurationMs", _REAL),
        ("location_s", _TEXT),
        ("properties_s", _TEXT),
    ),
)
# Where a gateway's diagnostic setting does not say `Dedicated`, its records are here too, under other names.
GATEWAY_DIAGNOSTICS = Table(
    "AzureDiagnostics",
    'column_ifexists("Category", "") in ("GatewayLlmLogs", "GatewayLogs")'
    ' and column_ifexists("ResourceProvider", "") =~ "MICROSOFT.APIMANAGEMENT"',
    (
        ("Category", _TEXT),
        ("CorrelationId", _TEXT),
        ("OperationName", _TEXT),
        ("Region_s", _TEXT),
        ("deploymentName_s", _TEXT),
        ("modelName_s", _TEXT),
        ("promptTokens_d", _REAL),
        ("promptCachedTokens_d", _REAL),
        ("completionTokens_d", _REAL),
        ("requestId_s", _TEXT),
        ("sequenceNumber_d", _REAL),
        ("isStreamCompletion_b", _FLAG),
        ("totalTime_d", _REAL),
        ("responseCode_d", _REAL),
        ("apimSubscriptionId_s", _TEXT),
    ),
)
LLM = Table(
    "ApiManagementGatewayLlmLog",
    # Further records of the same call are pieces of its messages, and have no tokens.
    'isnotempty(column_ifexists("DeploymentName", "")) or column_ifexists("SequenceNumber", int(0)) == 0',
    (
        ("CorrelationId", _TEXT),
        ("OperationName", _TEXT),
        ("DeploymentName", _TEXT),
        ("ModelName", _TEXT),
        ("PromptTokens", _WHOLE),
        ("CompletionTokens", _WHOLE),
        ("RequestId", _TEXT),
        ("IsStreamCompletion", _FLAG),
        ("SequenceNumber", _WHOLE),
        ("Region", _TEXT),
    ),
)
GATEWAY = Table(
    "ApiManagementGatewayLogs",
    "",
    (
        ("CorrelationId", _TEXT),
        ("TotalTime", _REAL),
        ("ResponseCode", _WHOLE),
        ("ApimSubscriptionId", _TEXT),
        ("OperationId", _TEXT),
        ("Region", _TEXT),
        ("LastErrorReason", _TEXT),
        ("LastErrorMessage", _TEXT),
        ("LastErrorSource", _TEXT),
    ),
)
# What makes one call is asked in one document: its tokens, and who made it and how long it took.
DOCUMENTS: tuple[tuple[str, tuple[Table, ...]], ...] = (
    ("requests", (DIAGNOSTICS,)),
    ("gateway", (LLM, GATEWAY, GATEWAY_DIAGNOSTICS)),
)


@dataclass(frozen=True)
class LogTableFeed:
    """The logs of a workspace."""

    services: Services
    where: LogTables
    kind: Kind = "logs"

    @property
    def name(self) -> str:
        """What it is called: by the workspace's id."""
        return f"azure.logs workspace {self.where.workspace}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Two documents a day. One is final when the day is past and settled."""
        del known
        now = self.services.now
        settle = timedelta(hours=self.services.manners.settle_hours)
        for day, end in days(*bounds(window, now)):
            for name, tables in DOCUMENTS:
                yield self._document(name, tables, day, end, final=end + settle <= now)

    def _document(
        self, name: str, tables: tuple[Table, ...], since: datetime, until: datetime, *, final: bool
    ) -> RemoteObject:
        workspace = self.where.workspace
        host = self.services.endpoints.log_analytics

        def fetch(to: Path) -> None:
            with to.open("w", encoding="utf-8") as file:
                for table in tables:
                    for answer in self._answers(table, since, until):
                        file.write(json.dumps(answer, separators=(",", ":")) + "\n")

        path = f"log_analytics/{workspace}/{name}/{since:%Y-%m-%d}.jsonl"
        return RemoteObject(f"{host}/v1/workspaces/{workspace}/{name}/{since:%Y-%m-%d}", path, "", 0, fetch, final)

    def _answers(self, table: Table, since: datetime, until: datetime) -> Iterator[dict[str, Any]]:
        kql = table.query(since, until, self.where.writers)
        try:
            yield self.services.logs.query(self.where.workspace, kql, since, until)
        except TooMuchError:
            half = (until - since) / 2
            if half < _SHORTEST:
                raise ServiceError(
                    f"workspace {self.where.workspace}: the records of {since:%Y-%m-%d %H:%M:%S} exceed an answer",
                    hint="send these logs to a storage account too, and name its containers under `logs` in [azure]",
                ) from None
            yield from self._answers(table, since, since + half)
            yield from self._answers(table, since + half, until)
        except NoDataError:
            raise ServiceError(
                f"there is no workspace {self.where.workspace}", hint="check `workspaces` in [azure]"
            ) from None


def _kusto(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
