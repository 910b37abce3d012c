"""Price lists as the clouds publish them: what is asked for, what came, and the rates that were found in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.model.rates import Rate
    from tokenaudit.model.reject import Reject


@dataclass(frozen=True)
class Document:
    """One answer of a price list, or a file in which one was saved: its address, its bytes, the day it was read."""

    uri: str
    content: bytes
    read_on: date


@dataclass(frozen=True)
class PriceList:
    """What documents say of prices.

    `skipped` counts, by reason, rows that are understood and hold no price for a token: images, hours, reservations,
    other currencies. `unreadable` are rows that may hold one and cannot be trusted; their line is the number of the row
    in its document, 0 for the whole of it.
    """

    rates: tuple[Rate, ...] = ()
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[Reject, ...] = ()


@runtime_checkable
class PriceListReader(Protocol):
    """How a cloud's price list is asked for and read. Pure: whoever fetches is somebody else."""

    provider: str
    """The name that its rates carry, and RateKey."""

    home: str
    """Where the list is published: scheme and host, without a slash at the end."""

    def requests(self, home: str) -> tuple[str, ...]:
        """The first addresses to fetch."""

    def following(self, document: Document, home: str, regions: Sequence[str]) -> tuple[str, ...]:
        """The addresses to fetch after this one, which may be a page or an index.

        `regions` narrows lists that are published by region; empty is every one. Raises ValueError, with the reason,
        for a document that is not what was asked for.
        """

    def recognise(self, content: bytes) -> bool:
        """Whether this is a document of this list that `read` understands, by its content. Never raises."""

    def read(self, documents: Iterable[Document]) -> PriceList:
        """The rates of all documents together. What cannot be understood is a value, and no exception."""
