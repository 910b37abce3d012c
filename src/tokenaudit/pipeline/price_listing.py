"""`prices list` and `prices show`: the rates of the book, with the layer and the source of each."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from tokenaudit import __version__
from tokenaudit.errors import DataError
from tokenaudit.model.columns import PROVIDER_ALIASES
from tokenaudit.model.models import from_plain_name
from tokenaudit.model.rates import CONTRACT, OFFICIAL
from tokenaudit.model.report import Caveat, Field, Provenance, Report, Section, Value

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.model.rates import Rate
    from tokenaudit.pricing.book import PriceBook

PRICE = "USD/1M tokens"
RATE_FIELDS = (
    *map(Field, ("provider", "model", "model_version", "scope", "region", "tier", "token_kind")),
    Field("prompt_band", "tokens"),
    Field("usd_per_mtok", PRICE),
    *map(Field, ("valid_from", "valid_until", "layer", "source", "source_date", "sku", "note")),
)


def list_report(book: PriceBook, day: date, providers: Sequence[str] = (), models: Sequence[str] = ()) -> Report:
    """The rates in force on a day, of providers and models like these. Raises DataError where there is none."""
    wanted = {PROVIDER_ALIASES.get(each.lower(), each.lower()) for each in providers}
    found = [
        (layer, rate)
        for layer, rate in _layers(book)
        if rate.holds(day)
        and (not wanted or rate.provider in wanted)
        and (not models or any(_is_like(rate.model, each) for each in models))
    ]
    if not found:
        raise DataError(
            f"no price is in force on {day} for that", hint="check --on, --provider and --model, e.g. 'anthropic/*'"
        )
    start = datetime.combine(day, time(), UTC)
    section = Section("prices", f"Prices on {day}", RATE_FIELDS, _rows(found))
    return Report("prices list", (section,), provenance(book), since=start, until=start + timedelta(days=1))


def show_report(book: PriceBook, model: str) -> Report:
    """Every rate of a model over time. Raises DataError for a model that the book does not know."""
    known = sorted({rate.model for _, rate in _layers(book)})
    named = _model(model, known)
    found = [(layer, rate) for layer, rate in _layers(book) if rate.model == named]
    section = Section("prices", f"Prices of {named}", RATE_FIELDS, _rows(found))
    ended = sum(rate.valid_until is not None for _, rate in found)
    notes = (Caveat("ended", f"{ended} of these prices have ended", ended),) if ended else ()
    return Report("prices show", (section,), provenance(book), notes)


def provenance(book: PriceBook) -> Provenance:
    """What such a report rests on: the book."""
    return Provenance(__version__, book.date, book.sha256)


def _layers(book: PriceBook) -> list[tuple[str, Rate]]:
    return [*((CONTRACT, rate) for rate in book.overrides), *((OFFICIAL, rate) for rate in book.rates)]


def _is_like(model: str, pattern: str) -> bool:
    return any(fnmatchcase(name, pattern.lower()) for name in (model, model.partition("/")[2]))


def _model(name: str, known: Sequence[str]) -> str:
    canonical = from_plain_name(name).model
    if canonical in known:
        return str(canonical)
    same = [each for each in known if each.partition("/")[2] == name.lower()]
    if len(same) == 1:
        return same[0]
    bare = {each.partition("/")[2]: each for each in known}
    near = same or [bare[each] for each in get_close_matches(name.lower().rpartition("/")[2], bare, 3)]
    raise DataError(
        f"the price book has no model {name!r}",
        hint=f"did you mean {', '.join(near)}?" if near else "`tokenaudit prices list` names those it has",
    )


def _rows(found: Iterable[tuple[str, Rate]]) -> tuple[dict[str, Value], ...]:
    def order(each: tuple[str, Rate]) -> tuple[object, ...]:
        layer, rate = each
        place = (rate.provider, rate.model, rate.model_version or "", rate.scope, rate.region or "", rate.tier)
        return (*place, rate.prompt_band, rate.kind, rate.valid_from, layer)

    return tuple(_row(layer, rate) for layer, rate in sorted(found, key=order))


def _row(layer: str, rate: Rate) -> dict[str, Value]:
    return {
        "provider": rate.provider,
        "model": rate.model,
        "model_version": rate.model_version,
        "scope": rate.scope,
        "region": rate.region,
        "tier": rate.tier,
        "token_kind": rate.kind,
        "prompt_band": rate.prompt_band or None,
        "usd_per_mtok": rate.usd_per_mtok,
        "valid_from": rate.valid_from,
        "valid_until": rate.valid_until,
        "layer": layer,
        "source": rate.source,
        "source_date": rate.source_date,
        "sku": rate.sku or None,
        "note": rate.note or None,
    }
