"""What a pull would do, as a report: nobody is asked."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value
from tokenaudit.model.secrets import scrub
from tokenaudit.pipeline.pull.report import ends
from tokenaudit.pipeline.pull.windows import span

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from tokenaudit.ledger.pulled import Pulled
    from tokenaudit.model.pulling import Call, Kind
    from tokenaudit.pipeline.pull.clouds import Connected
    from tokenaudit.pipeline.pull.windows import Windows

_CALLS = (
    Field("provider"),
    Field("kind"),
    Field("service"),
    Field("operation"),
    Field("target"),
    Field("since"),
    Field("until"),
    Field("size"),
    Field("permission"),
    Field("cost_usd", "USD"),
)
_KNOWN = (
    Field("provider"),
    Field("feed"),
    Field("kind"),
    Field("since"),
    Field("until"),
    Field("whole_until"),
)


def plan_report(clouds: Iterable[Connected], kinds: Sequence[Kind], windows: Windows, pulled: Pulled) -> Report:
    """Every call that a pull would make, which rights it needs, and from where on it would ask known feeds."""
    asked = [(each, windows.of_cloud(pulled, each.provider)) for each in clouds]
    calls = tuple(_call(each.provider, call) for each, window in asked for call in each.cloud.plan(kinds, window))
    known = tuple(row for each, _ in asked for row in _known(each.provider, kinds, windows, pulled))
    sections = [Section("plan", "Calls that a pull would make", _CALLS, calls)]
    if known:
        sections.append(Section("known", "Where sources that the ledger knows go on", _KNOWN, known))
    window = span(window for _, window in asked)
    return Report(
        "pull",
        tuple(sections),
        Provenance(__version__),
        tuple(_caveats(calls, goes_on=bool(known))),
        since=window.since,
        until=window.until,
    )


def _caveats(calls: Iterable[dict[str, Value]], *, goes_on: bool) -> Iterator[Caveat]:
    text = "nothing was called: what later calls there are depends on what earlier ones answer"
    if goes_on:
        text += "; windows of calls hold those of all sources, also of one that would be new"
    yield Caveat("dry_run", text)
    costs = [Decimal(str(row["cost_usd"])) for row in calls if row["cost_usd"] is not None]
    if costs:
        yield Caveat("api_cost", f"the services charge about ${sum(costs)} for this; --max-api-cost is the limit")


def _known(provider: str, kinds: Sequence[Kind], windows: Windows, pulled: Pulled) -> Iterator[dict[str, Value]]:
    """A feed of which an older version did not note the kind may be asked or not: it is there, and its kind is not."""
    of_kind = pulled.kinds.get(provider, {})
    for feed, mark in sorted(pulled.watermarks.get(provider, {}).items()):
        kind = of_kind.get(feed)
        if kind is None or kind in kinds:
            window = windows.of_feed(pulled, provider, feed)
            yield {
                "provider": provider,
                "feed": scrub(feed),
                "kind": kind,
                **ends(window),
                "whole_until": mark,
            }


def _call(provider: str, call: Call) -> dict[str, Value]:
    return {
        "provider": provider,
        "kind": call.kind,
        "service": call.service,
        "operation": call.operation,
        "target": scrub(call.target),
        **ends(call.window),
        "size": call.size,
        "permission": call.permission,
        "cost_usd": call.cost_usd,
    }
