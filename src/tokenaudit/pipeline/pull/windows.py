"""Which window a feed is asked for: what the command line says, else from where the last pull was whole."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from tokenaudit.errors import UsageError
from tokenaudit.model.question import Window

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tokenaudit.ledger.pulled import Pulled


@dataclass(frozen=True)
class Windows:
    """The windows of one run; `asked` is as the user wrote it.

    Without a beginning a feed is asked from its watermark on, less the settle time in which clouds still deliver and
    correct; at its first time, for as many days as `first_days` says.
    """

    asked: Window
    now: datetime
    settle: timedelta
    first_days: int

    def __post_init__(self) -> None:
        """Raises UsageError for a window that lies in the future."""
        if self.asked.since is not None and self.asked.since >= self.now:
            raise UsageError(
                f"nothing can be fetched from {self.asked.since:%Y-%m-%d %H:%M} on: that is not yet",
                hint="name an earlier --since",
            )

    @property
    def until(self) -> datetime:
        """The end of every window: nothing is asked of the future."""
        return self.now if self.asked.until is None else min(self.asked.until, self.now)

    def of_feed(self, pulled: Pulled, provider: str, feed: str) -> Window:
        """The window of one feed."""
        return Window(self._since(pulled.until(provider, feed)), self.until)

    def of_cloud(self, pulled: Pulled, provider: str) -> Window:
        """A window that holds those of all feeds of a cloud that are known, and of new ones."""
        marks = pulled.watermarks.get(provider, {}).values()
        return Window(min(map(self._since, (None, *marks))), self.until)

    def _since(self, mark: datetime | None) -> datetime:
        if self.asked.since is not None:
            return self.asked.since
        return min(mark or self.until - timedelta(days=self.first_days), self.until) - (
            self.settle if mark else timedelta()
        )


def span(windows: Iterable[Window]) -> Window:
    """The shortest window that holds all of these; unbounded where there are none."""
    found = list(windows)
    return Window(
        min((each.since for each in found if each.since is not None), default=None),
        max((each.until for each in found if each.until is not None), default=None),
    )
