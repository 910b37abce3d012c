"""Invocation logs in S3, by hour of delivery.

    [prefix/]AWSLogs/<account>/BedrockModelInvocationLogs/<region>/YYYY/MM/DD/HH/<time>_<16 hex>.json.gz

The hour is that of the delivery, and a record comes later than it is dated: so the listing begins an hour before the
window, and ends some hours after it. What lies in folders below an hour are bodies of requests, and is not even listed.
"""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.aws.pull.ahead import answers
from tokenaudit.providers.aws.pull.places import folder, s3_path, s3_uri
from tokenaudit.providers.aws.pull.times import HOUR, days, ends, midnight, whole_hour

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.pulling import Kind, KnownObjects, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.client.listing import Listed

BEFORE = HOUR
AFTER = timedelta(hours=3)
LOGS_FOLDER = "BedrockModelInvocationLogs"

_PERMISSION_CHECK = "amazon-bedrock-logs-permission-check"
_HOUR_FOLDER = re.compile(r"(?:[01]\d|2[0-3])")


def root_of(prefix: str, account: str, region: str) -> str:
    """Below which one account's and Region's logs lie; below which all of its Regions are, where `region` is empty."""
    return folder(prefix, "AWSLogs", account, LOGS_FOLDER, region)


class S3LogFeed:
    """The logs of one account and Region in one bucket."""

    kind: ClassVar[Kind] = "logs"

    def __init__(self, client: Client, bucket: str, root: str, region: str, manners: Manners) -> None:
        self._client = client
        self._bucket = bucket
        self._root = root
        self._region = region
        self._manners = manners
        self.name = f"aws.invocation_logs s3://{bucket}/{root}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:  # noqa: ARG002
        """Objects delivered in the window and around it. Their identity is known from the listing."""
        since, until = ends(window)
        first = whole_hour(since - BEFORE)
        end = min(until + AFTER, self._manners.clock() + HOUR)
        for _, found in answers(partial(self._of_day, first, end), days(first, end)):
            for each in found:
                yield self._object(each)

    def latest(self, now: datetime, within: timedelta) -> datetime | None:
        """When something was last delivered, and that it may be read; None if nothing was within that time."""
        for day in sorted(days(now - within, now), reverse=True):
            found = self._of_day(now - within, now + HOUR, day)
            if found:
                newest = max(found, key=lambda each: each.modified_at)
                self._client.try_reading(self._bucket, newest.key, self._region)
                return newest.modified_at
        return None

    def _of_day(self, first: datetime, end: datetime, day: date) -> list[Listed]:
        """Objects of those hours of this day that begin in [first, end) and hold any."""
        prefix = f"{self._root}{day:%Y/%m/%d}/"
        hours = (
            folder
            for folder in self._client.listing(self._bucket, prefix, self._region)
            if folder.is_folder and _HOUR_FOLDER.fullmatch(folder.name)
        )
        return [
            each
            for hour in hours
            if first <= midnight(day) + int(hour.name) * HOUR < end
            for each in self._client.listing(self._bucket, hour.key, self._region)
            if not each.is_folder and each.size_bytes and each.name != _PERMISSION_CHECK
        ]

    def _object(self, found: Listed) -> RemoteObject:
        return RemoteObject(
            uri=s3_uri(self._bucket, found.key),
            path=s3_path(self._bucket, found.key),
            identity=found.identity,
            size_bytes=found.size_bytes,
            fetch=partial(self._client.download, self._bucket, found, self._region),
            final=False,  # nobody writes it again, but the listing tells for nothing if somebody did
        )
