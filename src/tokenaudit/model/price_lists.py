"""Price lists as the clouds publish them: what is asked for, what came, and the rates that were found in it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NamedTuple, Protocol, runtime_checkable

from tokenaudit.model.reject import Reject

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import date

    from tokenaudit.model.rates import Rate


@dataclass(frozen=True)
class Document:
    """One answer of a price list, or a file in which one was saved: its address, its bytes, the day it was read."""

    uri: str
    content: bytes
    read_on: date


class Row(NamedTuple):
    """Where a price stands: its document, its number there from 1 (0 is the whole document), the list's name of it."""

    uri: str
    number: int
    name: str = ""

    def refused(self, reason: str) -> Reject:
        """The row as one that is not to be trusted."""
        name = self.name.encode("utf-8", "replace").decode("utf-8")
        return Reject(self.uri, self.number, f"{name}: {reason}" if name else reason)


@dataclass(frozen=True)
class PriceList:
    """What documents say of prices.

    `skipped` counts, by reason, rows that are understood and hold no price for a token: images, hours, reservations,
    other currencies. `unreadable` are rows that may hold one and cannot be trusted; their line is the number of the row
    in its document, 0 for the whole of it. A rate that several rows state stands in `rates` with the first of them.
    """

    rates: dict[Rate, Row] = field(default_factory=dict)
    skipped: Counter[str] = field(default_factory=Counter)
    unreadable: tuple[Reject, ...] = ()


@runtime_checkable
class PriceListReader(Protocol):
    """How a cloud's price list is asked for and read. Pure: whoever fetches is somebody else."""

    provider: str
    """The name that its rates carry, and RateKey."""

    home: str
    """Where the list is published: scheme and host, without a slash at the end."""

    by_region: bool
    """Whether each region has documents of its own, so that some can be asked for alone."""

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
