"""What a gate remembers of a window: sufficient statistics and sums, no request and nothing that anybody said."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from tokenaudit.model.moments import Moments  # noqa: TC001 - read by msgspec too

SCHEMA = "tokenaudit.baseline/1"
_ZERO = Decimal(0)

Subject = tuple[str | None, str | None]
"""Provider and model that a figure is of. (None, None) is all of them together; a model None is one nobody names."""
EVERYTHING: Subject = (None, None)


@dataclass(frozen=True, slots=True)
class Ratio:
    """A ratio of sums over requests, `metric` being one of `model.gauges.GAUGES`; `moments` are by cluster."""

    provider: str | None
    model: str | None
    metric: str
    moments: Moments

    @property
    def subject(self) -> Subject:
        """What it is of."""
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class Quantile:
    """A quantile of durations in ms over `n` successful requests, with its 95 % interval from order statistics.

    `lower` and `upper` are None where `n` is too small for one. `vantage` says where the durations were measured.
    """

    provider: str | None
    model: str | None
    metric: str
    n: int
    value: float
    lower: float | None
    upper: float | None
    vantage: str

    @property
    def subject(self) -> Subject:
        """What it is of."""
        return self.provider, self.model


@dataclass(frozen=True, slots=True)
class UsageCell:
    """Requests of the window that share everything that decides a price but the day.

    `answered` are those of `requests` that did not fail and whose log tells their tokens.
    `tokens` and `cost_usd` are by token column; a kind without a price has no entry in `cost_usd`. What had a price on
    some days only is two cells.
    `usd_per_mtok` are the list's prices on the last day of the cell, of kinds that nothing was used of, too.
    """

    provider: str
    model: str | None
    model_version: str | None
    region: str | None
    scope: str | None
    tier: str | None
    prompt_band: int
    requests: int
    answered: int
    tokens: dict[str, int]
    cost_usd: dict[str, Decimal]
    usd_per_mtok: dict[str, Decimal]

    @property
    def key(self) -> tuple[str | int | None, ...]:
        """Everything that decides its price but the day and the kind."""
        place = (self.provider, self.model, self.model_version, self.region, self.scope, self.tier)
        return (*place, self.prompt_band)


@dataclass(frozen=True, slots=True)
class Case:
    """A case of a replay suite: what its requests cost, used and took, and how many; each None where unknown.

    `case` is a hash of the name that the suite gave it, which may say what was asked.
    """

    provider: str
    model: str | None
    case: str
    cost_usd: float | None
    prompt_tokens: int | None
    output_tokens: int | None
    latency_ms: float | None
    requests: int | None = None


@dataclass(frozen=True)
class Source:
    """Where the figures were read: requests of the window, and the version of the ledger that held them."""

    requests: int
    ledger_version: int | None


@dataclass(frozen=True)
class Book:
    """The price book that priced them."""

    date: str | None
    sha256: str | None


@dataclass(frozen=True)
class Baseline:
    """A window as the gate compares it. `since` and `until` are as asked for; the days are those with requests.

    `filters` are the conditions that its rows were chosen by, as `key=pattern`.
    """

    tool_version: str
    since: datetime | None
    until: datetime | None
    first_day: date
    last_day: date
    source: Source
    price_book: Book
    ratios: tuple[Ratio, ...]
    quantiles: tuple[Quantile, ...]
    cells: tuple[UsageCell, ...]
    filters: tuple[str, ...] = ()
    pair_by: str | None = None
    cases: tuple[Case, ...] = ()
    schema: str = field(default=SCHEMA)

    @property
    def days(self) -> float:
        """How long the window is, in days: as asked for, or all of the first to the last day with requests."""
        if self.since is not None and self.until is not None:
            return (self.until - self.since).total_seconds() / 86_400
        return float((self.last_day - self.first_day).days + 1)

    def as_of(self, now: datetime) -> Baseline:
        """The window with an end where it has none yet: that of its last day, or `now` if earlier.

        Without a beginning its days count as whole ones: files of a minute ago are no minute's share of a month.
        """
        if self.since is None or (self.until is not None and self.until <= now):
            return self
        until = min(now, datetime.combine(self.last_day + timedelta(days=1), time(), UTC))
        return replace(self, until=until) if until > self.since else self

    def overlaps(self, other: Baseline) -> bool:
        """Whether some request may be in both windows."""
        earlier, later = sorted((self, other), key=lambda each: (each.first_day, each.last_day))
        if earlier.until is not None and later.since is not None and earlier.until <= later.since:
            return False
        return later.first_day <= earlier.last_day

    def cost_usd(self) -> Decimal:
        """List cost of everything that has a price."""
        return sum((cost for cell in self.cells for cost in cell.cost_usd.values()), start=_ZERO)

    def requests_of(self, subject: Subject) -> int:
        """Requests of a provider's model, or of everything."""
        return sum(cell.requests for cell in self.cells if subject in (EVERYTHING, (cell.provider, cell.model)))
