"""AWS, connected: which feeds there are, from the first question to the last."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tokenaudit.errors import DataError, TokenauditError
from tokenaudit.model.pulling import Failure
from tokenaudit.providers.aws.pull import doctor, log_places, names, plan, suggestions
from tokenaudit.providers.aws.pull.account import Account
from tokenaudit.providers.aws.pull.cost_explorer_feed import CostExplorerFeed
from tokenaudit.providers.aws.pull.export_feed import ExportFeed
from tokenaudit.providers.aws.pull.exports import below, declared
from tokenaudit.providers.aws.pull.metric_feed import MetricFeed
from tokenaudit.providers.aws.pull.spending import Purse

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.model.pulling import Call, Feed, Finding, InventoryItem, Kind, Manners
    from tokenaudit.model.question import Window
    from tokenaudit.providers.aws.client import Client
    from tokenaudit.providers.aws.settings import AwsSettings, BucketPlace


class AwsCloud:
    """One account, or one for each role of the configuration."""

    def __init__(self, clients: Sequence[Client], settings: AwsSettings, manners: Manners) -> None:
        self._accounts = [Account(client, settings) for client in clients]
        self._settings = settings
        self._manners = manners
        self._purse = Purse(manners)

    def plan(self, kinds: Iterable[Kind], window: Window) -> Iterator[Call]:
        """Every call that a pull of this window would make, without making one."""
        names_of = [each.client.name for each in self._accounts]
        regions = len(self._accounts[0].candidates)
        yield from plan.calls(self._settings, names_of, regions, tuple(kinds), window, self._manners.clock())

    def feeds(self, kinds: Iterable[Kind], window: Window) -> Iterator[Feed | Failure]:  # noqa: ARG002
        """Every place that objects come from. Raises CredentialsError or ServiceError if no account can be entered."""
        wanted = tuple(kind for kind in kinds if kind != "inventory")
        accounts, refused = self._entered()
        for account, reason in refused:
            yield from (Failure(f"aws {account.client.name}", kind, reason) for kind in wanted)
        if "logs" in wanted:
            yield from self._logs(accounts)
        if "metrics" in wanted:
            for account in accounts:
                yield from _kept(self._metrics(account), account, "metrics")
        if "costs" in wanted:
            yield from self._costs(accounts)

    def inventory(self) -> Iterator[InventoryItem | Failure]:
        """What inference profiles and provisioned throughputs stand for. Raises if no account can be entered."""
        accounts, refused = self._entered()
        for account, reason in refused:
            yield Failure(f"aws {account.client.name}", "inventory", reason)
        for account in accounts:
            try:
                yield from names.inventory(account)
            except TokenauditError as error:
                yield Failure(f"aws {account.client.name}", "inventory", error)

    def examine(self) -> Iterator[Finding]:
        """What can be reached, is permitted, switched on, and covers what. Raises where nobody is signed in."""
        if not self._settings.roles:
            self._entered()
        yield from doctor.examine(self._accounts, self._settings, self._manners)

    def suggest(self) -> Iterator[tuple[str, str]]:
        """Keys of `[aws]`."""
        yield from suggestions.suggest(self._accounts, self._settings)

    def _entered(self) -> tuple[list[Account], list[tuple[Account, TokenauditError]]]:
        """The accounts that let us in, and those that do not. Raises the first error if none does."""
        accounts: list[Account] = []
        refused: list[tuple[Account, TokenauditError]] = []
        for account in self._accounts:
            try:
                account.id  # noqa: B018  # the first question: who am I
                accounts.append(account)
            except TokenauditError as error:
                refused.append((account, error))
        if not accounts:
            raise refused[0][1]
        return accounts, refused

    def _logs(self, accounts: Sequence[Account]) -> Iterator[Feed | Failure]:
        if self._settings.logs:
            yield from log_places.configured(self._settings, accounts, self._manners)
            return
        for account in accounts:
            yield from _kept(log_places.discovered(account, self._manners), account, "logs")

    def _metrics(self, account: Account) -> Iterator[Feed | Failure]:
        for region, found in account.series().items():
            if isinstance(found, TokenauditError):
                yield Failure(f"aws.metrics {account.id}/{region}", "metrics", found)
            elif found:
                yield MetricFeed(account.client, account.id, region, found, self._manners, self._purse)

    def _costs(self, accounts: Sequence[Account]) -> Iterator[Feed | Failure]:
        if self._settings.exports:
            for place in self._settings.exports:
                yield from _kept(_placed(accounts[0], place, self._manners), accounts[0], "costs")
            return
        for account in accounts:
            yield from _kept(self._bills(account), account, "costs")

    def _bills(self, account: Account) -> Iterator[Feed]:
        """The export of an account; Cost Explorer if it has none. Not knowing is no reason to spend money."""
        exports = [] if self._settings.cost_explorer else declared(account.client)
        if exports:
            if len(exports) > 1:
                others = ", ".join(f"{each.form} {each.name}" for each in exports[1:])
                self._manners.notify(f"account {account.id}: bills are read from {exports[0].uri}, not from {others}")
            yield ExportFeed(account.client, exports[0], self._manners)
        else:
            yield CostExplorerFeed(account.client, account.id, self._manners, self._purse)


def _placed(account: Account, place: BucketPlace, manners: Manners) -> Iterator[Feed]:
    found = list(below(account.client, place))
    if not found:
        raise DataError(f"{place} holds no cost export", hint="the place is what comes before <export>/metadata/")
    yield from (ExportFeed(account.client, each, manners) for each in found)


def _kept(feeds: Iterator[Feed | Failure], account: Account, kind: Kind) -> Iterator[Feed | Failure]:
    """The feeds, and a Failure where looking for them fails."""
    try:
        yield from feeds
    except TokenauditError as error:
        yield Failure(f"aws {account.client.name}", kind, error)
