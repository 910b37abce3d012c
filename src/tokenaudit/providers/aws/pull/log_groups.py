"""Invocation logs in CloudWatch Logs, a document for each day of a log group.

The events of a day are saved as Bedrock writes them to S3, one record a line. CloudWatch gives events in pages of any
size, empty ones too, so pages are not kept: the same events give the same document, however they were paged.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.aws.operations import LOG_EVENTS
from tokenaudit.providers.aws.pull.documents import write_lines
from tokenaudit.providers.aws.pull.places import mirror_path
from tokenaudit.providers.aws.pull.times import DAY, days, ends, midnight

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from tokenaudit.model.pulling import Kind, KnownObjects, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client

_STREAMS = "aws/bedrock/"
"""How the names of Bedrock's own streams begin: `aws/bedrock/modelinvocations`."""

_EVENTS_A_PAGE = 10_000


class LogGroupFeed:
    """The logs of one log group."""

    kind: ClassVar[Kind] = "logs"

    def __init__(self, client: Client, account: str, region: str, group: str, manners: Manners) -> None:
        self._client = client
        self._account = account
        self._region = region
        self._group = group
        self._manners = manners
        self.name = f"aws.invocation_logs {self._uri}"

    @property
    def _uri(self) -> str:
        return f"cloudwatch-logs://{self._account}/{self._region}/{self._group}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:  # noqa: ARG002
        """A document for each whole day that overlaps the window. What is in it shows when it is fetched."""
        now = self._manners.clock()
        since, until = ends(window)
        for day in days(since, min(until, now)):
            yield RemoteObject(
                uri=f"{self._uri}/{day}",
                path=mirror_path("cloudwatch-logs", self._account, self._region, self._group, f"{day}.jsonl"),
                identity="",
                size_bytes=0,
                fetch=partial(self._fetch, day),
                final=is_settled(day, now, self._manners.settle_hours),
            )

    def latest(self, now: datetime) -> datetime | None:
        """When an event of the last day was written; None if there was none. It asks for one, not for the last."""
        asked = self._question(now - DAY, now) | {"limit": 1}
        for page in self._client.pages(LOG_EVENTS, self._region, self._group, **asked):
            for event in page.get("events", ()):
                return datetime.fromtimestamp(event["timestamp"] / 1000, UTC)
        return None

    def _fetch(self, day: date, path: Path) -> None:
        start = midnight(day)
        write_lines(path, self._lines(start, start + DAY))

    def _lines(self, start: datetime, end: datetime) -> Iterator[str]:
        first, last = _milliseconds(start), _milliseconds(end)
        asked = self._question(start, end) | {"limit": _EVENTS_A_PAGE}
        for page in self._client.pages(LOG_EVENTS, self._region, self._group, **asked):
            for event in page.get("events", ()):
                # Asked for by time and stream, and yet looked at: not every service that speaks this API filters.
                ours = str(event.get("logStreamName", _STREAMS)).startswith(_STREAMS)
                if ours and first <= event.get("timestamp", first) < last:
                    yield line_of(event)

    def _question(self, start: datetime, end: datetime) -> dict[str, Any]:
        """Both ends of the service's range are inclusive."""
        return {
            "logGroupName": self._group,
            "startTime": _milliseconds(start),
            "endTime": _milliseconds(end) - 1,
        }


def is_settled(day: date, now: datetime, settle_hours: int) -> bool:
    """Whether nothing will come late for this day."""
    return (now - midnight(day) - DAY).total_seconds() >= settle_hours * 3600


def line_of(event: dict[str, Any]) -> str:
    """The record, where it is one line of JSON; else the event around it."""
    message = str(event.get("message", ""))
    if message.startswith("{") and "\n" not in message and "\r" not in message:
        return message
    return json.dumps({"message": message})


def _milliseconds(moment: datetime) -> int:
    return round(moment.timestamp() * 1000)
