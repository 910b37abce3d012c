"""Cost Details reports, for billing scopes whose costs nobody exports: made on demand, a month at a time.

A report is asked for, made in minutes, and then lies under signed addresses, to which our own token is not sent. Only
EA and MCA have them, 13 months back. Actual costs only: two reports of one month without a manifest could not be told
apart.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenaudit.errors import ServiceError
from tokenaudit.model.pulling import RemoteObject
from tokenaudit.providers.azure.client.answers import NoDataError
from tokenaudit.providers.azure.live.periods import CLOSING, billed, months

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from tokenaudit.model.pulling import Kind, KnownObjects
    from tokenaudit.model.question import Window
    from tokenaudit.providers.azure.live.services import Services

_METRIC = "ActualCost"
_COPY = 1024 * 1024
_NOTHING = b"Date,ResourceId,MeterCategory,MeterName,Quantity,CostInBillingCurrency,BillingCurrencyCode\n"
"""A table without lines, for a month without costs: known from then on, and not asked for again once it is closed."""


@dataclass(frozen=True)
class CostReportFeed:
    """The costs of one billing scope."""

    services: Services
    scope: str
    kind: Kind = "costs"

    @property
    def name(self) -> str:
        """What it is called: by the scope."""
        return f"azure.costs report {self.scope}"

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """A table a month."""
        del known
        now = self.services.now
        settle = timedelta(hours=self.services.manners.settle_hours)
        for begin, end in months(*billed(window, now)):
            yield self._table(begin, end, final=end + max(CLOSING, settle) <= now)

    def _table(self, begin: datetime, end: datetime, *, final: bool) -> RemoteObject:
        def fetch(to: Path) -> None:
            last = min(end - timedelta(days=1), self.services.now)
            period = {"start": f"{begin:%Y-%m-%d}", "end": f"{last:%Y-%m-%d}"}
            try:
                report = self.services.arm.cost_report(self.scope, {"metric": _METRIC, "timePeriod": period})
            except NoDataError:
                raise ServiceError(
                    f"Cost Management knows no billing scope {self.scope}", hint="check `billing_scopes` in [azure]"
                ) from None
            self._save(_addresses(report, self.scope) if report else [], to)

        address = f"{self.services.endpoints.management}{self.scope}/providers/Microsoft.CostManagement"
        path = f"cost_details{self.scope.replace(':', '_')}/{begin:%Y-%m}.csv"
        return RemoteObject(f"{address}/generateCostDetailsReport/{begin:%Y-%m}.csv", path, "", 0, fetch, final)

    def _save(self, addresses: list[str], to: Path) -> None:
        """All parts as one table: the heading of the first holds for all."""
        heading: bytes | None = None
        if not addresses:
            to.write_bytes(_NOTHING)
            return
        with to.open("wb") as file, tempfile.TemporaryDirectory(dir=to.parent) as folder:
            for address in addresses:
                part = Path(folder) / "part.csv"
                self.services.storage.save_signed(address, part)
                with part.open("rb") as lines:
                    first = lines.readline()
                    if heading is None:
                        heading = first
                        file.write(first)
                    elif first.removeprefix(b"\xef\xbb\xbf").rstrip() != heading.removeprefix(b"\xef\xbb\xbf").rstrip():
                        raise ServiceError(
                            f"the parts of the report of {self.scope} have different columns",
                            hint="run it again; if it stays so, please report it",
                        )
                    last = first
                    while block := lines.read(_COPY):
                        file.write(block)
                        last = block
                    if not last.endswith(b"\n"):
                        file.write(b"\n")
                part.unlink()


def _addresses(report: dict[str, Any], scope: str) -> list[str]:
    manifest = report.get("manifest")
    blobs = manifest.get("blobs") if isinstance(manifest, dict) else None
    links = [each.get("blobLink") for each in blobs or () if isinstance(each, dict)]
    found = [each for each in links if isinstance(each, str)]
    count = manifest.get("blobCount") if isinstance(manifest, dict) else None
    if len(found) != len(links) or (isinstance(count, int) and count != len(found)):
        raise ServiceError(f"the report of {scope} does not say where it lies", hint="run it again")
    return found
