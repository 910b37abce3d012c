#!/usr/bin/env python3
"""Builds the price book from what the clouds' own price lists say and from what is kept by hand.

    scripts/build_price_book.py                              both parts as they are -> the book
    scripts/build_price_book.py --read-on DAY DOCUMENT...    the same, after taking in documents read on that day

A document is a page of the Azure Retail Prices API or an offer file of the AWS Price List, as it was answered. What an
earlier document said stays true until a later one says otherwise, so that no price is lost when a list drops it.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections import Counter
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from tokenaudit.catalogue.compile import compiled
from tokenaudit.catalogue.condense import condensed
from tokenaudit.catalogue.lines import text
from tokenaudit.catalogue.rows import COLUMNS, Line, rates
from tokenaudit.model.price_lists import Document
from tokenaudit.model.rates import RateKey
from tokenaudit.pricing.book import PriceBook
from tokenaudit.pricing.resolve import resolve
from tokenaudit.providers.aws.price_list import AwsPriceList
from tokenaudit.providers.azure.price_list import AzurePriceList

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from tokenaudit.model.price_lists import PriceListReader
    from tokenaudit.model.rates import Rate

DATA = Path(__file__).resolve().parents[1] / "src" / "tokenaudit" / "catalogue" / "data"
LIST, NOTES, BOOK = "price_list.csv", "price_notes.csv", "price_book.csv"
READERS: tuple[PriceListReader, ...] = (AzurePriceList(), AwsPriceList())


def read(path: Path) -> list[Rate]:
    """The rates of a price file."""
    header, *rows = csv.reader(path.read_text(encoding="utf-8").splitlines())
    if tuple(header) != COLUMNS:
        raise SystemExit(f"{path}: not the columns of a price file")
    return [rate for cells in rows for rate in rates(Line(*cells))]


def listed(documents: Iterable[Document]) -> Iterator[Rate]:
    """The rates of price lists that the book has a place for; what else they hold is counted on standard error."""
    left_out: Counter[str] = Counter()
    by_reader: dict[str, list[Document]] = {}
    for document in documents:
        reader = next((each for each in READERS if each.recognise(document.content)), None)
        if reader is None:
            raise SystemExit(f"{document.uri}: no price list of a cloud")
        by_reader.setdefault(reader.provider, []).append(document)
    for reader in READERS:
        found = reader.read(by_reader.get(reader.provider, ()))
        left_out += found.skipped
        left_out.update(reject.reason.rpartition(": ")[2] for reject in found.unreadable)
        yield from (rate for rate in found.rates if not draws(rate.model))
    for reason, number in left_out.most_common():
        sys.stderr.write(f"left out: {number} rows, {reason}\n")


def draws(model: str) -> bool:
    """Whether pictures are what a model makes: their tokens and those of text have two prices and one column."""
    return "-image-" in model


def unlike(book: Iterable[Rate], facts: Iterable[Rate]) -> list[Rate]:
    """The facts of a list that a book gives another price for, on the day from which they hold."""
    priced = PriceBook(book)

    def price(fact: Rate) -> Rate | None:
        return resolve(
            priced,
            RateKey(
                fact.provider,
                fact.model,
                fact.model_version,
                fact.region,
                fact.scope,
                fact.tier,
                fact.kind,
                fact.prompt_band,
                fact.valid_from,
            ),
        ).rate

    return [fact for fact in facts if getattr(price(fact), "usd_per_mtok", None) != fact.usd_per_mtok]


def main(arguments: list[str]) -> int:
    """Writes the files of the book, and prints its date and hash; 1 if the book contradicts the lists."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("documents", nargs="*", type=Path)
    parser.add_argument("--read-on", type=date.fromisoformat, help="the day on which the documents were read")
    parser.add_argument("--data", type=Path, default=DATA, help="the folder of the three files")
    given = parser.parse_args(arguments)
    if given.documents and not given.read_on:
        parser.error("documents need --read-on")
    facts = list(listed(Document(str(path), path.read_bytes(), given.read_on) for path in given.documents))
    earlier = read(given.data / LIST) if (given.data / LIST).exists() else []
    of_lists = list(condensed(facts, earlier))
    wrong = unlike(of_lists, facts)
    for fact in wrong:
        sys.stderr.write(f"lost: {fact}\n")
    if wrong:
        return 1
    book = list(compiled(of_lists, read(given.data / NOTES)))
    (given.data / LIST).write_text(text(of_lists), encoding="utf-8")
    content = text(book)
    (given.data / BOOK).write_text(content, encoding="utf-8")
    sys.stdout.write(
        f"{BOOK} of {PriceBook(book).date}, {len(book)} rates, sha256 {sha256(content.encode()).hexdigest()}\n"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
