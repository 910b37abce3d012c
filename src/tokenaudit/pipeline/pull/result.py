"""What came of a pull, feed by feed."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tokenaudit.errors import CredentialsError
from tokenaudit.pipeline.ingest import IngestResult
from tokenaudit.pipeline.pull.windows import span

if TYPE_CHECKING:
    from datetime import datetime

    from tokenaudit.errors import TokenauditError
    from tokenaudit.model.question import Window


@dataclass
class FeedResult:
    """What one feed brought. `kind` is None where a whole cloud could not be asked.

    `objects` were listed; `skipped` of them are in the ledger as they are; `fetched` came over the wire, and `same` of
    these turned out to be what the ledger holds. `cut` says that the time was over before it was whole. `asked` is the
    window that it was asked for, None where it was not; `until` is how far it is whole.
    """

    provider: str
    name: str
    kind: str | None
    objects: int = 0
    fetched: int = 0
    skipped: int = 0
    same: int = 0
    size_bytes: int = 0
    rows: int = 0
    errors: list[TokenauditError] = field(default_factory=list)
    cut: bool = False
    off: bool = False
    asked: Window | None = None
    until: datetime | None = None

    @property
    def status(self) -> str:
        """`ok`, `partial`, `failed`; `off` where a cloud is not used at all."""
        if self.off:
            return "off"
        if self.errors and not (self.fetched or self.skipped or self.rows):
            return "failed"
        return "partial" if self.errors or self.cut else "ok"


@dataclass
class PullResult:
    """All feeds, and what was found in their objects."""

    feeds: list[FeedResult] = field(default_factory=list)
    taken: IngestResult = field(default_factory=IngestResult)

    @property
    def window(self) -> Window:
        """What all feeds together were asked for. A feed goes on from its own watermark, so each has its own window."""
        return span(each.asked for each in self.feeds if each.asked is not None)

    @property
    def broken(self) -> list[FeedResult]:
        """Those that something is missing of."""
        return [each for each in self.feeds if each.errors and not each.off]

    @property
    def cut(self) -> bool:
        """Whether the time was over before everything was asked for."""
        return any(each.cut for each in self.feeds)

    @property
    def gravest(self) -> TokenauditError | None:
        """The error to end with: missing rights first, for they will be missing again; None where all went well."""
        errors = [error for each in self.broken for error in each.errors]
        return next((error for error in errors if isinstance(error, CredentialsError)), errors[0] if errors else None)
