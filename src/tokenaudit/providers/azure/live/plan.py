"""Every call that a pull would make, without making one: as far as the settings tell what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.model.pulling import Call
from tokenaudit.providers.azure.client import operations as known
from tokenaudit.providers.azure.live.log_tables import DOCUMENTS
from tokenaudit.providers.azure.live.periods import billed, bounds, days, months

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tokenaudit.model.pulling import Kind
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.client.operations import Operation
    from tokenaudit.providers.azure.settings import Place, Settings

_QUESTIONS = "3 to 6"
_EACH = "every account found"


def plan(settings: Settings, kinds: Iterable[Kind], window: Window, now: datetime) -> Iterator[Call]:
    """The calls of each kind. What is found out once serves all kinds, and is listed with the first."""
    seen: set[tuple[str, str]] = set()
    for kind in kinds:
        for operation, target, size in _calls(settings, kind, window, now):
            if (operation.name, target) not in seen:
                seen.add((operation.name, target))
                yield Call(kind, operation.service, operation.name, target, operation.permission, size, window)


def _calls(settings: Settings, kind: Kind, window: Window, now: datetime) -> Iterator[tuple[Operation, str, str]]:
    if kind == "inventory":
        yield from _accounts(settings)
        yield known.DEPLOYMENTS, _EACH, "1 an account"
    elif kind == "metrics":
        yield from _accounts(settings)
        count = len(list(days(*bounds(window, now))))
        yield known.METRIC_DEFINITIONS, _EACH, "1 an account"
        yield known.METRICS, _EACH, f"{_QUESTIONS} an account and day; days: {count}"
    elif kind == "logs":
        yield from _logs(settings, window, now)
    else:
        yield from _costs(settings, window, now)


def _accounts(settings: Settings) -> Iterator[tuple[Operation, str, str]]:
    yield from _subscriptions(settings)
    for each in _scopes(settings):
        yield known.ACCOUNTS, each, "one call"


def _subscriptions(settings: Settings) -> Iterator[tuple[Operation, str, str]]:
    if not settings.subscriptions:
        yield known.SUBSCRIPTIONS, "the tenant", "one call"


def _logs(settings: Settings, window: Window, now: datetime) -> Iterator[tuple[Operation, str, str]]:
    count = len(list(days(*bounds(window, now))))
    questions = f"{sum(len(tables) for _, tables in DOCUMENTS)} a day; days: {count}"
    if settings.logs or settings.workspaces:
        for place in settings.logs:
            if not place.container:
                yield known.CONTAINERS, place.account, "1 per 5,000 containers"
            yield from _blobs(place, "and 1 for each folder of a resource")
        for workspace in settings.workspaces:
            if workspace.startswith("/"):
                yield known.WORKSPACE, workspace, "one call"
            yield known.LOG_QUERY, workspace, questions
        return
    yield from _accounts(settings)
    for each in _scopes(settings):
        yield known.GATEWAYS, each, "one call"
    yield known.DIAGNOSTIC_SETTINGS, "every account and gateway found", "1 each"
    yield known.STORAGE_ACCOUNT, "every storage account that logs go to", "1 each"
    yield known.LIST_BLOBS, "every container that logs go to", "1 per 5,000 blobs, and 1 for each folder of a resource"
    yield known.GET_BLOB, "every container that logs go to", "1 or 2 for each blob that is new or grew"
    yield known.WORKSPACE, "every workspace that logs go to, and not to storage", "1 each"
    yield known.LOG_QUERY, "every workspace that logs go to, and not to storage", questions


def _costs(settings: Settings, window: Window, now: datetime) -> Iterator[tuple[Operation, str, str]]:
    if settings.exports:
        for place in settings.exports:
            yield from _blobs(place, "")
        return
    count = len(list(months(*billed(window, now))))
    if not settings.billing_scopes:
        yield from _subscriptions(settings)
    for each in settings.billing_scopes or _scopes(settings):
        yield known.EXPORTS, each, "one call"
    yield known.STORAGE_ACCOUNT, "every storage account that exports go to", "1 each"
    yield known.LIST_BLOBS, "every container that exports go to", "1 per 5,000 blobs"
    yield (
        known.GET_BLOB,
        "every container that exports go to",
        "1 for each file of the newest runs, and their manifests",
    )
    for each in settings.billing_scopes:
        yield known.COST_REPORT, f"{each}, unless it has an export", f"1 a month and its polls: months: {count}"
    if not settings.billing_scopes:
        for each in _scopes(settings):
            yield known.COST_QUERY, f"{each}, unless it has an export", f"1 a month and page: months: {count}"


def _scopes(settings: Settings) -> list[str]:
    return [f"/subscriptions/{each}" for each in settings.subscriptions] or ["every subscription found"]


def _blobs(place: Place, beside: str) -> Iterator[tuple[Operation, str, str]]:
    yield known.LIST_BLOBS, place.url, ", ".join(filter(None, ("1 per 5,000 blobs", beside)))
    yield known.GET_BLOB, place.url, "1 or 2 for each blob that is new or grew"
