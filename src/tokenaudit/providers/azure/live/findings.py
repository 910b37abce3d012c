"""What the doctor says of Azure: of every source whether it can be reached, is permitted, switched on and covering."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit.errors import CredentialsError, ServiceError, TokenauditError
from tokenaudit.model.pulling import Failure, Finding
from tokenaudit.providers.azure.client import operations as known
from tokenaudit.providers.azure.client.answers import NoDataError, TooMuchError
from tokenaudit.providers.azure.live import fixes
from tokenaudit.providers.azure.live.blob_logs import BlobLogs, containers, missing
from tokenaudit.providers.azure.live.cost_queries import question
from tokenaudit.providers.azure.live.log_tables import DIAGNOSTICS, GATEWAY_DIAGNOSTICS, LLM, LogTableFeed
from tokenaudit.providers.azure.live.metric_questions import questions
from tokenaudit.providers.azure.live.periods import DAY
from tokenaudit.providers.azure.live.places import LogBlobs, LogTables, Resource, destinations

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.providers.azure.client.operations import Operation
    from tokenaudit.providers.azure.live.discovery import Estate
    from tokenaudit.providers.azure.live.services import Services
    from tokenaudit.providers.azure.settings import Place

_RECENT = 2 * DAY
_OF_SUBSCRIPTION = re.compile(
    r"(?:\b(?:accounts|gateways) of |/subscriptions/)([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})"
)


@dataclass
class Examination:
    """One visit of the doctor."""

    estate: Estate
    _told: list[Exception] = field(default_factory=list)

    @property
    def _services(self) -> Services:
        return self.estate.services

    def findings(self) -> Iterator[Finding]:
        """Everything, one source after another. Makes a few calls a source; raises nothing."""
        try:
            subscriptions = self.estate.subscriptions()
        except TokenauditError as error:
            yield refused("azure", error, known.SUBSCRIPTIONS, "/subscriptions/SUBSCRIPTION_ID")
            return
        if not subscriptions:
            fix = fixes.grant(known.SUBSCRIPTIONS, "/subscriptions/SUBSCRIPTION_ID")
            yield Finding(
                "azure", "permitted", "failed", "no subscription can be seen", fix, CredentialsError.exit_code
            )
            return
        yield Finding("azure", "reachable", "ok", f"signed in; {_count(len(subscriptions), 'subscription')}")
        yield from self._resources()
        yield from self._logs()
        yield from self._costs()

    def _resources(self) -> Iterator[Finding]:
        """Whether logs are switched on, and metrics are permitted."""
        seen = 0
        for each in self.estate.resources("logs", gateways=True):
            if isinstance(each, Failure):
                yield from self._failure(each, known.ACCOUNTS, _subscription_of(each.name))
                continue
            seen += not each.is_gateway
            yield from self._switched_on(each)
            if not each.is_gateway:
                yield self._metrics(each)
        if not seen:
            yield Finding("azure", "covering", "warning", "no account of Azure OpenAI or Foundry can be seen")

    def _switched_on(self, resource: Resource) -> Iterator[Finding]:
        if self.estate.settings.logs or self.estate.settings.workspaces:
            return  # the user knows where the logs are
        source = f"azure.logs {resource.id}"
        try:
            found = destinations(resource, self.estate.diagnostic_settings(resource))
        except TokenauditError as error:
            self._told.append(error)
            yield refused(source, error, known.DIAGNOSTIC_SETTINGS, resource.id)
            return
        on = [each.category for each in found]
        off = [category for category in resource.categories if category not in on]
        storage = next((each.storage for each in found if each.storage), None)
        if not on:
            text = "no diagnostic setting writes its logs to a storage account or a workspace"
            yield Finding(source, "switched on", "off", text, fixes.switch_logs_on(resource, storage))
        elif off and resource.is_gateway:
            text = f"{', '.join(off)} is not written: tokens, or latency and callers, are missing"
            yield Finding(source, "switched on", "warning", text, fixes.switch_logs_on(resource, storage))
        elif "RequestResponse" in off:
            text = "RequestResponse is not written: latency and outcomes are missing"
            yield Finding(source, "switched on", "warning", text, fixes.switch_logs_on(resource, storage))
        else:
            yield Finding(source, "switched on", "ok", ", ".join(on))

    def _metrics(self, account: Resource) -> Finding:
        source = f"azure.metrics {account.id}"
        try:
            asked = questions(self._services.arm.metric_definitions(account.id))
        except (TokenauditError, NoDataError) as error:
            return refused(source, _plain(error, account.id), known.METRICS, account.id)
        if not asked:
            return Finding(source, "covering", "warning", "it has none of the metrics of language models")
        return Finding(source, "covering", "ok", f"{sum(len(each.names) for each in asked)} metrics, kept for 93 days")

    def _logs(self) -> Iterator[Finding]:
        try:
            places = list(self.estate.log_places())
        except TokenauditError as error:
            yield refused("azure.logs", error, known.ACCOUNTS, "/subscriptions/SUBSCRIPTION_ID")
            return
        for place in places:
            if isinstance(place, Failure):
                yield from self._failure(place, known.DIAGNOSTIC_SETTINGS, _subscription_of(place.name))
            elif isinstance(place, LogBlobs):
                yield self._blobs(place)
            else:
                yield self._tables(place)

    def _blobs(self, where: LogBlobs) -> Finding:
        feed = BlobLogs(self._services, where)
        scope = _storage_scope(where.place)
        try:
            newest = max((at for at in map(self._newest, containers(self._services, where.place)) if at), default=None)
        except (TokenauditError, NoDataError) as error:
            if isinstance(error, NoDataError) and where.writers:
                return Finding(feed.name, "covering", "warning", "nothing has been written yet")
            return refused(feed.name, _plain(error, where.place), known.LIST_BLOBS, scope)
        if newest is None:
            return Finding(feed.name, "covering", "warning", "no log of the last two days")
        return Finding(feed.name, "covering", "ok", f"written to until {newest}")

    def _newest(self, place: Place) -> str | None:
        """When a log was last written, to the minute; None for not in the last days. A listing of a few pages."""
        where = LogBlobs(place)
        now = self._services.now
        blobs = BlobLogs(self._services, where).blobs(place, now - _RECENT, now + DAY)
        return max((f"{each.modified_at:%Y-%m-%d %H:%M}Z" for each in blobs), default=None)

    def _tables(self, where: LogTables) -> Finding:
        name = LogTableFeed(self._services, where).name
        now = self._services.now
        since = now - _RECENT
        count = 0
        try:
            for table in (DIAGNOSTICS, LLM, GATEWAY_DIAGNOSTICS):
                kql = f"{table.query(since, now, where.writers)}\n| summarize Count = count()"
                rows = self._services.logs.query(where.workspace, kql, since, now)["tables"][0]["rows"]
                count += int(rows[0][0]) if rows else 0
        except (TokenauditError, NoDataError, TooMuchError) as error:
            return refused(name, _plain(error, where.workspace), known.LOG_QUERY, "RESOURCE_ID_OF_THE_WORKSPACE")
        except (LookupError, TypeError, ValueError):
            return Finding(name, "covering", "unknown", "the answer to a count has an unknown form")
        if not count:
            return Finding(name, "covering", "warning", "no record of a language model in the last two days")
        return Finding(name, "covering", "ok", f"{count:,} records in the last two days")

    def _costs(self) -> Iterator[Finding]:
        for place in self.estate.settings.exports:
            yield self._bills(place)
        if self.estate.settings.exports:
            return
        for scope in self.estate.cost_scopes():
            source = f"azure.costs {scope}"
            try:
                found = self.estate.exports(scope)
            except TokenauditError as error:
                self._told.append(error)
                yield refused(source, error, known.EXPORTS, scope)
                continue
            if found:
                yield Finding(source, "switched on", "ok", _count(len(found), "export"))
            else:
                yield self._without_export(source, scope)
        for each in self.estate.export_places():
            if isinstance(each, Failure):
                yield from self._failure(each, known.STORAGE_ACCOUNT, "RESOURCE_ID_OF_THE_STORAGE_ACCOUNT")
            else:
                yield self._bills(each.place)

    def _failure(self, failure: Failure, operation: Operation, scope: str) -> Iterator[Finding]:
        """What could not be found out, once: what follows from it fails for the same reason."""
        if not any(failure.error is each for each in self._told):
            self._told.append(failure.error)
            yield refused(f"azure.{failure.kind} {failure.name}", failure.error, operation, scope)

    def _without_export(self, source: str, scope: str) -> Finding:
        fix = fixes.export_costs(scope, self._services.now)
        if scope in self.estate.settings.billing_scopes:
            return Finding(source, "switched on", "warning", "no export; reports are made on demand (slow)", fix)
        day = self._services.now.replace(hour=0, minute=0, second=0, microsecond=0) - 3 * DAY
        try:
            next(self._services.arm.cost_query(scope, question(day, day + DAY)), None)
        except (TokenauditError, NoDataError) as error:
            return refused(source, _plain(error, scope), known.COST_QUERY, scope)
        text = "no export; the query API is asked (by day, account and meter, without prices and units)"
        return Finding(source, "switched on", "warning", text, fix)

    def _bills(self, place: Place) -> Finding:
        source = f"azure.costs {place.url}"
        try:
            blobs = list(self._services.storage.blobs(place.account, place.container, place.prefix))
        except (TokenauditError, NoDataError) as error:
            return refused(source, _plain(error, place), known.LIST_BLOBS, _storage_scope(place))
        newest = max((each.modified_at for each in blobs), default=None)
        if newest is None:
            return Finding(source, "covering", "warning", "nothing has been written there (yet)")
        if newest < self._services.now - timedelta(days=3):
            return Finding(source, "covering", "warning", f"nothing has been written there since {newest:%Y-%m-%d}")
        return Finding(source, "covering", "ok", f"written to until {newest:%Y-%m-%d %H:%M}Z")


def refused(source: str, error: Exception, operation: Operation, scope: str) -> Finding:
    """A source that cannot be had."""
    code = error.exit_code if isinstance(error, TokenauditError) else ServiceError.exit_code
    if not isinstance(error, CredentialsError):
        return Finding(source, "reachable", "failed", str(error), getattr(error, "hint", ""), code)
    if "Entra ID" in str(error) or " 401" in str(error):
        return Finding(source, "permitted", "failed", str(error), fixes.SIGN_IN, code)
    return Finding(source, "permitted", "failed", str(error), fixes.grant(operation, scope), code)


def _subscription_of(name: str) -> str:
    """What a role is to be assigned on, from the name of what could not be found out."""
    found = _OF_SUBSCRIPTION.search(name)
    return f"/subscriptions/{found[1] if found else 'SUBSCRIPTION_ID'}"


def _plain(error: Exception, what: Place | str) -> Exception:
    """An error of ours in the place of what a call may end with."""
    if isinstance(error, TokenauditError):
        return error
    return (
        ServiceError(f"{what} is not there", hint="check the names in [azure]")
        if isinstance(what, str)
        else missing(what)
    )


def _storage_scope(place: Place) -> str:
    """What a role is to be assigned on. The subscription of a storage account is not in its address."""
    name = place.account.removeprefix("https://").split(".")[0].rpartition("/")[2]
    return (
        "/subscriptions/SUBSCRIPTION_ID/resourceGroups/GROUP/providers/Microsoft.Storage/storageAccounts/"
        f"{name}/blobServices/default/containers/{place.container}".removesuffix("/blobServices/default/containers/")
    )


def _count(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}"
