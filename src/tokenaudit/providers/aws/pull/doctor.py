"""What `tokenaudit doctor` says of AWS: is each source reachable, permitted, switched on, covering; if not, the fix."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit.errors import CredentialsError, TokenauditError
from tokenaudit.model.pulling import Failure, Finding
from tokenaudit.providers.aws.operations import (
    COST_AND_USAGE,
    DECRYPT,
    GET_EXPORT,
    GET_OBJECT,
    LIST_EXPORTS,
    LIST_METRICS,
    LIST_OBJECTS,
    LIST_PROFILES,
    LIST_REPORTS,
    LOG_EVENTS,
    LOGGING,
)
from tokenaudit.providers.aws.pull import fixes, log_places
from tokenaudit.providers.aws.pull.account import Logging
from tokenaudit.providers.aws.pull.export_feed import ExportFeed
from tokenaudit.providers.aws.pull.exports import below, declared
from tokenaudit.providers.aws.pull.s3_logs import S3LogFeed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.pulling import Manners
    from tokenaudit.providers.aws.operations import Operation
    from tokenaudit.providers.aws.pull.account import Account
    from tokenaudit.providers.aws.pull.exports import Export
    from tokenaudit.providers.aws.pull.log_places import LogFeed
    from tokenaudit.providers.aws.settings import AwsSettings

LOGS, METRICS, BILLS, NAMES = "aws.invocation_logs", "aws.metrics", "aws.cur", "aws.inventory"
_RECENT = timedelta(days=7)


def examine(accounts: Sequence[Account], settings: AwsSettings, manners: Manners) -> Iterator[Finding]:
    """Every finding of every account that can be entered."""
    entered = []
    for account in accounts:
        try:
            yield Finding(f"aws {account.id}", "reachable", "ok", f"signed in to account {account.id}")
            entered.append(account)
        except TokenauditError as error:
            yield failed(f"aws {account.client.name}", error)
    if settings.logs and entered:
        for feed in log_places.configured(settings, entered, manners):
            yield _feed(feed, manners)
    for account in entered:
        if not settings.logs:
            yield from _logs(account, manners)
        yield from _metrics(account)
        yield from _names(account)
    if settings.exports and entered:
        yield from _placed(entered[0], settings, manners)
    else:
        for account in entered:
            yield from _bills(account, settings, manners)


def failed(source: str, error: Exception, *operations: Operation, resource: str = "*") -> Finding:
    """What an error says: of credentials, that something is not permitted, with the policy that would permit it."""
    code = error.exit_code if isinstance(error, TokenauditError) else 5
    hint = error.hint if isinstance(error, TokenauditError) else ""
    if isinstance(error, CredentialsError) and operations and "not permitted" in str(error):
        # A policy of ours cannot tell the key that objects are encrypted with: the hint speaks of it.
        text = f"{error}; {hint}" if DECRYPT in hint else str(error)
        return Finding(source, "permitted", "failed", text, fixes.allow(*operations, resource=resource), code)
    return Finding(source, "reachable", "failed", str(error), hint, code)


def _logs(account: Account, manners: Manners) -> Iterator[Finding]:
    try:
        logging = account.logging()
    except TokenauditError as error:
        yield failed(f"{LOGS} {account.id}", error, LOGGING)
        return
    used = _used(account)
    for region, found in logging.items():
        source = f"{LOGS} {account.id}/{region}"
        if isinstance(found, TokenauditError):
            yield failed(source, found, LOGGING)
        elif not found.is_on and (account.settings.regions or region in used):
            calls = "models are called there, and " if region in used else ""
            yield Finding(
                source,
                "switched on",
                "off",
                f"{calls}no call is logged: there are no requests, callers and tags, only metrics. The fix logs "
                "prompts too, into your bucket; with textDataDeliveryEnabled false it does not, and latencies are "
                "missing",
                fixes.switch_on_logging(region),
            )
        elif isinstance(found, Logging) and found.is_on and not found.text:
            yield Finding(
                source,
                "covering",
                "warning",
                "bodies of text are not logged: tokens are complete, latency and some tiers are unknown",
                fixes.log_bodies(region, found.told),
            )
    for feed in log_places.discovered(account, manners):
        if not isinstance(feed, Failure):
            yield _feed(feed, manners)


def _feed(feed: LogFeed | Failure, manners: Manners) -> Finding:
    """Whether a place can be read, and when something was last written there."""
    if isinstance(feed, Failure):
        return failed(feed.name, feed.error, LIST_OBJECTS, GET_OBJECT)
    now = manners.clock()
    try:
        if isinstance(feed, S3LogFeed):
            latest, within = feed.latest(now, _RECENT), f"{_RECENT.days} days"
        else:
            latest, within = feed.latest(now), "24 hours"
    except TokenauditError as error:
        needed = (LIST_OBJECTS, GET_OBJECT) if isinstance(feed, S3LogFeed) else (LOG_EVENTS,)
        return failed(feed.name, error, *needed)
    if latest is None:
        return Finding(feed.name, "covering", "warning", f"nothing was written in the last {within}")
    return Finding(feed.name, "covering", "ok", f"written until {latest:%Y-%m-%d %H:%M} UTC or later")


def _metrics(account: Account) -> Iterator[Finding]:
    try:
        series = account.series()
    except TokenauditError as error:
        yield failed(f"{METRICS} {account.id}", error, LIST_METRICS)
        return
    count = 0
    for region, found in series.items():
        source = f"{METRICS} {account.id}/{region}"
        if isinstance(found, TokenauditError):
            yield failed(source, found, LIST_METRICS)
        elif found:
            count += 1
            models = {value for each in found for name, value in each.dimensions if name in ("ModelId", "Model")}
            yield Finding(source, "covering", "ok", f"models called in the last 14 days: {len(models)}")
    if not count:
        yield Finding(
            f"{METRICS} {account.id}",
            "covering",
            "warning",
            f"no model was called in the last 14 days; Regions looked at: {len(series)}",
        )


def _names(account: Account) -> Iterator[Finding]:
    try:
        regions = account.in_use()
    except TokenauditError:
        return  # said already: the questions are those of logs and metrics
    for region in regions:
        source = f"{NAMES} {account.id}/{region}"
        try:
            account.client.call(LIST_PROFILES, region, typeEquals="APPLICATION")
            yield Finding(source, "permitted", "ok", "inference profiles can be read")
        except TokenauditError as error:
            yield failed(source, error, LIST_PROFILES)


def _placed(account: Account, settings: AwsSettings, manners: Manners) -> Iterator[Finding]:
    for place in settings.exports:
        try:
            exports = list(below(account.client, place))
        except TokenauditError as error:
            yield failed(f"{BILLS} {place}", error, LIST_OBJECTS, GET_OBJECT)
            continue
        if not exports:
            yield Finding(f"{BILLS} {place}", "covering", "failed", "no cost export lies there", exit_code=3)
        for each in exports:
            yield _export(account, each, manners)


def _bills(account: Account, settings: AwsSettings, manners: Manners) -> Iterator[Finding]:
    source = f"{BILLS} {account.id}"
    price = COST_AND_USAGE.usd_per_call
    if settings.cost_explorer:
        yield Finding(
            f"aws.cost_explorer {account.id}",
            "switched on",
            "unknown",
            f"Cost Explorer is to be asked, at ${price} a page; it was not asked now",
        )
        return
    try:
        exports = declared(account.client)
    except TokenauditError as error:
        yield failed(source, error, LIST_EXPORTS, GET_EXPORT, LIST_REPORTS)
        return
    if exports:
        yield _export(account, exports[0], manners)
    else:
        yield Finding(
            source,
            "switched on",
            "off",
            f"no cost export: pull asks Cost Explorer instead, at ${price} a page, without resources, tags and credits",
            fixes.create_export(account.client.bills_region),
        )


def _export(account: Account, export: Export, manners: Manners) -> Finding:
    source = f"{BILLS} {export.uri}"
    month = manners.clock().date().replace(day=1)
    try:
        latest = ExportFeed(account.client, export, manners).latest(month)
    except TokenauditError as error:
        return failed(source, error, LIST_OBJECTS, GET_OBJECT, resource=f"arn:aws:s3:::{export.bucket}*")
    if latest is None:
        return Finding(source, "covering", "warning", f"nothing was delivered for {month:%Y-%m} yet")
    if not export.healthy:
        return Finding(source, "switched on", "warning", f"AWS says that the last delivery of {export.name} failed")
    return Finding(source, "covering", "ok", f"{month:%Y-%m} was last delivered at {latest:%Y-%m-%d %H:%M} UTC")


def _used(account: Account) -> set[str]:
    """Regions with metrics, as far as that is known."""
    try:
        return {region for region, found in account.series().items() if isinstance(found, list) and found}
    except TokenauditError:
        return set()
