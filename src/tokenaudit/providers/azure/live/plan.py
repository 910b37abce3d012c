"""Every call that a pull would make, without making one: as far as the settings tell what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from tokenaudit.model.pulling import Call
from tokenaudit.model.question import Window
from tokenaudit.providers.azure.client import operations as known
from tokenaudit.providers.azure.live.blob_logs import delivered
from tokenaudit.providers.azure.live.log_tables import DOCUMENTS
from tokenaudit.providers.azure.live.metrics_feed import kept_days
from tokenaudit.providers.azure.live.periods import billed, bounds, days, hour, months, tomorrow

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from datetime import datetime

    from tokenaudit.model.pulling import Kind
    from tokenaudit.providers.azure.client.operations import Operation
    from tokenaudit.providers.azure.settings import Settings

_QUESTIONS = "3 to 6"
_EACH = "every account found"
_LISTED = "1 per 5,000 blobs"
_FOLDERS = "and 1 for each folder of a resource"
_GROWN = "1 or 2 for each blob that is new or grew"
_RUNS = "1 for each file of the newest runs, and their manifests"


class _Step(NamedTuple):
    """A call and, where it asks for a window, which one: more than a pull was asked for, whole days or months."""

    operation: Operation
    target: str
    size: str
    window: Window | None = None


def plan(settings: Settings, kinds: Iterable[Kind], window: Window, now: datetime) -> Iterator[Call]:
    """The calls of each kind. What is found out once serves all kinds, and is listed with the first."""
    seen: set[tuple[str, str]] = set()
    for kind in kinds:
        for step in _steps(settings, kind, window, now):
            operation = step.operation
            if (operation.name, step.target) not in seen:
                seen.add((operation.name, step.target))
                yield Call(
                    kind, operation.service, operation.name, step.target, operation.permission, step.size, step.window
                )


def _steps(settings: Settings, kind: Kind, window: Window, now: datetime) -> Iterator[_Step]:
    if kind == "inventory":
        yield from _accounts(settings)
        yield _Step(known.DEPLOYMENTS, _EACH, "1 an account")
    elif kind == "metrics":
        yield from _accounts(settings)
        wanted = kept_days(window, now)
        yield _Step(known.METRIC_DEFINITIONS, _EACH, "1 an account")
        size = f"{_QUESTIONS} an account and day; days: {len(wanted)}"
        yield _Step(known.METRICS, _EACH, size, _span(wanted, hour(now)))
    elif kind == "logs":
        yield from _logs(settings, window, now)
    else:
        yield from _costs(settings, window, now)


def _accounts(settings: Settings) -> Iterator[_Step]:
    yield from _subscriptions(settings)
    for each in _scopes(settings):
        yield _Step(known.ACCOUNTS, each, "one call")


def _subscriptions(settings: Settings) -> Iterator[_Step]:
    if not settings.subscriptions:
        yield _Step(known.SUBSCRIPTIONS, "the tenant", "one call")


def _logs(settings: Settings, window: Window, now: datetime) -> Iterator[_Step]:
    wanted = list(days(*bounds(window, now)))
    questions = f"{sum(len(tables) for _, tables in DOCUMENTS)} a day; days: {len(wanted)}"
    asked, written = _span(wanted), Window(*delivered(window, now))
    if settings.logs or settings.workspaces:
        for place in settings.logs:
            if not place.container:
                yield _Step(known.CONTAINERS, place.account, "1 per 5,000 containers")
            yield _Step(known.LIST_BLOBS, place.url, f"{_LISTED}, {_FOLDERS}", written)
            yield _Step(known.GET_BLOB, place.url, _GROWN, written)
        for workspace in settings.workspaces:
            if workspace.startswith("/"):
                yield _Step(known.WORKSPACE, workspace, "one call")
            yield _Step(known.LOG_QUERY, workspace, questions, asked)
        return
    yield from _accounts(settings)
    for each in _scopes(settings):
        yield _Step(known.GATEWAYS, each, "one call")
    yield _Step(known.DIAGNOSTIC_SETTINGS, "every account and gateway found", "1 each")
    yield _Step(known.STORAGE_ACCOUNT, "every storage account that logs go to", "1 each")
    yield _Step(known.LIST_BLOBS, "every container that logs go to", f"{_LISTED}, {_FOLDERS}", written)
    yield _Step(known.GET_BLOB, "every container that logs go to", _GROWN, written)
    yield _Step(known.WORKSPACE, "every workspace that logs go to, and not to storage", "1 each")
    yield _Step(known.LOG_QUERY, "every workspace that logs go to, and not to storage", questions, asked)


def _costs(settings: Settings, window: Window, now: datetime) -> Iterator[_Step]:
    wanted = list(months(*billed(window, now)))
    bills = _span(wanted, tomorrow(now))
    if settings.exports:
        for place in settings.exports:
            yield _Step(known.LIST_BLOBS, place.url, _LISTED)
            yield _Step(known.GET_BLOB, place.url, _RUNS, bills)
        return
    if not settings.billing_scopes:
        yield from _subscriptions(settings)
    for each in settings.billing_scopes or _scopes(settings):
        yield _Step(known.EXPORTS, each, "one call")
    yield _Step(known.STORAGE_ACCOUNT, "every storage account that exports go to", "1 each")
    yield _Step(known.LIST_BLOBS, "every container that exports go to", _LISTED)
    yield _Step(known.GET_BLOB, "every container that exports go to", _RUNS, bills)
    for each in settings.billing_scopes:
        target = f"{each}, unless it has an export"
        yield _Step(known.COST_REPORT, target, f"1 a month and its polls: months: {len(wanted)}", bills)
    if not settings.billing_scopes:
        for each in _scopes(settings):
            target = f"{each}, unless it has an export"
            yield _Step(known.COST_QUERY, target, f"1 a month and page: months: {len(wanted)}", bills)


def _scopes(settings: Settings) -> list[str]:
    return [f"/subscriptions/{each}" for each in settings.subscriptions] or ["every subscription found"]


def _span(parts: list[tuple[datetime, datetime]], end: datetime | None = None) -> Window | None:
    """From the beginning of the first day or month to the end of the last, or to `end`; None where there is none."""
    if not parts:
        return None
    return Window(parts[0][0], parts[-1][1] if end is None else min(parts[-1][1], end))
