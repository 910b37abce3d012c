"""A whole pull: cloud by cloud, feed by feed. What fails is told at the end, and nothing else waits for it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from tokenaudit.errors import ConfigError, CredentialsError, DataError, TokenauditError
from tokenaudit.ledger import inventory, pulled
from tokenaudit.model.ports import Unwatched
from tokenaudit.model.pulling import KINDS, Failure
from tokenaudit.pipeline.pull.crew import Crew, Deadline
from tokenaudit.pipeline.pull.feed import FeedPull, Means
from tokenaudit.pipeline.pull.known import Register
from tokenaudit.pipeline.pull.result import FeedResult, PullResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.ledger.pulled import Pulled
    from tokenaudit.model.ports import Watcher
    from tokenaudit.model.pulling import Cloud, Feed, InventoryItem, Kind
    from tokenaudit.pipeline.pull.clouds import Connected
    from tokenaudit.pipeline.pull.windows import Windows


@dataclass(frozen=True)
class Errands:
    """What to pull, and how: which kinds, of which windows, and for how long at most."""

    windows: Windows
    kinds: tuple[Kind, ...] = KINDS
    time_limit_s: float | None = None
    concurrency: int = 16
    jobs: int | None = None
    watcher: Watcher = field(default_factory=Unwatched)


class Pull:
    """A pull into one ledger, which has to be open for writing."""

    def __init__(self, ledger: Ledger, errands: Errands, now: Callable[[], datetime]) -> None:
        self._ledger = ledger
        self._errands = errands
        self._now = now
        self._pulled: Pulled = pulled.load(ledger.folder)
        self._deadline = Deadline(errands.time_limit_s)
        self.result = PullResult()

    def run(self, clouds: Iterable[Connected]) -> PullResult:
        """Pulls from every cloud. Raises ConfigError where none of them is used here at all."""
        with Crew(self._errands.concurrency) as crew:
            for connected in clouds:
                self._cloud(connected, crew)
        if self.result.feeds and all(each.off for each in self.result.feeds):
            raise nothing_configured(self.result.feeds[0].errors)
        return self.result

    def _cloud(self, connected: Connected, crew: Crew) -> None:
        kinds = tuple(kind for kind in self._errands.kinds if kind != "inventory")
        steps = []
        if "inventory" in self._errands.kinds:
            steps.append(partial(self._inventory, connected.provider, connected.cloud))
        if kinds:
            steps.append(partial(self._feeds, connected.provider, connected.cloud, kinds, crew))
        errors: dict[str, TokenauditError] = {}
        for step in steps:
            try:
                step()
            except DataError:
                raise
            except TokenauditError as error:
                errors.setdefault(str(error), error)  # what names cannot be had for, feeds may not be had for either
        for each in errors.values():
            self._fails(connected, each)

    def _fails(self, connected: Connected, error: TokenauditError) -> None:
        """A cloud that nobody spoke of, that was never pulled from, and that lets nobody in is one that is not used."""
        provider = connected.provider
        is_used = (
            connected.named
            or provider in self._pulled.watermarks
            or any(each.provider == provider for each in self.result.feeds)
        )
        off = isinstance(error, CredentialsError) and not is_used
        self.result.feeds.append(FeedResult(provider, provider, None, errors=[error], off=off))

    def _feeds(self, provider: str, cloud: Cloud, kinds: tuple[Kind, ...], crew: Crew) -> None:
        window = self._errands.windows.of_cloud(self._pulled, provider)
        for feed in cloud.feeds(kinds, window):
            if isinstance(feed, Failure):
                self.result.feeds.append(_failed(provider, feed))
            elif self._deadline.is_over:
                mark = self._pulled.until(provider, feed.name)
                self.result.feeds.append(FeedResult(provider, feed.name, feed.kind, cut=True, until=mark))
            else:
                self._feed(provider, feed, crew)

    def _feed(self, provider: str, feed: Feed, crew: Crew) -> None:
        window = self._errands.windows.of_feed(self._pulled, provider, feed.name)
        counts = FeedResult(provider, feed.name, feed.kind, asked=window)
        self.result.feeds.append(counts)
        register = Register(self._ledger, self._pulled)
        means = Means(self._ledger, register, crew, self._deadline, self._now, self._errands.jobs)
        with self._errands.watcher.source(feed.name) as progress:
            FeedPull(means, counts, self.result.taken, progress).run(feed, window)
        counts.until = self._pulled.until(provider, feed.name)
        if counts.status == "ok" and window.since is not None and window.until is not None:
            counts.until = self._pulled.reach(provider, feed.name, feed.kind, window.since, window.until)
        pulled.save(self._ledger.folder, self._pulled)

    def _inventory(self, provider: str, cloud: Cloud) -> None:
        counts = FeedResult(provider, f"{provider}.inventory", "inventory")
        found: list[InventoryItem] = []
        failed = False
        with self._errands.watcher.source(counts.name) as progress:
            for item in cloud.inventory():
                if isinstance(item, Failure):
                    self.result.feeds.append(_failed(provider, item))
                    failed = True
                    continue
                found.append(item)
                progress.total(len(found), 0)
                progress.advance(1, 0)
        if failed and not found:
            return  # nothing was had: what failed says so, and no line beside it that all is well
        known = inventory.load(self._ledger.folder)
        inventory.save(self._ledger.folder, inventory.merge(known, found, self._now()))
        counts.objects = counts.fetched = counts.rows = len(found)
        self.result.feeds.append(counts)


def nothing_configured(errors: Iterable[TokenauditError]) -> ConfigError:
    """The complaint that there is nothing to pull from, with the first reason."""
    why = next((f": {error}" for error in errors), "")
    return ConfigError(
        f"there is no cloud to pull from{why}",
        hint="log in to a cloud (docs/pulling.md lists the ways), then run `tokenaudit init` and `tokenaudit doctor`",
    )


def _failed(provider: str, failure: Failure) -> FeedResult:
    """A part that cannot be had. An error that is none of ours is a mistake of the program, and ends it."""
    if not isinstance(failure.error, TokenauditError):
        raise failure.error
    return FeedResult(provider, failure.name, failure.kind, errors=[failure.error])
