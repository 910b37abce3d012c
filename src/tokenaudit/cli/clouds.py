"""The live clouds as a command asks for them: connected, with manners, and for which windows."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tokenaudit.model.pulling import Manners
from tokenaudit.model.window import window
from tokenaudit.pipeline.pull.clouds import ALL, connect, providers_of
from tokenaudit.pipeline.pull.run import nothing_configured
from tokenaudit.pipeline.pull.windows import Windows

if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal

    from tokenaudit.cli.options import Shared
    from tokenaudit.cli.session import Session
    from tokenaudit.pipeline.pull.clouds import Connected


def connected(
    target: str, session: Session, notify: Callable[[str], None], api_cost_usd: Decimal | None = None
) -> list[Connected]:
    """The clouds that `target` names, no call made. Raises ConfigError where there is none to be had."""
    ways = session.loaded.config.pull
    manners = Manners(
        session.clock,
        notify,
        settle_hours=ways.settle_hours,
        timeout_s=ways.timeout_s,
        concurrency=ways.concurrency,
        api_cost_usd=ways.max_api_cost_usd if api_cost_usd is None else api_cost_usd,
    )
    found = list(connect(providers_of(target), session.loaded, manners, named=target != ALL))
    if not found:
        raise nothing_configured(())
    return found


def windows(shared: Shared, session: Session) -> Windows:
    """What --since and --until ask for, and what holds without them."""
    ways = session.loaded.config.pull
    now = session.now.replace(microsecond=0)
    return Windows(window(shared.since, shared.until, now), now, timedelta(hours=ways.settle_hours), ways.first_days)
