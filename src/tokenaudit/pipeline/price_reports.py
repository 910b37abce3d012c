"""What an update of the prices has to say: what came, what could not be read, what has changed."""

from __future__ import annotations

from collections import Counter
from decimal import Decimal
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.errors import DataError
from tokenaudit.model.counted import counted
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value, Verdict
from tokenaudit.pipeline.prices import changed

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from tokenaudit.model.rates import Rate
    from tokenaudit.pipeline.prices import Update

_SHOWN = 5
_PRICE = "USD/1M tokens"
_SUSPICIOUS = 100
"""A price that moved this many times up or down is rather a unit that was taken for another."""

_LISTS = ("provider", "documents", "rates", "kept", "skipped", "unreadable")
_SNAPSHOT = ("file", "day", "sha256", "rates", "previous", "changed", "added", "gone")
_KEY = ("provider", "model", "model_version", "scope", "region", "tier", "token_kind", "prompt_band")


def update_report(update: Update, *, strict: bool) -> Report:
    """What an update brought. With `strict`, a row that could not be read makes a bad end; the snapshot is written."""
    changes = _changes(update)
    bad = strict and any(each.unreadable for each in update.lists.values())
    return Report(
        "prices update",
        (
            Section("snapshot", "Snapshot", tuple(map(Field, _SNAPSHOT)), (_snapshot(update, changes),)),
            Section("lists", "Price lists", tuple(map(Field, _LISTS)), tuple(_lists(update))),
            _changes_section(changes),
            _unreadable_section(update),
        ),
        Provenance(__version__),
        tuple(_caveats(update, changes)),
        Verdict("insufficient-data", DataError.exit_code) if bad else Verdict(),
    )


class _Change:
    """The prices of one key in two snapshots, each by its beginning."""

    def __init__(self, before: Sequence[Rate], after: Sequence[Rate]) -> None:
        self.before = before
        self.after = after
        self.kind = "changed" if before and after else "added" if after else "gone"

    def row(self) -> dict[str, Value]:
        rate = (self.after or self.before)[-1]
        values = (rate.provider, rate.model, rate.model_version, rate.scope, rate.region, rate.tier, rate.kind)
        return {
            **dict(zip(_KEY, (*values, rate.prompt_band), strict=True)),
            "before_usd_per_mtok": self.before[-1].usd_per_mtok if self.before else None,
            "usd_per_mtok": self.after[-1].usd_per_mtok if self.after else None,
            "valid_from": rate.valid_from,
        }

    def suspicious(self) -> bool:
        old, new = self.before[-1].usd_per_mtok, self.after[-1].usd_per_mtok
        return bool(old and new) and max(old, new) / min(old, new) >= Decimal(_SUSPICIOUS)


def _changes(update: Update) -> list[_Change]:
    found = [_Change(*pair) for pair in changed(update.before, update.rates).values()] if update.previous else []
    return sorted(found, key=lambda each: tuple(str(value or "") for value in each.row().values()))


def _snapshot(update: Update, changes: list[_Change]) -> dict[str, Value]:
    kinds = Counter(each.kind for each in changes)
    before = update.previous
    counts = {kind: kinds[kind] if before else None for kind in ("changed", "added", "gone")}
    return {
        "file": str(update.snapshot.path),
        "day": update.snapshot.day,
        "sha256": update.snapshot.sha256,
        "rates": len(update.rates),
        "previous": f"{before.day} {before.sha256}" if before else None,
        **counts,
    }


def _lists(update: Update) -> Iterator[dict[str, Value]]:
    for name, each in sorted(update.lists.items()):
        yield {
            "provider": name,
            "documents": each.documents,
            "rates": len(each.rates) - each.kept,
            "kept": each.kept,
            "skipped": each.skipped.total(),
            "unreadable": len(each.unreadable),
        }


def _changes_section(changes: list[_Change]) -> Section:
    columns = (
        *map(Field, _KEY),
        Field("before_usd_per_mtok", _PRICE),
        Field("usd_per_mtok", _PRICE),
        Field("valid_from"),
    )
    rows = tuple(each.row() for each in changes if each.kind == "changed")
    return Section("changes", "Prices that changed", columns, rows)


def _unreadable_section(update: Update) -> Section:
    """Rows that are not trusted, those of one meter together: it is repeated for each region."""
    rows: list[dict[str, Value]] = []
    for name, each in sorted(update.lists.items()):
        times = Counter(reject.reason for reject in each.unreadable)
        first = {reject.reason: reject for reject in sorted(each.unreadable, reverse=True)}
        for reason, count in sorted(times.items()):
            place = first[reason]
            rows.append({"provider": name, "document": place.uri, "row": place.line, "reason": reason, "rows": count})
    columns = tuple(map(Field, ("provider", "document", "row", "reason", "rows")))
    return Section("unreadable", "Rows that are not trusted", columns, tuple(rows))


def _caveats(update: Update, changes: list[_Change]) -> Iterator[Caveat]:
    for name, each in sorted(update.lists.items()):
        if each.unreadable:
            reasons = list(dict.fromkeys(reject.reason for reject in each.unreadable))
            more = "; ..." if len(reasons) > _SHOWN else ""
            text = f"{name}: {len(each.unreadable):,} rows are not trusted and price nothing: "
            yield Caveat("unreadable_prices", text + "; ".join(reasons[:_SHOWN]) + more, len(each.unreadable))
        if each.skipped:
            kinds = ", ".join(f"{count:,} {kind}" for kind, count in each.skipped.most_common())
            yield Caveat("skipped_prices", f"{name}: no prices of tokens on demand: {kinds}", each.skipped.total())
        if each.kept:
            text = f"{name}: {each.kept:,} rates of regions that were not read are those of the snapshot before"
            yield Caveat("kept_regions", text, each.kept)
    if update.kept:
        text = f"{update.kept:,} rates of providers that were not read are those of the snapshot before"
        yield Caveat("kept_providers", text, update.kept)
    if update.passed_over:
        named = ", ".join(update.passed_over[:_SHOWN]) + (", ..." if len(update.passed_over) > _SHOWN else "")
        yield Caveat("unrecognised", f"passed over, no price lists: {named}", len(update.passed_over))
    leaps = [each for each in changes if each.kind == "changed" and each.suspicious()]
    if leaps:
        moved = counted(len(leaps), "price")
        text = f"{moved} moved more than {_SUSPICIOUS} times: a unit may have been taken for another"
        yield Caveat("price_leaps", text, len(leaps))
