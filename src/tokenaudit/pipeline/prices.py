"""`prices update`: the clouds' own lists into a snapshot on this machine, checked before anything is written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn

from tokenaudit.catalogue.http import Http
from tokenaudit.catalogue.snapshots import load, newest, save
from tokenaudit.errors import DataError, ServiceError, UsageError
from tokenaudit.model.ports import Silent
from tokenaudit.pipeline.price_documents import fetched, homes, readers, saved
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.succession import by_what_is_sold

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Iterable, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from tokenaudit.catalogue.snapshots import Snapshot
    from tokenaudit.model.ports import Progress
    from tokenaudit.model.price_lists import Document, PriceList, PriceListReader
    from tokenaudit.model.rates import Rate, Sold
    from tokenaudit.model.reject import Reject


@dataclass(frozen=True)
class Wanted:
    """What an update is to bring: lists of these providers and regions, or of all; from `files`, or from the web."""

    providers: Sequence[str] = ()
    regions: Sequence[str] = ()
    files: Sequence[Path] = ()


@dataclass(frozen=True)
class ReadList:
    """What came of one cloud's list: its documents, the rates that are good, and what is not."""

    documents: int
    rates: tuple[Rate, ...]
    skipped: Counter[str]
    unreadable: tuple[Reject, ...]
    kept: int = 0
    """Rates of the snapshot before, of regions that were not asked for."""


@dataclass(frozen=True)
class Update:
    """What an update did. `previous` is the snapshot that was in force before it, `before` its rates."""

    snapshot: Snapshot
    rates: tuple[Rate, ...]
    lists: dict[str, ReadList]
    previous: Snapshot | None = None
    before: tuple[Rate, ...] = ()
    kept: int = 0
    """Rates of the snapshot before, of providers that were not asked for."""
    passed_over: list[str] = field(default_factory=list)


def update(
    folder: Path,
    wanted: Wanted,
    today: date,
    progress: Progress | None = None,
    environ: Mapping[str, str] | None = None,
) -> Update:
    """Reads the lists and writes a snapshot into `folder`; what was there before is left as it is.

    Raises ServiceError where a list cannot be had, or holds no price; DataError where a saved one cannot be read. Then
    nothing is written.
    """
    asked = readers(wanted.providers)
    if wanted.regions and (wanted.files or not any(reader.by_region for reader in asked.values())):
        raise UsageError(
            "--region chooses among the documents of AWS that are fetched",
            hint="leave it out with --from, or with a provider whose price list is one for all regions",
        )
    previous = newest(folder)
    before = load(previous) if previous else ()
    passed_over: list[str] = []
    if wanted.files:
        documents, passed_over = saved(asked, wanted.files)
    else:
        documents = _from_the_web(wanted, today, progress or Silent(), environ)
    lists = {
        name: _checked(asked[name], found, before, wanted, whole=not wanted.files) for name, found in documents.items()
    }
    mine = {asked[name].provider for name in documents}
    kept = [rate for rate in before if rate.provider not in mine]
    rates = (*kept, *(rate for each in lists.values() for rate in each.rates))
    PriceBook(rates)
    return Update(save(folder, rates, today), rates, lists, previous, before, len(kept), passed_over)


def _from_the_web(
    wanted: Wanted, today: date, progress: Progress, environ: Mapping[str, str] | None
) -> dict[str, list[Document]]:
    asked = readers(wanted.providers)
    places = homes(asked, environ)
    with Http(environ) as http:
        return {
            name: fetched(reader, places[name], wanted.regions, http, today, progress) for name, reader in asked.items()
        }


def _checked(
    reader: PriceListReader, documents: list[Document], before: Iterable[Rate], wanted: Wanted, *, whole: bool
) -> ReadList:
    """A list that was read, without the rates that the book would refuse, and with what it says nothing about.

    `whole` says that the documents are all there are, where no regions were chosen.
    """
    found = reader.read(documents)
    good, refused = _good(found)
    known = {rate.region for rate in good if rate.region}
    if reader.by_region and not known.issuperset(wanted.regions):
        missing = sorted(set(wanted.regions) - known)
        raise UsageError(
            f"no price in region {', '.join(missing)}", hint="Regions are named as by AWS, e.g. eu-central-1"
        )
    if not good:
        _complain(reader, (*found.unreadable, *refused), whole=whole)
    kept: list[Rate] = []
    if reader.by_region and (wanted.regions or not whole):
        said = set(wanted.regions) or known
        kept = [rate for rate in before if rate.provider == reader.provider and rate.region and rate.region not in said]
    unreadable = (*found.unreadable, *refused)
    return ReadList(len(documents), (*good, *kept), found.skipped, unreadable, len(kept))


def _good(found: PriceList) -> tuple[list[Rate], list[Reject]]:
    """The rates that a price book takes, and the rows of the others with what it says of them."""
    good, refused = [], []
    for rate, row in found.rates.items():
        try:
            PriceBook((rate,))
        except DataError as error:
            refused.append(row.refused(str(error).partition("): ")[2] or str(error)))
        else:
            good.append(rate)
    return good, refused


def _complain(reader: PriceListReader, unreadable: Sequence[Reject], *, whole: bool) -> NoReturn:
    first = next(iter(unreadable), None)
    why = f"; {first.uri} row {first.line}: {first.reason}" if first else ""
    message = f"not one price of a token in the price list of {reader.provider}{why}"
    if whole:
        raise ServiceError(message, hint="the list may have moved or changed; what was there before stays in force")
    raise DataError(message, hint="check that the files are whole, and lists of Bedrock or of Foundry Models")


def changed(before: Iterable[Rate], after: Iterable[Rate]) -> dict[Sold, tuple[list[Rate], list[Rate]]]:
    """What two books price differently on some day: the rates of each such key, by their beginning, in both."""
    old, new = by_what_is_sold(before), by_what_is_sold(after)
    both = {key: (old.get(key, []), new.get(key, [])) for key in old | new}
    return {key: pair for key, pair in both.items() if _terms(pair[0]) != _terms(pair[1])}


def _terms(rates: Iterable[Rate]) -> list[tuple[object, ...]]:
    return [(rate.valid_from, rate.valid_until, rate.usd_per_mtok, rate.currency) for rate in rates]
