"""The documents of the clouds' price lists: fetched from where they are published, or saved before and read from files.

Nothing is taken by halves: one answer that cannot be had, or is not what was asked for, ends the work.
"""

from __future__ import annotations

import os
from collections import deque
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from tokenaudit import registry
from tokenaudit.catalogue.addresses import joined, origin, require_safe, shown
from tokenaudit.errors import ConfigError, DataError, ServiceError, UsageError
from tokenaudit.model.columns import PROVIDER_ALIASES
from tokenaudit.model.price_lists import Document

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from tokenaudit.catalogue.http import Http
    from tokenaudit.model.ports import Progress
    from tokenaudit.model.price_lists import PriceListReader

MOST_DOCUMENTS = 2_000
"""A list of more is one whose pages lead in circles."""

Readers = dict[str, "PriceListReader"]


def readers(providers: Iterable[str]) -> Readers:
    """Who reads which list, by the name of the provider's package; all, or those of the providers that are named.

    Raises UsageError for a provider that publishes no list.
    """
    every = {each.name: each.price_list for each in registry.providers() if each.price_list is not None}
    wanted = {PROVIDER_ALIASES.get(name.lower(), name.lower()) for name in providers}
    unknown = wanted - {reader.provider for reader in every.values()}
    if unknown:
        raise UsageError(
            f"no price list of provider {', '.join(sorted(unknown))}",
            hint="one of: " + ", ".join(sorted(reader.provider for reader in every.values())),
        )
    return {name: reader for name, reader in every.items() if not wanted or reader.provider in wanted}


def homes(wanted: Readers, environ: Mapping[str, str] | None = None) -> dict[str, str]:
    """Where each list is asked for. A mirror is named by TOKENAUDIT_AWS_PRICES, TOKENAUDIT_AZURE_PRICES and so on.

    Raises ConfigError for a mirror without https; on this machine itself, http will do.
    """
    environ = os.environ if environ is None else environ
    found = {}
    for name, reader in wanted.items():
        variable = f"TOKENAUDIT_{name.upper()}_PRICES"
        found[name] = (environ.get(variable) or reader.home).rstrip("/")
        try:
            require_safe(found[name])
        except ServiceError as error:
            raise ConfigError(f"{variable}: {error}", hint=error.hint) from error
    return found


def fetched(
    reader: PriceListReader, home: str, regions: Sequence[str], http: Http, today: date, progress: Progress
) -> list[Document]:
    """Every document of a list. Raises ServiceError where one cannot be had or is not what was asked for."""
    todo = deque(reader.requests(home))
    asked: set[str] = set()
    documents = []
    while todo:
        url = todo.popleft()
        if url in asked or len(asked) == MOST_DOCUMENTS:
            raise ServiceError(f"{shown(url)}: its pages lead in circles", hint=_LATER)
        asked.add(url)
        document = Document(f"{shown(url)} (request {len(asked)})", http.get(url), today)
        progress.advance(1, len(document.content))
        todo.extend(_links(reader, document, url, home, regions))
        if reader.recognise(document.content):
            documents.append(document)
    return documents


def _links(reader: PriceListReader, document: Document, url: str, home: str, regions: Sequence[str]) -> Iterator[str]:
    try:
        links = reader.following(document, home, regions)
    except ValueError as error:
        raise ServiceError(f"{shown(url)}: {error}", hint=_LATER) from error
    for link in links:
        target = joined(url, link)
        if origin(target) != origin(home):
            raise ServiceError(
                f"{shown(url)} leads to {shown(target)}, another service", hint="nothing was taken from there"
            )
        yield target


_LATER = "try again later; what was there before stays in force"


def saved(wanted: Readers, paths: Iterable[Path]) -> tuple[dict[str, list[Document]], list[str]]:
    """The documents in files and folders, by list, and the files of folders that are none.

    Each was read from its list on the day on which its file was written. Raises DataError for a file that cannot be
    read or is cut off, and for one that was named and is no price list.
    """
    found: dict[str, list[Document]] = {}
    passed_over = []
    for path, named in _files(paths):
        try:
            content = path.read_bytes()
            read_on = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
        except OSError as error:
            raise DataError(
                f"{path} cannot be read: {error.strerror}", hint="check the path and its permissions"
            ) from error
        kind = next((name for name, reader in wanted.items() if reader.recognise(content)), None)
        if kind is not None:
            found.setdefault(kind, []).append(Document(str(path), content, read_on))
        elif named or path.suffix == ".json":
            raise DataError(
                f"{path} is no price list of {' or '.join(wanted)}, or is cut off",
                hint="save the offer files of AWS (index.json), answers of GetProducts, or every page of Azure's list",
            )
        else:
            passed_over.append(str(path))
    if not found:
        raise DataError(
            "no price list in " + ", ".join(map(str, paths)), hint="name files, or folders with files in them"
        )
    return found, passed_over


def _files(paths: Iterable[Path]) -> Iterator[tuple[Path, bool]]:
    """Files, and whether they were named themselves. In a folder, indexes of regions lie beside what they lead to."""
    for path in paths:
        if path.is_dir():
            yield from ((each, False) for each in sorted(path.rglob("*")) if each.is_file() and each.name != _INDEX)
        else:
            yield path, True


_INDEX = "region_index.json"
