"""Cost exports of an account: where they are delivered, and which of them is read.

Data Exports hold CUR 2.0 and FOCUS, the legacy report has an API of its own. They tell the same bill, so one is taken:
CUR 2.0 before FOCUS before the legacy report, as `docs/bills.md` ranks them.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.providers.aws.operations import GET_EXPORT, LIST_EXPORTS, LIST_REPORTS
from tokenaudit.providers.aws.pull.places import folder

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.settings import BucketPlace

CUR2, FOCUS, LEGACY = "CUR 2.0", "FOCUS", "legacy report"
_TABLE = re.compile(r"\bFROM\s+(COST_AND_USAGE_REPORT|FOCUS_\w+)", re.IGNORECASE)
_LEGACY_PERIOD = re.compile(r"\d{8}-\d{8}")
_DEPTH = 3


@dataclass(frozen=True)
class Export:
    """An export and where it lies: `root` is prefix and name, without slashes at its ends."""

    form: str
    name: str
    bucket: str
    root: str
    region: str | None
    healthy: bool = True

    @property
    def uri(self) -> str:
        """Its address."""
        return f"s3://{self.bucket}/{self.root}"


def declared(client: Client) -> list[Export]:
    """Every export and report of the account that tells its bill, the preferred first. Raises what calls raise."""
    found = [*_data_exports(client), *_reports(client)]
    return sorted(found, key=lambda each: (not each.healthy, (CUR2, FOCUS, LEGACY).index(each.form), each.name))


def below(client: Client, place: BucketPlace) -> Iterator[Export]:
    """Exports at or below a place that the configuration names, known by their folders."""
    level = [place.prefix]
    for _ in range(_DEPTH):
        following = []
        for root in level:
            prefix = f"{root}/" if root else ""
            folders = [each.name for each in client.listing(place.bucket, prefix) if each.is_folder]
            if root and "metadata" in folders:
                yield Export(CUR2, root.rpartition("/")[2], place.bucket, root, None)
            elif root and any(_LEGACY_PERIOD.fullmatch(each) for each in folders):
                yield Export(LEGACY, root.rpartition("/")[2], place.bucket, root, None)
            else:
                following += [f"{prefix}{each}" for each in folders]
        level = following


def _data_exports(client: Client) -> Iterator[Export]:
    region = client.bills_region
    for page in client.pages(LIST_EXPORTS, region):
        for each in page.get("Exports", ()):
            found = client.call(GET_EXPORT, region, each["ExportName"], ExportArn=each["ExportArn"])["Export"]
            table = _TABLE.search(found["DataQuery"]["QueryStatement"])
            if table is None:
                continue  # recommendations, carbon: no bill
            place = found["DestinationConfigurations"]["S3Destination"]
            yield Export(
                FOCUS if table.group(1).upper().startswith("FOCUS") else CUR2,
                found["Name"],
                place["S3Bucket"],
                folder(place["S3Prefix"].strip("/"), found["Name"])[:-1],
                place["S3Region"],
                each["ExportStatus"].get("StatusCode") != "UNHEALTHY",
            )


def _reports(client: Client) -> Iterator[Export]:
    for page in client.pages(LIST_REPORTS, client.bills_region):
        for each in page.get("ReportDefinitions", ()):
            healthy = each.get("ReportStatus", {}).get("lastStatus", "SUCCESS") == "SUCCESS"
            root = folder(each["S3Prefix"].strip("/"), each["ReportName"])[:-1]
            yield Export(LEGACY, each["ReportName"], each["S3Bucket"], root, each["S3Region"], healthy)
