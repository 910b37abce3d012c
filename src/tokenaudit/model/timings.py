"""What an engine answers about durations beside the plain percentiles of `cells.LatencyCell`."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple

if TYPE_CHECKING:
    from tokenaudit.model.cells import Group

Timed = Literal["latency_ms", "first_token_ms", "tpot_ms"]
"""The whole request, the time to its first token, and the time per token after the first."""
TIMED: tuple[Timed, ...] = ("latency_ms", "first_token_ms", "tpot_ms")

PROMPT_LIMITS = (1_000, 4_000, 16_000, 64_000)
"""Tokens of a prompt, cached ones included, up to which a band reaches; the last band has no end."""
OUTPUT_LIMITS = (64, 256, 1_000, 4_000)
"""The same for the tokens of an answer."""
LONGEST_MS = 1_000_000_000
"""Eleven days: what is said to have taken longer, or less than nothing, is no duration."""

_NS = 1_000_000
"""Nanoseconds in a millisecond."""


@dataclass(frozen=True, slots=True)
class Spread:
    """How many durations there are, their sum in ns and the sum of their squares: whole numbers, exact in any order."""

    n: int = 0
    total: int = 0
    squares: int = 0

    def __add__(self, other: Spread) -> Spread:
        """The durations of both."""
        return Spread(self.n + other.n, self.total + other.total, self.squares + other.squares)

    @property
    def mean_ms(self) -> float | None:
        """Their mean; None where there are none."""
        return self.total / self.n / _NS if self.n else None

    @property
    def variance_ms2(self) -> float | None:
        """Their variance, as of a sample; None below two."""
        if self.n < 2:
            return None
        return (self.n * self.squares - self.total**2) / (self.n * (self.n - 1)) / _NS**2


class Stratum(NamedTuple):
    """What makes requests alike as to latency. Bands are places in `PROMPT_LIMITS` and `OUTPUT_LIMITS`.

    None is what the log does not tell.
    """

    vantage: str | None
    streamed: bool | None
    prompt_band: int | None
    output_band: int | None


@dataclass(frozen=True, slots=True)
class StratumCell:
    """Durations of successful requests of one side, group and stratum, in the order of `TIMED`."""

    side: str
    group: Group
    stratum: Stratum
    spreads: tuple[Spread, ...]


@dataclass(frozen=True, slots=True)
class MeteredCell:
    """A mean that a cloud made of one side's and group's requests, bucket by bucket, weighted by their counts."""

    side: str
    group: Group
    timed: Timed
    n: int
    mean_ms: float


class Ranks(NamedTuple):
    """Of `n` values in order, the places (from 1) between which a quantile lies with the confidence asked for."""

    n: int
    quantile: float
    lower_rank: int
    upper_rank: int


@dataclass(frozen=True, slots=True)
class QuantileCell:
    """A quantile of type 7 over `n` successful requests, exact, and its interval; None where `n` is too small."""

    side: str
    group: Group
    timed: Timed
    quantile: float
    n: int
    value_ms: float
    lower_ms: float | None
    upper_ms: float | None


@dataclass(frozen=True, slots=True)
class BinCell:
    """How many successful requests of a side took from `EDGES_MS[place - 1]` up to `EDGES_MS[place]`, exclusive."""

    side: str
    place: int
    n: int


EDGES_MS: tuple[float, ...] = tuple(step * 10.0**power for power in range(7) for step in (1, 1.5, 2, 3, 5, 7))
"""Where the bins of a histogram of durations begin: round numbers, evenly spread on a scale of magnitudes."""


@dataclass(frozen=True, slots=True)
class SloCell:
    """Attempts of one side and group, and how they did by an objective (`model.slo.Slo`).

    Of `untold` ones no log tells how they ended. `judged` are successful ones of which the log tells whatever the
    objective needs, and `good` those of them that met it. `window_s` is the time from the start of the side's first
    attempt to the end of its last, whatever the group.
    """

    side: str
    group: Group
    attempts: int
    ok: int
    untold: int
    judged: int
    good: int
    window_s: float
