"""The faces behind which the outside world stands: a source of log records, and whoever watches the work."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, BinaryIO, Literal, Protocol, runtime_checkable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from contextlib import AbstractContextManager
    from datetime import date

    from tokenaudit.model.price_lists import PriceListReader
    from tokenaudit.model.pulling import Connector
    from tokenaudit.model.reject import Reject

LEDGER_MARKER = "tokenaudit-ledger.txt"
"""A file of this name says that a folder is a ledger; whoever looks for logs passes it over."""


@dataclass(frozen=True)
class Sample:
    """The beginning of an object, inflated: what a source recognises a format by.

    `head` is up to 256 KB of content, so that it holds a first record with its bodies; `whole` says that the object is
    not longer; `name` is the last part of its path and may only ever refuse (a side-car), never recognise. `columns`
    are the names of its columns where the object is a table: of a Parquet schema, or the first line of a CSV.
    """

    head: bytes
    whole: bool
    name: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Blob:
    """One object to normalise: its address, and its inflated content in pieces of whole lines.

    The last piece may lack its newline. `slices` can be read once. `raw` opens the object's own bytes, seekable, for
    formats that are no lines (Parquet); None where there is nothing to seek in, and `slices` has to do. `export` names
    the export that a bill's object belongs to, as its manifest says: part of what identifies its lines.
    """

    uri: str
    slices: Iterable[bytes]
    raw: Callable[[], BinaryIO] | None = None
    export: str | None = None


TableName = Literal["usage", "parts", "charges", "metrics"]


@dataclass(frozen=True)
class Normalised:
    """Rows for one table that came out of one or more objects.

    `batch` is a pyarrow RecordBatch in the form of that table (`schema.of(table)`); string columns may be
    dictionary-encoded. Rows of `parts` are parts of calls, which the ledger folds (`ledger.fold`). `records` counts, by
    object, the records of this kind that were seen: rows and rejects alike. `foreign` counts records that are well
    formed and none of our business: the lines of a bill that sell something else.
    """

    batch: Any
    rejects: tuple[Reject, ...]
    records: dict[str, int]
    table: TableName = "usage"
    foreign: dict[str, int] = field(default_factory=dict)


@runtime_checkable
class Source(Protocol):
    """A kind of log. Both halves are pure: same bytes, same answer; no clock, no network, no settings."""

    name: str
    version: int
    """Raised when the rows made from the same bytes change, so that what was read before is read again."""

    def recognise(self, sample: Sample) -> bool:
        """Whether an object that begins like this is of this kind. Never raises."""

    def normalise(self, blobs: Iterable[Blob]) -> Iterator[Normalised]:
        """Ledger rows and rejects of these objects. A bad record is a Reject; a broken object raises nothing here."""


@dataclass(frozen=True)
class Manifest:
    """What a cloud writes beside the files of one run of a cost export: the last word on which files count.

    `export` identifies the export wherever its files lie, `billing_period` is the first day of the month, `run` sorts
    runs of one export and period by time, and `files` are the objects of the run as the cloud addresses them.
    """

    export: str
    billing_period: date
    run: str
    files: tuple[str, ...]


@dataclass(frozen=True)
class Provider:
    """What an entry point hands over: the name of a cloud, or of a format that several share, and its sources."""

    name: str
    sources: tuple[Source, ...]
    sidecars: tuple[str, ...] = ()
    """Patterns (`re.search` on an object's address) of what lies beside the logs and is none: never opened."""
    manifest: Callable[[bytes], Manifest | None] | None = None
    """Reads the manifest of a cost export; None for any other document. Never raises."""
    price_list: PriceListReader | None = None
    """Reads the list prices that the cloud publishes; None where there are none."""
    connector: Connector | None = None
    """Connects to the live cloud; None where there is nothing to pull from."""


class Progress(Protocol):
    """Whoever watches the work: a bar on a terminal, or nobody."""

    def total(self, objects: int, size_bytes: int) -> None:
        """How much there is to do."""

    def advance(self, objects: int, size_bytes: int) -> None:
        """How much more has been done."""


class Silent:
    """Nobody watches."""

    def total(self, objects: int, size_bytes: int) -> None:
        """Ignored."""

    def advance(self, objects: int, size_bytes: int) -> None:
        """Ignored."""


class Watcher(Protocol):
    """Whoever watches work on several sources."""

    def source(self, name: str) -> AbstractContextManager[Progress]:
        """The progress of one of them, for as long as it is worked on."""


class Unwatched:
    """Nobody watches any of them."""

    def source(self, name: str) -> AbstractContextManager[Progress]:  # the protocol's form  # noqa: ARG002
        """Silence."""
        return nullcontext(Silent())
