"""What every command works out from the shared options: configuration, ledger folder, window, filter."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit.config import DEFAULT_LEDGER, Config, Loaded, load
from tokenaudit.errors import UsageError
from tokenaudit.model.expressions import base_filter
from tokenaudit.model.window import window
from tokenaudit.pipeline.readiness import make_ready

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from tokenaudit.cli.options import Shared
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.question import Filter


COPY_FIRST = "fetch logs and bills with `tokenaudit pull`, or copy them into a folder first"

_ADDRESS = re.compile(r"(?!file:)([A-Za-z][A-Za-z0-9+.-]+):/+(.*)", re.DOTALL)  # a path keeps one of two slashes


@dataclass(frozen=True)
class Session:
    """The configuration in force, the ledger's folder, and the moment that ages such as `30d` count back from."""

    loaded: Loaded
    ledger: Path
    now: datetime

    @staticmethod
    def clock() -> datetime:
        """The present to the second, as it goes on while a command works."""
        return datetime.now(UTC).replace(microsecond=0)


def begin_anew(path: Path, config: Config) -> Session:
    """For the command that writes the configuration to `path`: no other counts, whatever lies around."""
    folder = path.absolute().parent
    return Session(Loaded(config, folder, None), folder / DEFAULT_LEDGER, datetime.now(UTC))


def begin(shared: Shared, near: Path | None = None) -> Session:
    """Reads the configuration (looked for at or above `near`) and checks what does not depend on data."""
    if shared.currency not in (None, "USD"):
        raise UsageError(
            f"amounts cannot be shown in {shared.currency}", hint="list prices are in USD; leave --currency out"
        )
    loaded = load(shared.config, near)
    folder = shared.ledger.absolute() if shared.ledger else loaded.resolve(loaded.config.ledger)
    refuse_addresses([shared.ledger or Path(loaded.config.ledger)], "name a folder with --ledger")
    return Session(loaded, folder, datetime.now(UTC))


def begin_on(shared: Shared, paths: Sequence[Path] | None) -> Session:
    """The same for a command that may read files by itself: the configuration at the first of them counts.

    Called before all that takes time to load, for workers load what they need at the same time.
    """
    refuse_addresses(paths or (), COPY_FIRST)
    session = begin(shared, paths[0] if paths else None)
    make_ready(paths or (), session.loaded.config.jobs)
    return session


def refuse_addresses(paths: Iterable[Path], hint: str) -> None:
    """Raises UsageError for what is meant to lie elsewhere, such as s3://bucket: as a path it would be made here."""
    for path in paths:
        found = _ADDRESS.match(str(path))
        if found is not None:
            raise UsageError(f"{found[1]}://{found[2]} is not on this machine", hint=hint)


def ledger_if_any(shared: Shared, session: Session) -> Ledger | None:
    """The ledger; None where there is none and the command line names none. Raises LedgerError for one it names."""
    from tokenaudit.ledger.ledger import open_for_reading

    if shared.ledger is None and not session.ledger.exists():
        return None
    return open_for_reading(session.ledger)


def filter_of(shared: Shared, session: Session) -> Filter:
    """The filter that --since, --until, --provider, --model, --account and --tag make."""
    choices: dict[str, Sequence[str]] = {"provider": shared.provider, "model": shared.model, "account": shared.account}
    return base_filter(window(shared.since, shared.until, session.now), choices, shared.tag)
