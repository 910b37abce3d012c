"""A cost export in S3: of every month the newest run, as its manifest tells it.

<root>/metadata/BILLING_PERIOD=YYYY-MM/[<time>-<execution>/]<export>-Manifest.json     Data Exports
<root>/YYYYMMDD-YYYYMMDD/[<assembly>/]<report>-Manifest.json                            legacy report
"""

from __future__ import annotations

import re
from functools import partial
from typing import TYPE_CHECKING, ClassVar

from tokenaudit.errors import ServiceError
from tokenaudit.model.counted import counted
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.aws.manifests import manifest_of
from tokenaudit.providers.aws.pull.exports import LEGACY
from tokenaudit.providers.aws.pull.places import s3_path, s3_uri
from tokenaudit.providers.aws.pull.times import CLOSED_AFTER, ends, midnight, months, next_month

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import date, datetime

    from tokenaudit.model.pulling import Kind, KnownObjects, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.client.listing import Listed
    from tokenaudit.providers.aws.pull.exports import Export

_MANIFEST = "Manifest.json"
_LARGEST_MANIFEST = 16 * 1024 * 1024
_TIMED = re.compile(r"20\d{6}|20\d\d-\d\d-\d\d")


class ExportFeed:
    """The newest run of each month of one export."""

    kind: ClassVar[Kind] = "costs"

    def __init__(self, client: Client, export: Export, manners: Manners) -> None:
        self._client = client
        self._export = export
        self._manners = manners
        self.name = f"aws.cur {export.uri}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Manifest and files of every month that overlaps the window and was delivered.

        A month that ended a little before it comes again, if it is known, for it may have been restated.
        A month that cannot be had whole does not keep the others back: its error is raised when they are through. One
        that was never delivered is told: an export begins with the month in which it was made.
        """
        since, until = ends(window)
        failed: ServiceError | None = None
        absent: list[str] = []
        for first in months(since - CLOSED_AFTER, until):
            try:
                found = self._manifests(first)
                is_before = midnight(next_month(first)) <= since
                if not found and not is_before:
                    absent.append(f"{first:%Y-%m}")
                if is_before and not any(known.of(self._uri(each)) for each in found):
                    continue
                run = list(self._run(self._newest(found)))
            except ServiceError as error:
                failed = failed or error
            else:
                yield from map(self._object, run)
        if absent:
            self._manners.notify(f"{self.name}: nothing was delivered for {', '.join(absent)} (yet)")
        if failed is not None:
            raise failed

    def latest(self, first: date) -> datetime | None:
        """When the month that begins on `first` was last delivered, and that it may be read; None if it never was."""
        manifest = self._newest(self._manifests(first))
        if manifest is None:
            return None
        self._client.try_reading(self._export.bucket, manifest.key, self._export.region)
        return manifest.modified_at

    def _run(self, manifest: Listed | None) -> Iterator[Listed]:
        if manifest is None:
            return
        if manifest.size_bytes > _LARGEST_MANIFEST:
            raise ServiceError(f"{self._uri(manifest)} is too long for a manifest", hint="check the export's bucket")
        told = manifest_of(self._client.read(self._export.bucket, manifest.key, self._export.region))
        if told is None:
            raise ServiceError(f"{self._uri(manifest)} is no manifest that is known", hint="check the export's bucket")
        wanted = [self._key(file, manifest) for file in told.files]
        there = {
            each.key: each
            for folder in sorted({key.rpartition("/")[0] for key in wanted})
            for each in self._list(f"{folder}/", deep=True)
        }
        missing = [key for key in wanted if key not in there]
        if missing:
            raise ServiceError(
                f"{self._uri(manifest)} names {counted(len(missing), 'file')} not there, first {missing[0]}",
                hint="the export is being written: pull again later",
            )
        yield manifest
        yield from (there[key] for key in wanted)

    def _manifests(self, first: date) -> list[Listed]:
        """Those of every run of a month."""
        return [
            each
            for folder in self._folders(first)
            for each in self._list(folder, deep=True)
            if each.name.endswith(_MANIFEST)
        ]

    def _newest(self, manifests: Iterable[Listed]) -> Listed | None:
        """By the time in the folder of an execution, else by when it was written."""
        return max(manifests, key=lambda each: _age(each, self._export.form), default=None)

    def _folders(self, first: date) -> list[str]:
        """Where manifests of a month are."""
        root = self._export.root
        if self._export.form == LEGACY:
            return [f"{root}/{first:%Y%m%d}-{next_month(first):%Y%m%d}/"]
        metadata = f"{root}/metadata/"
        name = f"billing_period={first:%Y-%m}"
        return [each.key for each in self._list(metadata) if each.is_folder and each.name.lower() == name]

    def _key(self, file: str, manifest: Listed) -> str:
        """The key of a file that a manifest names: in the export's own bucket, below its root, and nowhere else."""
        scheme, _, rest = file.rpartition("://")
        bucket, _, key = rest.partition("/") if scheme else (self._export.bucket, "", file)
        if bucket != self._export.bucket or not key.startswith(f"{self._export.root}/"):
            raise ServiceError(
                f"{self._uri(manifest)} names a file outside of its export",
                hint="it is not fetched; check who can write to the export's bucket",
            )
        return key

    def _list(self, prefix: str, *, deep: bool = False) -> Iterable[Listed]:
        return self._client.listing(self._export.bucket, prefix, self._export.region, deep=deep)

    def _uri(self, found: Listed) -> str:
        return s3_uri(self._export.bucket, found.key)

    def _object(self, found: Listed) -> RemoteObject:
        return RemoteObject(
            uri=self._uri(found),
            path=s3_path(self._export.bucket, found.key),
            identity=found.identity,
            size_bytes=found.size_bytes,
            fetch=partial(self._client.download, self._export.bucket, found, self._export.region),
            final=False,  # a month is written over for weeks; the listing tells when it was
        )


def _age(manifest: Listed, form: str) -> tuple[str | int, datetime, str]:
    """Sorts manifests of one month by the time of their runs. The legacy report's current one lies above its runs."""
    folder = manifest.key.split("/")[-2]
    if form == LEGACY:
        return (-manifest.key.count("/"), manifest.modified_at, manifest.key)
    return (folder if _TIMED.match(folder) else "", manifest.modified_at, manifest.key)
