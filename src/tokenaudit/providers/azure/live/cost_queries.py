"""The Cost Management Query API, for subscriptions whose costs nobody exports: a month at a time, by day.

It takes two groupings: account and meter. Whoever calls it often is throttled by the tenant's quota, so a month is one
question (31 days are the longest that is answered by day), and a closed month is asked once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import ServiceError
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.periods import CLOSING, billed, months, tomorrow

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime
    from pathlib import Path

    from tokenaudit.model.pulling import Kind, KnownObjects
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.live.services import Services

Json = dict[str, Any]

# What models have been sold as. Models of partners come through the Marketplace, with everything else that does.
_SERVICES = ["Foundry Models", "Cognitive Services", "Azure OpenAI", "Azure AI services"]
_COLUMNS = ["Cost", "UsageQuantity", "UsageDate", "ResourceId", "Meter", "Currency"]


@dataclass(frozen=True)
class CostQueryFeed:
    """The costs of one subscription."""

    services: Services
    scope: str
    kind: Kind = "costs"

    @property
    def name(self) -> str:
        """What it is called: by the scope."""
        return f"azure.costs query {self.scope}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """A document a month."""
        del known
        now = self.services.now
        for begin, end in months(*billed(window, now)):
            yield self._document(begin, end, final=end + max(CLOSING, self._settle) <= now)

    @property
    def _settle(self) -> timedelta:
        return timedelta(hours=self.services.manners.settle_hours)

    def _document(self, begin: datetime, end: datetime, *, final: bool) -> RemoteObject:
        def fetch(to: Path) -> None:
            body = question(begin, min(end, tomorrow(self.services.now)))
            pages = [{"request": body, **page} for page in self._pages(body)]
            for page in pages:
                _check_days(page, begin, end, self.scope)
            to.write_text(json.dumps({"value": pages or [_nothing(body)]}, separators=(",", ":")), encoding="utf-8")

        address = f"{self.services.endpoints.management}{self.scope}/providers/Microsoft.CostManagement/query"
        path = f"cost_query{self.scope}/{begin:%Y-%m}.json"
        return RemoteObject(f"{address}/{begin:%Y-%m}", path, "", 0, fetch, final)

    def _pages(self, body: Json) -> list[Json]:
        try:
            return list(self.services.arm.cost_query(self.scope, body))
        except NoDataError:
            raise ServiceError(
                f"Cost Management knows no costs of {self.scope}", hint="check `subscriptions` in [azure]"
            ) from None


def question(begin: datetime, end: datetime) -> Json:
    """What is asked of the days from `begin` on, before `end`; the API counts the last day in."""
    last = end - timedelta(seconds=1)
    return {
        "type": "ActualCost",
        "timeframe": "Custom",
        "timePeriod": {"from": f"{begin:%Y-%m-%dT%H:%M:%SZ}", "to": f"{last:%Y-%m-%dT%H:%M:%SZ}"},
        "dataset": {
            "granularity": "Daily",
            "aggregation": {
                "totalCost": {"name": "Cost", "function": "Sum"},
                "totalUsage": {"name": "UsageQuantity", "function": "Sum"},
            },
            "grouping": [{"type": "Dimension", "name": "ResourceId"}, {"type": "Dimension", "name": "Meter"}],
            "filter": {
                "or": [
                    {"dimensions": {"name": "ServiceName", "operator": "In", "values": _SERVICES}},
                    {"dimensions": {"name": "PublisherType", "operator": "In", "values": ["Marketplace"]}},
                ]
            },
        },
    }


def _check_days(page: Json, begin: datetime, end: datetime, scope: str) -> None:
    """The service shifts windows that it does not like; rows of other days would stand under the wrong month."""
    properties = page.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    names = [str(each.get("name")) for each in properties.get("columns") or () if isinstance(each, dict)]
    rows = properties.get("rows") or ()
    if "UsageDate" not in names:
        if not rows:
            return
        raise _unasked(scope, begin)
    at = names.index("UsageDate")
    first, after = int(f"{begin:%Y%m%d}"), int(f"{end:%Y%m%d}")
    for row in rows:
        day = row[at] if isinstance(row, list) and len(row) > at else None
        if not isinstance(day, int | float) or not first <= day < after:
            raise _unasked(scope, begin)


def _unasked(scope: str, begin: datetime) -> ServiceError:
    return ServiceError(
        f"Cost Management answered with other days than {begin:%Y-%m} of {scope}",
        hint="the answer was not taken; an export of costs (`tokenaudit doctor`) does without this API",
    )


def _nothing(body: Json) -> Json:
    """An answer without rows, for a month without costs (204)."""
    return {"request": body, "properties": {"columns": [{"name": name} for name in _COLUMNS], "rows": []}}
