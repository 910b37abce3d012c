"""What a pull did, or would do, as a report."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.errors import CredentialsError, ServiceError
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.model.secrets import scrub
from tokenaudit.pipeline.aliases import renamed
from tokenaudit.pipeline.summaries import ingest_caveats

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.errors import TokenauditError
    from tokenaudit.ledger.ledger import Ledger
    from tokenaudit.model.pulling import Call
    from tokenaudit.model.question import Window
    from tokenaudit.pipeline.pull.result import FeedResult, PullResult

_COLUMNS = (
    Field("provider"),
    Field("feed"),
    Field("kind"),
    Field("status"),
    Field("since"),
    Field("until"),
    Field("objects", "objects"),
    Field("fetched", "objects"),
    Field("skipped", "objects"),
    Field("size_bytes", "bytes"),
    Field("rows"),
    Field("whole_until"),
)
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
_SHOWN = 3


def pull_report(result: PullResult, ledger: Ledger, *, strict: bool) -> Report:
    """One row a feed. Where something is missing the verdict says so, and with which exit code."""
    refused = bool(result.taken.rejects or result.taken.unreadable)
    trouble = complaint(result)
    if trouble is not None:
        verdict = Verdict("incomplete", trouble.exit_code)
    else:
        verdict = Verdict("insufficient-data", 3) if strict and refused else Verdict()
    return Report(
        "pull",
        (Section("pull", "Pulled", _COLUMNS, tuple(map(_row, result.feeds))),),
        Provenance(__version__, ledger_version=ledger.version),
        (*_caveats(result), *renamed(ledger), *ingest_caveats(result.taken)),
        verdict,
        result.window.since,
        result.window.until,
    )


def complaint(result: PullResult) -> TokenauditError | None:
    """The error to end with; None where everything was had. Missing rights go first: waiting does not mend them."""
    gravest = result.gravest
    if gravest is not None:
        broken, count = result.broken, len(result.feeds)
        kind = CredentialsError if isinstance(gravest, CredentialsError) else ServiceError
        what = f"{len(broken)} of {count} sources {'is' if len(broken) == 1 else 'are'} missing something"
        return kind(f"{what}: {scrub(str(gravest))}", hint=scrub(gravest.hint))
    if result.cut:
        return ServiceError(
            "the time limit ended the pull before everything was fetched",
            hint="run the same command again: it goes on where this one stopped",
        )
    return None


def plan_report(calls: Iterable[tuple[str, Call]], window: Window) -> Report:
    """Every call that a pull would make, and which rights it needs. Nobody was asked."""
    rows = tuple(_call(provider, call) for provider, call in calls)
    costs = [Decimal(str(row["cost_usd"])) for row in rows if row["cost_usd"] is not None]
    caveats = [Caveat("dry_run", "nothing was called: what later calls there are depends on what earlier ones answer")]
    if costs:
        text = f"the services charge about ${sum(costs)} for this; --max-api-cost is the limit"
        caveats.append(Caveat("api_cost", text))
    return Report(
        "pull",
        (Section("plan", "Calls that a pull would make", _CALLS, rows),),
        Provenance(__version__),
        tuple(caveats),
        since=window.since,
        until=window.until,
    )


def _row(feed: FeedResult) -> dict[str, Value]:
    return {
        "provider": feed.provider,
        "feed": scrub(feed.name),
        "kind": feed.kind,
        "status": feed.status,
        **_ends(feed.asked),
        "objects": feed.objects,
        "fetched": feed.fetched,
        "skipped": feed.skipped,
        "size_bytes": feed.size_bytes,
        "rows": feed.rows,
        "whole_until": feed.until,
    }


def _caveats(result: PullResult) -> Iterator[Caveat]:
    for feed in result.feeds:
        name = scrub(feed.name)
        if feed.off:
            yield Caveat("not_used", f"{feed.provider}: left out, nobody is logged in and nothing names it")
            continue
        texts = Counter(f"{scrub(str(error))}; {scrub(error.hint)}" for error in feed.errors)
        for text, count in list(texts.items())[:_SHOWN]:
            yield Caveat("missing_source", f"{name}: {text}", count)
        more = sum(list(texts.values())[_SHOWN:])
        if more:
            yield Caveat("missing_source", f"{name}: {more} more errors, left out here", more)
        if feed.cut:
            yield Caveat("time_limit", f"{name}: the time was over before it was whole")


def _call(provider: str, call: Call) -> dict[str, Value]:
    return {
        "provider": provider,
        "kind": call.kind,
        "service": call.service,
        "operation": call.operation,
        "target": scrub(call.target),
        **_ends(call.window),
        "size": call.size,
        "permission": call.permission,
        "cost_usd": call.cost_usd,
    }


def _ends(window: Window | None) -> dict[str, Value]:
    return {"since": window.since if window else None, "until": window.until if window else None}
