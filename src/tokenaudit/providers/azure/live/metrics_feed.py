"""Azure Monitor's metrics: one document for an account and a day, made of the answers to a few questions.

Metrics are kept for 93 days. The service may answer in another interval than was asked for, which the document says by
itself. With a filter it returns `top` series and drops the rest without a word, so `top` is always given, and an answer
that is full is asked again with more, and refused if that is full too.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from threading import Lock
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import ServiceError
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.metric_questions import Question, questions
from tokenaudit.providers.azure.live.periods import DAY, bounds, days, hour

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tokenaudit.model.pulling import Kind, KnownObjects
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.live.places import Resource
    from tokenaudit.providers.azure.live.services import Services

KEPT = 93 * DAY
_INTERVAL = "PT1H"
_NAMESPACE = "Microsoft.CognitiveServices/accounts"
_TOPS = (1_000, 10_000)


@dataclass
class MetricsFeed:
    """The metrics of an account."""

    services: Services
    account: Resource
    kind: Kind = "metrics"
    _questions: list[Question] | None = None
    _lock: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        """What it is called: by the account."""
        return f"azure.metrics {self.account.id}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """A document a day, of finished hours. One is final when the day is past and settled."""
        del known
        now = self.services.now
        settle = timedelta(hours=self.services.manners.settle_hours)
        oldest = now - KEPT
        if bounds(window, now)[0] < oldest:
            self.services.manners.notify(
                f"{self.name}: Azure keeps metrics for 93 days; nothing before {oldest:%Y-%m-%d} is to be had"
            )
        for day, end in kept_days(window, now):
            yield self._document(day, min(end, hour(now)), final=end + settle <= now)

    def _document(self, since: datetime, until: datetime, *, final: bool) -> RemoteObject:
        def fetch(to: Path) -> None:
            with to.open("w", encoding="utf-8") as file:
                for question in self._asked():
                    answer = self._answer(question, since, until)
                    file.write(json.dumps(answer, separators=(",", ":")) + "\n")

        resource = self.account.id
        address = f"{self.services.endpoints.management}{resource}/providers/Microsoft.Insights/metrics"
        path = f"metrics{resource}/{since:%Y-%m-%d}.jsonl"
        return RemoteObject(f"{address}/{since:%Y-%m-%d}", path, "", 0, fetch, final)

    def _asked(self) -> list[Question]:
        with self._lock:
            if self._questions is None:
                self._questions = questions(self._ask(lambda: self.services.arm.metric_definitions(self.account.id)))
            if not self._questions:
                raise ServiceError(
                    f"{self.account.id} has none of the metrics of language models",
                    hint="look at Metrics of the account in the portal; if there are some, please report it",
                )
            return self._questions

    def _answer(self, question: Question, since: datetime, until: datetime) -> dict[str, Any]:
        for top in _TOPS:
            answer: dict[str, Any] = self._ask(
                lambda top=top: self.services.arm.metrics(
                    self.account.id,
                    timespan=f"{since:%Y-%m-%dT%H:%M:%SZ}/{until:%Y-%m-%dT%H:%M:%SZ}",
                    interval=_INTERVAL,
                    metricnames=",".join(question.names),
                    metricnamespace=_NAMESPACE,
                    aggregation=question.aggregation,
                    filter=question.filter,
                    top=top if question.filter else None,
                )
            )
            if _largest(answer) < top:
                return answer
        raise ServiceError(
            f"{self.account.id} has more than {_TOPS[-1]:,} series of {question.names[0]} on {since:%Y-%m-%d}",
            hint="please report it: an answer that is cut off is not taken",
        )

    def _ask(self, ask: Any) -> Any:
        try:
            return ask()
        except NoDataError:
            raise ServiceError(
                f"{self.account.id} does not exist any more", hint="its metrics went with it; logs and bills did not"
            ) from None


def kept_days(window: Window, now: datetime) -> list[tuple[datetime, datetime]]:
    """Days that hold something of the window and a finished hour.

    Of a day that is no longer kept as a whole there would be a part, which looks like the day.
    """
    since, until = bounds(window, now)
    oldest = now - KEPT
    return [(day, end) for day, end in days(max(since, oldest), min(until, hour(now))) if day >= oldest]


def _largest(answer: dict[str, Any]) -> int:
    """How many series the metric with most of them has."""
    metrics = answer.get("value")
    series = (each.get("timeseries") for each in metrics or () if isinstance(each, dict))
    return max((len(each) for each in series if isinstance(each, list)), default=0)
