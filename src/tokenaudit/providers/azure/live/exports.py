"""Exports of costs in Blob storage: the newest run of each export and month, whole, with its manifest.

Runs are cumulative (month to date), so an older one adds nothing. Paths are not interpreted: a manifest says which
files are whose. Exports of old have none; of these the newest file of each folder counts, for the same reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.errors import ServiceError
from tokenaudit.providers.azure.bills import manifest
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.blob_logs import missing, whole
from tokenaudit.providers.azure.live.periods import billed, months

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.model.ports import Manifest
    from tokenaudit.model.pulling import Kind, KnownObjects, RemoteObject
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.client.storage import StoredBlob
    from tokenaudit.providers.azure.live.places import ExportPlace
    from tokenaudit.providers.azure.live.services import Services

_MANIFEST = re.compile(r"(^|/)manifest\.json$", re.IGNORECASE)
_TABLE = re.compile(r"\.(csv|csv\.gz|parquet)$", re.IGNORECASE)
_LARGEST_MANIFEST = 16 * 1024 * 1024


@dataclass(frozen=True)
class ExportFeed:
    """The exports below one prefix of a container."""

    services: Services
    where: ExportPlace
    kind: Kind = "costs"

    @property
    def name(self) -> str:
        """What it is called: by its address."""
        return f"azure.costs {self.where.place.url}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Files and manifest of the newest whole run of every export and month of the window."""
        del known
        since, until = billed(window, self.services.now)
        wanted = {begin.date() for begin, _ in months(since, until)}
        place = self.where.place
        try:
            # A run of a month is never written before that month.
            first = next(months(since, until))[0]
            listed = self.services.storage.blobs(place.account, place.container, place.prefix)
            found = {each.name: each for each in listed if each.modified_at >= first}
        except NoDataError:
            raise missing(place) from None
        if not found:
            self.services.manners.notify(f"{self.name}: nothing was written there since {first:%Y-%m-%d}")
        runs = [run for run in self._runs(found) if run[1].billing_period in wanted]
        newest: dict[tuple[str, object], tuple[StoredBlob, Manifest]] = {}
        for blob, run in sorted(runs, key=lambda each: (each[1].run, each[0].name)):
            if all(name in found for name in run.files) and run.files:
                newest[run.export, run.billing_period] = (blob, run)
        for blob, run in newest.values():
            for name in run.files:
                yield whole(self.services, place, found[name])
            yield whole(self.services, place, blob)
        if not any(_MANIFEST.search(name) for name in found):
            for blob in _newest_of_folders(found):
                yield whole(self.services, place, blob)
        self._say_what_is_missing(runs, newest)

    def _runs(self, found: dict[str, StoredBlob]) -> Iterator[tuple[StoredBlob, Manifest]]:
        place = self.where.place
        for blob in found.values():
            if _MANIFEST.search(blob.name) and 0 < blob.size_bytes <= _LARGEST_MANIFEST:
                content = self.services.storage.part(place.account, place.container, blob.name, 0, blob.size_bytes)
                run = manifest.read(content)
                if run is not None:
                    yield blob, run

    def _say_what_is_missing(
        self,
        runs: list[tuple[StoredBlob, Manifest]],
        newest: dict[tuple[str, object], tuple[StoredBlob, Manifest]],
    ) -> None:
        """A month of which every run lacks files cannot be had; an older whole run stands in for the newest one."""
        for export, period in sorted({(run.export, run.billing_period) for _, run in runs if run.files}):
            if (export, period) not in newest:
                raise ServiceError(
                    f"{self.where.place.url}: files that the manifest of {period:%Y-%m} names are missing",
                    hint="run the export again for that month: `az costmanagement export` or the portal, Run now",
                )
            latest = max(
                run.run for _, run in runs if run.files and (run.export, run.billing_period) == (export, period)
            )
            if newest[export, period][1].run != latest:
                self.services.manners.notify(
                    f"{self.name}: the newest run of {period:%Y-%m} is not whole (yet); the one before it is read"
                )


def _newest_of_folders(found: dict[str, StoredBlob]) -> list[StoredBlob]:
    newest: dict[str, StoredBlob] = {}
    for blob in found.values():
        if _TABLE.search(blob.name) and blob.size_bytes:
            folder = blob.name.rpartition("/")[0]
            before = newest.get(folder)
            if before is None or (before.modified_at, before.name) < (blob.modified_at, blob.name):
                newest[folder] = blob
    return [newest[folder] for folder in sorted(newest)]
