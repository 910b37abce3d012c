"""A pull from Orchard in a few words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.properties import ledgers
from tests.properties.orchard import Orchard

from tokenaudit.ledger.ledger import open_for_writing
from tokenaudit.model.question import Window
from tokenaudit.pipeline.pull.clouds import Connected
from tokenaudit.pipeline.pull.run import Errands, Pull
from tokenaudit.pipeline.pull.windows import Windows

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.pipeline.pull.result import FeedResult, PullResult

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)


def pull(ledger: Path, root: Path, *, named: bool = True, since: datetime | None = None, **errands: Any) -> PullResult:
    """One run, at NOW unless `now` says otherwise."""
    now = errands.pop("now", NOW)
    windows = Windows(Window(since), now, timedelta(hours=72), 30)
    with open_for_writing(ledger) as opened:
        errands = {"jobs": 1, "concurrency": 4, "kinds": ("logs", "metrics", "costs"), **errands}
        return Pull(opened, Errands(windows, **errands), lambda: now).run([Connected("orchard", Orchard(root), named)])


def only(result: PullResult) -> FeedResult:
    (found,) = result.feeds
    return found


def rows(ledger: Path) -> list[dict[str, Any]]:
    """Everything but where it came from, by usage_id."""
    plain = ({**row, "object_uri": None, "tags": dict(row["tags"] or ())} for row in ledgers.rows_of(ledger))
    return sorted(plain, key=lambda row: row["usage_id"])
