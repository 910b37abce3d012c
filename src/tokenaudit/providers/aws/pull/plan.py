"""What a pull would do, said without a call: `--dry-run`. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.pulling import Call
from tokenaudit.model.question import Window
from tokenaudit.providers.aws.operations import (
    ASSUME_ROLE,
    COST_AND_USAGE,
    GET_EXPORT,
    GET_OBJECT,
    LIST_EXPORTS,
    LIST_METRICS,
    LIST_OBJECTS,
    LIST_PROFILES,
    LIST_PROVISIONED,
    LIST_REPORTS,
    LIST_TAGS,
    LOG_EVENTS,
    LOGGING,
    METRIC_DATA,
    WHO,
)
from tokenaudit.providers.aws.pull.s3_logs import AFTER, BEFORE
from tokenaudit.providers.aws.pull.times import days, ends, months
from tokenaudit.providers.aws.settings import BucketPlace

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import datetime

    from tokenaudit.model.pulling import Kind
    from tokenaudit.providers.aws.operations import Operation
    from tokenaudit.providers.aws.settings import AwsSettings

NO_RIGHT = "none needed"


@dataclass(frozen=True)
class _Plan:
    settings: AwsSettings
    account: str
    regions: int
    window: Window
    day_count: int
    month_count: int

    @property
    def every_region(self) -> str:
        named = ", ".join(self.settings.regions)
        return f"{self.account}: {named or f'each of the {self.regions} Regions with Bedrock'}"

    def call(self, kind: Kind, operation: Operation, target: str, size: str, window: Window | None = None) -> Call:
        return Call(
            kind,
            operation.service,
            operation.name,
            target,
            operation.action or NO_RIGHT,
            size,
            window,
            operation.usd_per_call,
        )


def calls(
    settings: AwsSettings, accounts: Sequence[str], regions: int, kinds: Sequence[Kind], window: Window, now: datetime
) -> Iterator[Call]:
    """Every call, in the order in which they would be made. `accounts` are their names before anybody asked."""
    since, until = ends(window)
    until = min(until, now)
    count = (len(list(days(since, until))), len(list(months(since, until))))
    for number, account in enumerate(accounts):
        plan = _Plan(settings, account, regions, window, *count)
        first = kinds[0] if kinds else "logs"
        if settings.roles:
            yield plan.call(first, ASSUME_ROLE, account, "one call an hour")
        yield plan.call(first, WHO, account, "one call")
        if "inventory" in kinds:
            yield from _inventory(plan)
        if "logs" in kinds and (number == 0 or not settings.logs):
            yield from _logs(plan, Window(since - BEFORE, until + AFTER))
        if "metrics" in kinds:
            yield from _metrics(plan)
        if "costs" in kinds and (number == 0 or not settings.exports):
            yield from _costs(plan)


def _inventory(plan: _Plan) -> Iterator[Call]:
    if not plan.settings.regions:
        yield plan.call("inventory", LOGGING, plan.every_region, "1 a Region, unless logs are pulled too")
        yield plan.call(
            "inventory", LIST_METRICS, plan.every_region, "2 a Region or more, unless metrics are pulled too"
        )
    yield plan.call("inventory", LIST_PROFILES, plan.every_region, "1 per 1,000 profiles")
    yield plan.call("inventory", LIST_TAGS, plan.every_region, "1 a profile")
    yield plan.call("inventory", LIST_PROVISIONED, plan.every_region, "1 a Region or more")


def _logs(plan: _Plan, delivered: Window) -> Iterator[Call]:
    buckets = [str(each) for each in plan.settings.logs if isinstance(each, BucketPlace)]
    groups = [f"{each.name} in {each.region}" for each in plan.settings.logs if not isinstance(each, BucketPlace)]
    if not plan.settings.logs:
        yield plan.call("logs", LOGGING, plan.every_region, "1 a Region")
        buckets = [f"{plan.account}: the bucket that a Region logs to"]
        groups = [f"{plan.account}: the log group of a Region that logs there and not to S3"]
    for bucket in buckets:
        size = f"1 a day and 1 an hour that was delivered in ({plan.day_count} days), 1 more per 1,000 objects"
        yield plan.call("logs", LIST_OBJECTS, bucket, size, delivered)
        yield plan.call("logs", GET_OBJECT, bucket, "1 an object that is new, 1 more per 16 MiB", delivered)
    for group in groups:
        yield plan.call("logs", LOG_EVENTS, group, f"1 per MiB of a day's log, {plan.day_count} or more", plan.window)


def _metrics(plan: _Plan) -> Iterator[Call]:
    yield plan.call("metrics", LIST_METRICS, plan.every_region, "2 a Region, 1 more per 500 series")
    size = "1 per 500 series and 31 days; $0.01 per 1,000 series, some 30 a model"
    yield plan.call("metrics", METRIC_DATA, plan.every_region, size, plan.window)


def _costs(plan: _Plan) -> Iterator[Call]:
    places = [str(each) for each in plan.settings.exports]
    if not places and not plan.settings.cost_explorer:
        yield plan.call("costs", LIST_EXPORTS, plan.account, "one call")
        yield plan.call("costs", GET_EXPORT, plan.account, "1 an export")
        yield plan.call("costs", LIST_REPORTS, plan.account, "one call")
        places = [f"{plan.account}: the bucket of the export"]
    for place in places:
        yield plan.call("costs", LIST_OBJECTS, place, f"4 a month or more ({plan.month_count} months)", plan.window)
        yield plan.call("costs", GET_OBJECT, place, "1 a manifest, 1 a file that is new", plan.window)
    if not plan.settings.exports:
        when = "" if plan.settings.cost_explorer else ", only if there is no export"
        yield plan.call("costs", COST_AND_USAGE, plan.account, f"1 a page{when}", plan.window)
