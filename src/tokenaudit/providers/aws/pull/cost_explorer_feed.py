"""Cost Explorer, where no export tells the bill: $0.01 for each page, said before it is spent."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar

from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.aws.operations import COST_AND_USAGE
from tokenaudit.providers.aws.pull.batch import Batch
from tokenaudit.providers.aws.pull.bill_days import by_day, question
from tokenaudit.providers.aws.pull.places import mirror_path
from tokenaudit.providers.aws.pull.times import CLOSED_AFTER, DAY, days, ends, midnight, next_month

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from tokenaudit.model.pulling import Kind, KnownObjects, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.pull.spending import Purse

KEPT = timedelta(days=14 * 30)
"""Cost Explorer knows the current month and some thirteen before it."""


class CostExplorerFeed:
    """What one account was billed, a document for each day."""

    kind: ClassVar[Kind] = "costs"

    def __init__(self, client: Client, account: str, manners: Manners, purse: Purse) -> None:
        self._client = client
        self._account = account
        self._manners = manners
        self._purse = purse
        self.name = f"aws.cost_explorer {self._uri}"

    @property
    def _uri(self) -> str:
        return f"cost-explorer://{self._account}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """Whole days that overlap the window, until yesterday; and known ones before it, while they may be restated.

        Known days of a closed month are not asked for.
        """
        now = self._manners.clock()
        since, until = ends(window)
        if since < now - KEPT:
            self._manners.notify(f"{self._uri}: Cost Explorer keeps some 13 months; what is older is not asked for")
            since = now - KEPT
        wanted = list(days(since, min(until, midnight(now.date()))))
        earlier = days(midnight((since - CLOSED_AFTER).date().replace(day=1)), midnight(since.date()))
        todo = [day for day in earlier if (before := known.of(self._day_uri(day))) is not None and not before.final]
        done: list[date] = []
        for day in wanted:
            before = known.of(self._day_uri(day))
            (done if before is not None and before.final else todo).append(day)
        batch = Batch(self._ask, todo)
        yield from (self._object(day, batch) for day in todo)
        yield from (self._object(day, Batch(self._ask, (day,))) for day in done)

    def _day_uri(self, day: date) -> str:
        return f"{self._uri}/{day}"

    def _object(self, day: date, batch: Batch) -> RemoteObject:
        return RemoteObject(
            uri=self._day_uri(day),
            path=mirror_path("cost-explorer", self._account, f"{day}.json"),
            identity="",
            size_bytes=0,
            fetch=partial(batch.fetch, day),
            final=self._manners.clock() >= midnight(next_month(day.replace(day=1))) + CLOSED_AFTER,
        )

    def _ask(self, wanted: tuple[date, ...]) -> Mapping[date, Any]:
        text = f"Cost Explorer for {self._account} from {wanted[0]} to {wanted[-1]}"
        price = COST_AND_USAGE.usd_per_call or Decimal(0)
        self._purse.announce(f"{text}, one page or more", price)
        asked = question(self._account, wanted[0], wanted[-1] + DAY)
        self._purse.spend(text, price)
        pages = []
        for page in self._client.pages(COST_AND_USAGE, self._client.bills_region, "", **asked):
            pages.append(page)
            if page.get("NextPageToken"):
                self._purse.spend(f"{text}, page {len(pages) + 1}", price)
        return by_day(pages, wanted, self._account)
