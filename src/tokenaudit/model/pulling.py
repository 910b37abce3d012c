"""The faces of a live cloud: what can be fetched from it, by which calls, and with which rights.

A cloud is asked for *objects*: things with an address, an identity that changes with their content, and bytes that the
sources know how to read, exactly as if somebody had saved them into a file. Answers of an API are objects too: one for
each window that was asked for. So everything behind the fetching is the way that `tokenaudit ingest` goes.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime
    from pathlib import Path

    from tokenaudit.model.question import Window

Kind = Literal["logs", "metrics", "costs", "inventory"]
"""What is fetched: `--only` names them."""

KINDS: tuple[Kind, ...] = ("inventory", "logs", "metrics", "costs")


@dataclass(frozen=True)
class Call:
    """A call that a pull makes, or may make once an earlier answer says so: what `--dry-run` prints.

    `permission` is the IAM action or the Azure role that it needs. `size` says in words how much it is (`one call`,
    `1 per 1,000 objects`). `cost_usd` is what the service charges for it, where it charges.
    """

    kind: Kind
    service: str
    operation: str
    target: str
    permission: str
    size: str
    window: Window | None = None
    cost_usd: Decimal | None = None


@dataclass(frozen=True)
class RemoteObject:
    """Something to fetch. `uri` is its address without any signature, `path` where it lies below a mirror's root.

    `identity` changes when its content does: what the ledger knows under both is not fetched again. It is empty where
    the service tells no such thing before it is asked (answers of an API); then the content's hash takes its place.
    `final` says that the service will not change it any more: known, it is not even asked for.
    """

    uri: str
    path: str
    identity: str
    size_bytes: int
    fetch: Callable[[Path], None]
    """Writes the bytes into a file. Raises a TokenauditError; what may pass has been tried again by then."""
    final: bool = True


@dataclass(frozen=True)
class Known:
    """What the ledger says of an address: the identity that was read, and whether it was final then."""

    identity: str
    final: bool


class KnownObjects(Protocol):
    """What the ledger has read."""

    def of(self, uri: str) -> Known | None:
        """What it says of this address; None where it has to be read, or read again."""

    def below(self, prefix: str) -> Iterator[tuple[str, Known]]:
        """The same of all addresses that begin so, in their order."""


@dataclass(frozen=True)
class InventoryItem:
    """What a cloud says about an opaque name: the fields of `model.question.Alias`, and what else is worth keeping.

    `facts` are plain texts by name (SKU, capacity, region, tags).
    """

    match: str
    name: str
    model: str | None
    provider: str
    account: str
    resource: str | None = None
    version: str | None = None
    scope: str | None = None
    tier: str | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class Feed(Protocol):
    """One place that objects come from: a log bucket of a region, the metrics of an account, an export."""

    @property
    def name(self) -> str:
        """What to call it: `aws.invocation_logs s3://bucket/prefix`. Stable: watermarks are kept under it."""

    @property
    def kind(self) -> Kind:
        """What it brings."""

    def objects(self, window: Window, known: KnownObjects) -> Iterator[RemoteObject]:
        """What there is of this window (both ends set), known objects included: those are never fetched.

        With a manifest its files come too, all of them, so that the run is whole. Raises a TokenauditError.
        """


class Cloud(Protocol):
    """A cloud, connected. Every method but `plan` makes calls.

    They raise CredentialsError or ServiceError where nothing at all can be had.
    """

    def plan(self, kinds: Iterable[Kind], window: Window) -> Iterator[Call]:
        """Every call that a pull of this window would make, without making one."""

    def feeds(self, kinds: Iterable[Kind], window: Window) -> Iterator[Feed | Failure]:
        """Every place that objects come from. What cannot be found out is a Failure; the others come all the same."""

    def inventory(self) -> Iterator[InventoryItem | Failure]:
        """What opaque names stand for."""

    def examine(self) -> Iterator[Finding]:
        """What `tokenaudit doctor` says of each source: reachable, permitted, switched on, covering."""

    def suggest(self) -> Iterator[tuple[str, str]]:
        """What `tokenaudit init` can find out: keys of the cloud's table in tokenaudit.toml and values in TOML form."""


@dataclass(frozen=True)
class Failure:
    """A part of a pull that cannot be had: the others go on without it. `error` is a TokenauditError."""

    name: str
    kind: Kind
    error: Exception


Status = Literal["ok", "warning", "failed", "off", "unknown"]


@dataclass(frozen=True)
class Finding:
    """One line of `tokenaudit doctor`.

    `check` is `reachable`, `permitted`, `switched on` or `covering`. `fix` is what to do, ready to be copied: a
    command, a policy, a role assignment; empty where nothing is wrong. `exit_code` is 0 where nothing is, else that
    of the error.
    """

    source: str
    check: str
    status: Status
    text: str
    fix: str = ""
    exit_code: int = 0


@dataclass(frozen=True)
class Manners:
    """How to behave towards services, and how much to spend.

    `api_cost_usd` is the most that calls which cost money may cost in this run. `clock` gives the present (UTC);
    `notify` takes lines for the person who waits (what is about to be spent, long waits).
    """

    clock: Callable[[], datetime]
    notify: Callable[[str], None]
    settle_hours: int = 72
    attempts: int = 8
    timeout_s: float = 60.0
    concurrency: int = 16
    api_cost_usd: Decimal = Decimal("0.10")


class Connector(Protocol):
    """What a provider hands over for the cloud that it reads: makes the connection, without a call."""

    def connect(self, settings: Mapping[str, object], manners: Manners) -> Cloud:
        """The cloud behind the provider's table of tokenaudit.toml. Raises ConfigError for values that are wrong."""
