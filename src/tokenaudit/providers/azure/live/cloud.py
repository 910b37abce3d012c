"""Azure, connected: what the pipeline asks for, handed on to the parts that know."""

from __future__ import annotations

import json
from functools import cached_property
from typing import TYPE_CHECKING

from tokenaudit.errors import TokenauditError
from tokenaudit.model.pulling import Failure
from tokenaudit.providers.azure.live import inventory
from tokenaudit.providers.azure.live.blob_logs import BlobLogs
from tokenaudit.providers.azure.live.cost_queries import CostQueryFeed
from tokenaudit.providers.azure.live.cost_reports import CostReportFeed
from tokenaudit.providers.azure.live.discovery import Estate
from tokenaudit.providers.azure.live.exports import ExportFeed
from tokenaudit.providers.azure.live.findings import Examination
from tokenaudit.providers.azure.live.log_tables import LogTableFeed
from tokenaudit.providers.azure.live.metrics_feed import MetricsFeed
from tokenaudit.providers.azure.live.places import ExportPlace, LogBlobs, LogTables
from tokenaudit.providers.azure.live.plan import plan
from tokenaudit.providers.azure.live.services import connect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.pulling import Call, Feed, Finding, InventoryItem, Kind, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.live.services import Services
    from tokenaudit.providers.azure.settings import Settings


class AzureCloud:
    """What one credential sees. See `model.pulling.Cloud`."""

    def __init__(self, settings: Settings, manners: Manners) -> None:
        self._settings = settings
        self._manners = manners

    @cached_property
    def _services(self) -> Services:
        return connect(self._settings.endpoints, self._settings.tenant, self._manners)

    @cached_property
    def _estate(self) -> Estate:
        return Estate(self._services, self._settings)

    def plan(self, kinds: Iterable[Kind], window: Window) -> Iterator[Call]:
        """The calls that a pull would make; makes none."""
        return plan(self._settings, kinds, window, self._manners.clock())

    def feeds(self, kinds: Iterable[Kind], window: Window) -> Iterator[Feed | Failure]:
        """Places of logs, accounts with metrics, exports and scopes of costs. Inventory has no feed.

        What is discovered may fail where what the settings name does not. Raises where there is nothing of any kind.
        """
        del window
        ways = {"logs": self._logs, "metrics": self._metrics, "costs": self._costs}
        failures: list[Failure] = []
        some = False
        for kind in kinds:
            try:
                for found in ways[kind]() if kind in ways else ():
                    some = True
                    yield found
            except TokenauditError as error:
                failures.append(Failure(f"azure.{kind}", kind, error))
        if failures and not some:
            raise failures[0].error
        yield from failures

    def inventory(self) -> Iterator[InventoryItem | Failure]:
        """What deployments are called, and what they are."""
        return inventory.items(self._estate)

    def examine(self) -> Iterator[Finding]:
        """What the doctor says."""
        return Examination(self._estate).findings()

    def suggest(self) -> Iterator[tuple[str, str]]:
        """Keys of `[azure]`; raises where nothing can be found out.

        Where a list of places is written down, nobody looks elsewhere any more. So one that may not be whole is left
        out, and so are places of logs that accounts of other services may write to: a pull that discovers them reads
        the logs of language models only.
        """
        subscriptions = self._estate.subscriptions()
        if subscriptions:
            yield "subscriptions", json.dumps(subscriptions)
        logs, workspaces = set(), set()
        whole = not self._estate.has_others()
        for found in self._estate.log_places():
            if isinstance(found, LogBlobs):
                logs.add(found.place.url)
            elif isinstance(found, LogTables):
                workspaces.add(found.workspace)
            else:
                whole = False
        for key, values in (("logs", logs), ("workspaces", workspaces)):
            if values and whole:
                yield key, json.dumps(sorted(values))
        exports = list(self._estate.export_places())
        places = {each.place.url for each in exports if isinstance(each, ExportPlace)}
        if len(exports) == len(places) and places and all(map(self._estate.exports, self._estate.cost_scopes())):
            yield "exports", json.dumps(sorted(places))

    def _logs(self) -> Iterator[Feed | Failure]:
        for found in self._estate.log_places():
            if isinstance(found, LogBlobs):
                yield BlobLogs(self._services, found)
            elif isinstance(found, LogTables):
                yield LogTableFeed(self._services, found)
            else:
                yield found

    def _metrics(self) -> Iterator[Feed | Failure]:
        for account in self._estate.resources("metrics"):
            yield account if isinstance(account, Failure) else MetricsFeed(self._services, account)

    def _costs(self) -> Iterator[Feed | Failure]:
        """Exports; and of a scope that has none, whatever answers instead."""
        for found in self._estate.export_places():
            yield found if isinstance(found, Failure) else ExportFeed(self._services, found)
        if self._settings.exports:
            return
        for scope in self._estate.cost_scopes():
            try:
                if self._estate.exports(scope):
                    continue
            except TokenauditError:
                continue  # told above
            if self._settings.billing_scopes:
                yield CostReportFeed(self._services, scope)
            else:
                yield CostQueryFeed(self._services, scope)
