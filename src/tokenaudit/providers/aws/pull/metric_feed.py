"""CloudWatch's metrics of one account and Region: a document for each day, and one for each whole month."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.aws.operations import METRIC_DATA, USD_PER_METRIC
from tokenaudit.providers.aws.pull.batch import Batch
from tokenaudit.providers.aws.pull.log_groups import is_settled
from tokenaudit.providers.aws.pull.metric_questions import (
    LISTED,
    RETENTION,
    Answered,
    Asked,
    calls,
    document,
    of_days,
    of_month,
)
from tokenaudit.providers.aws.pull.places import mirror_path
from tokenaudit.providers.aws.pull.times import DAY, days, ends, midnight, months, next_month, whole_hour

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from tokenaudit.model.pulling import Kind, KnownObjects, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.pull.metric_questions import Listed
    from tokenaudit.providers.aws.pull.spending import Purse

_DAYS_A_BATCH = 31


class MetricFeed:
    """The metrics of every model that CloudWatch lists."""

    kind: ClassVar[Kind] = "metrics"

    def __init__(
        self, client: Client, account: str, region: str, series: Sequence[Listed], manners: Manners, purse: Purse
    ) -> None:
        self._client = client
        self._account = account
        self._region = region
        self._series = series
        self._manners = manners
        self._purse = purse
        self.name = f"aws.metrics {self._uri}"

    @property
    def _uri(self) -> str:
        return f"cloudwatch://{self._account}/{self._region}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Days that overlap the window, and months that end in it. Days that are known and final are not asked for.

        Percentiles of a month cannot be made of those of its days, so a pull that goes on from the last one, with a
        window of days, asks for the month that has just ended.
        """
        now = self._manners.clock()
        since, until = ends(window)
        until = min(until, now)
        kept_since = now - RETENTION
        if since < kept_since:
            self._manners.notify(
                f"{self._uri}: CloudWatch keeps metrics for {RETENTION.days} days; what is older is gone"
            )
            since = kept_since + DAY
        if since < now - LISTED:
            self._manners.notify(
                f"{self._uri}: CloudWatch lists models that were called in the last {LISTED.days} days; "
                "metrics of models that were last called before are not pulled"
            )
        todo = [day for day in days(since, until) if not _is_final(known, self._day_uri(day))]
        done = [day for day in days(since, until) if day not in set(todo)]
        for start in range(0, len(todo), _DAYS_A_BATCH):
            share = todo[start : start + _DAYS_A_BATCH]
            batch = Batch(self._ask, share)
            yield from (self._object(self._day_uri(day), f"{day}", day, batch) for day in share)
        yield from (self._object(self._day_uri(day), f"{day}", day, Batch(self._ask, (day,))) for day in done)
        for first in months(since, until):
            last = next_month(first) - DAY
            if kept_since <= midnight(first) and midnight(last) + DAY <= until:
                batch = Batch(self._ask_month, (first,))
                yield self._object(f"{self._uri}/{first:%Y-%m}", f"{first:%Y-%m}", first, batch, settles=last)

    def _day_uri(self, day: date) -> str:
        return f"{self._uri}/{day}"

    def _object(self, uri: str, name: str, day: date, batch: Batch, settles: date | None = None) -> RemoteObject:
        return RemoteObject(
            uri=uri,
            path=mirror_path("cloudwatch", self._account, self._region, f"{name}.json"),
            identity="",
            size_bytes=0,
            fetch=partial(batch.fetch, day),
            final=is_settled(settles or day, self._manners.clock(), self._manners.settle_hours),
        )

    def _ask(self, wanted: tuple[date, ...]) -> Mapping[date, Any]:
        """Documents of some days. The hour that has not ended is left out: it would stand for a whole one."""
        start, end = midnight(wanted[0]), midnight(wanted[-1]) + DAY
        end = min(end, whole_hour(self._manners.clock()))
        over = end >= midnight(wanted[0]) + DAY
        answers = self._answers(of_days(self._series, over=over), start, end)
        return {
            day: document(self._account, self._region, answers, midnight(day), min(midnight(day) + DAY, end))
            for day in wanted
        }

    def _ask_month(self, months_asked: tuple[date, ...]) -> Mapping[date, Any]:
        (first,) = months_asked
        start, end = midnight(first), midnight(next_month(first))
        answers = self._answers(of_month(self._series, first), start, end)
        return {first: document(self._account, self._region, answers, start, end)}

    def _answers(self, asked: Sequence[Asked], start: datetime, end: datetime) -> dict[Asked, Answered]:
        found = {each: Answered({}) for each in asked}
        if not asked or start >= end:
            return found
        text = f"{len(asked)} metrics of CloudWatch in {self._region} from {start:%Y-%m-%d} to {end:%Y-%m-%d}"
        self._purse.announce(text, len(asked) * USD_PER_METRIC)
        for share in calls(asked, max(end - start, timedelta(hours=1))):
            self._purse.spend(text, len(share) * USD_PER_METRIC)
            by_id = {f"m{number}": each for number, each in enumerate(share)}
            question = {
                "MetricDataQueries": [each.query(identifier) for identifier, each in by_id.items()],
                "StartTime": start,
                "EndTime": end,
                "ScanBy": "TimestampAscending",
            }
            for page in self._client.pages(METRIC_DATA, self._region, "", **question):
                for result in page.get("MetricDataResults", ()):
                    found[by_id[result["Id"]]].add(result)
        return found


def _is_final(known: KnownObjects, uri: str) -> bool:
    before = known.of(uri)
    return before is not None and before.final
