"""What every report says beside its figures: caveats, verdict, and where the figures come from."""

from __future__ import annotations

from datetime import UTC, datetime

from tokenaudit.model.inert import in_brief, visible
from tokenaudit.model.report import Caveat, Report, Verdict

_SHORT_HASH = 12


def caveat_lines(report: Report) -> list[str]:
    """One line a caveat, `! text (code, count)`, safe to print; csv's caller writes them to stderr."""
    return [f"! {visible(caveat_line(caveat))}" for caveat in report.caveats]


def caveat_line(caveat: Caveat) -> str:
    """A caveat with its code and count, as text that somebody may read to its end."""
    counted = "" if caveat.count is None else f", {caveat.count:,}"
    return f"{in_brief(caveat.text)} ({caveat.code}{counted})"


def verdict_line(verdict: Verdict) -> str | None:
    """The verdict in words, or None for one that goes without saying."""
    return None if verdict == Verdict() else f"verdict: {verdict.status} (exit code {verdict.exit_code})"


def window_line(report: Report) -> str:
    """The window in words, for the footer; its end is excluded."""
    since, until = report.since, report.until
    if since is None and until is None:
        return "all dates"
    if until is None:
        return f"from {_moment(since)} UTC"
    if since is None:
        return f"before {_moment(until)} UTC"
    return f"{_moment(since)} to {_moment(until)} UTC"


def provenance_line(report: Report) -> str:
    """Tool, ledger, window and price book: what somebody needs to get the same figures again."""
    source = report.provenance
    parts = [f"tokenaudit {source.tool_version}"]
    if source.ledger_version is not None:
        parts.append(f"ledger version {source.ledger_version}")
    parts.append(window_line(report))
    book = [source.price_book_date, source.price_book_sha256 and source.price_book_sha256[:_SHORT_HASH]]
    if any(book):
        parts.append(" ".join(["price book", *filter(None, book)]))
    return " | ".join(parts)


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with Z. A moment without a zone is UTC, as everywhere in a report."""
    aware = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    return aware.isoformat().replace("+00:00", "Z")


def _moment(moment: datetime | None) -> str:
    return "" if moment is None else instant(moment).replace("T", " ").removesuffix("Z").removesuffix(" 00:00:00")
