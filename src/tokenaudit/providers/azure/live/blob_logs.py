"""Logs in Blob storage: what diagnostic settings write into containers `insights-logs-*`.

Blobs are called `resourceId=/SUBSCRIPTIONS/.../y=2026/m=10/d=02/h=08/m=00/PT1H.json`, by the hour in which they were
written: a record may come up to two days after its time, and an hour may still grow. So the days around a window are
listed too, and blobs that grow are read in pieces (see `segments`).
https://learn.microsoft.com/azure/azure-monitor/platform/resource-logs
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from tokenaudit.errors import ServiceError
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.discovery import LOG_CONTAINERS
from tokenaudit.providers.azure.live.periods import DAY, bounds, days, months
from tokenaudit.providers.azure.live.places import ACCOUNT_CATEGORIES, GATEWAY_CATEGORIES
from tokenaudit.providers.azure.live.segments import pieces

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tokenaudit.model.pulling import Kind, KnownObjects
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.client.storage import StoredBlob
    from tokenaudit.providers.azure.live.places import LogBlobs
    from tokenaudit.providers.azure.live.services import Services
    from tokenaudit.providers.azure.settings import Place

BEFORE, AFTER = DAY, 2 * DAY
"""Clocks differ, and records are late by up to 48 hours."""

_HOUR = re.compile(r"/y=(\d{4})/m=(\d\d)/d=(\d\d)/h=(\d\d)/m=\d\d/[^/]+$")
_YEAR = re.compile(r"(?:^|/)y=\d{4}/$")
_DEEPEST = 12
_OURS = {f"{LOG_CONTAINERS}{category.lower()}" for category in (*ACCOUNT_CATEGORIES, *GATEWAY_CATEGORIES)}


@dataclass(frozen=True)
class BlobLogs:
    """The logs of one container, or of all log containers of an account."""

    services: Services
    where: LogBlobs
    kind: Kind = "logs"

    @property
    def name(self) -> str:
        """What it is called: by its address."""
        return f"azure.logs {self.where.place.url}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Pieces of every blob of the hours around the window. Raises a TokenauditError."""
        since, until = delivered(window, self.services.now)
        try:
            for place in containers(self.services, self.where.place):
                for blob in self.blobs(place, since, until):
                    if blob.appends:
                        yield from pieces(self.services.storage, place, blob, known)
                    elif blob.size_bytes:
                        yield whole(self.services, place, blob)
        except NoDataError:
            if not self.where.writers:
                raise missing(self.where.place) from None
            # A diagnostic setting makes its container with the first log.

    def blobs(self, place: Place, since: datetime, until: datetime) -> Iterator[StoredBlob]:
        """Blobs of the hours of [since, until), of the resources that count. Raises NoDataError without a container."""
        for folder in self._folders(place, place.prefix, 0):
            for prefix in prefixes(since, min(until, self.services.now + timedelta(hours=1))):
                for blob in self.services.storage.blobs(place.account, place.container, folder + prefix):
                    at = hour_of(blob.name)
                    if at is not None and since - timedelta(hours=1) <= at < until:
                        yield blob

    def _folders(self, place: Place, prefix: str, depth: int) -> Iterator[str]:
        """Folders of resources: those that hold years."""
        below = self.services.storage.folders(place.account, place.container, prefix)
        if any(_YEAR.search(each) for each in below):
            yield prefix
        elif depth < _DEEPEST:
            for each in below:
                if self._is_wanted(each):
                    yield from self._folders(place, each, depth + 1)

    def _is_wanted(self, folder: str) -> bool:
        """Whether a resource whose logs count may lie below. Names are written in any case."""
        path = folder.casefold().removeprefix("resourceid=").strip("/")
        wanted = [each.strip("/") for each in self.where.writers]
        return not wanted or not path or any(f"{each}/".startswith(f"{path}/") for each in wanted)


def containers(services: Services, place: Place) -> list[Place]:
    """The place itself, or every container of an account that holds logs that we read: an error, if there is none."""
    if place.container:
        return [place]
    names = sorted(_OURS & set(services.storage.containers(place.account, LOG_CONTAINERS)))
    if not names:
        raise ServiceError(
            f"{place.url} holds no logs of language models: none of its containers is {LOG_CONTAINERS}requestresponse"
            " or the like",
            hint="a diagnostic setting of each account of Azure OpenAI has to send RequestResponse there, of a gateway "
            "GatewayLlmLogs and GatewayLogs; the first log makes the container; see: tokenaudit doctor azure",
        )
    return [replace(place, container=name) for name in names]


def whole(services: Services, place: Place, blob: StoredBlob, *, final: bool = False) -> RemoteObject:
    """A blob as one object; its identity is its entity tag."""
    address = f"{place.account}/{place.container}/{blob.name}"

    def fetch(to: Path) -> None:
        services.storage.save(place.account, place.container, blob, to)

    return RemoteObject(address, address.removeprefix("https://"), blob.etag, blob.size_bytes, fetch, final)


def delivered(window: Window, now: datetime) -> tuple[datetime, datetime]:
    """When records of a window were written, or will have been."""
    since, until = bounds(window, now)
    return since - BEFORE, min(until + AFTER, now + timedelta(hours=1))


def prefixes(since: datetime, until: datetime) -> Iterator[str]:
    """What to list: a call a day where few days of a month are wanted, else one for the month."""
    for begin, end in months(since, until):
        wanted = list(days(max(since, begin), min(until, end)))
        if len(wanted) > 3:
            yield f"y={begin:%Y}/m={begin:%m}/"
        else:
            yield from (f"y={day:%Y}/m={day:%m}/d={day:%d}/" for day, _ in wanted)


def hour_of(name: str) -> datetime | None:
    """The hour in which a blob was written, by its name; None for what is no blob of a log."""
    found = _HOUR.search(f"/{name}")
    try:
        return datetime.strptime("".join(found.groups()), "%Y%m%d%H").replace(tzinfo=UTC) if found else None
    except ValueError:
        return None


def missing(place: Place) -> ServiceError:
    """Of a place that the settings name."""
    return ServiceError(
        f"{place.url} is not there",
        hint="check `logs` and `exports` in [azure]: the account, the container, the prefix",
    )
