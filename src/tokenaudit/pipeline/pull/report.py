"""What a pull did, as a report."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.errors import CredentialsError, ServiceError
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.model.secrets import scrub
from tokenaudit.pipeline.aliases import renamed
from tokenaudit.pipeline.summaries import ingest_caveats

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tokenaudit.errors import TokenauditError
    from tokenaudit.ledger.ledger import Ledger
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


def _row(feed: FeedResult) -> dict[str, Value]:
    return {
        "provider": feed.provider,
        "feed": scrub(feed.name),
        "kind": feed.kind,
        "status": feed.status,
        **ends(feed.asked),
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


def ends(window: Window | None) -> dict[str, Value]:
    """Both ends of a window as values of a row; None where there was no window."""
    return {"since": window.since if window else None, "until": window.until if window else None}
