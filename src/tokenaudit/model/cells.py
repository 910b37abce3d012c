"""What an engine answers: sums by everything that decides a price, and exact quantiles by group."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tokenaudit.model.rates import RateKey
from tokenaudit.model.report import Value

if TYPE_CHECKING:
    from datetime import date
    from decimal import Decimal

Group = tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class TokenCell:
    """Requests of one side and group that share a price. `tokens` is by token column; None where no request said.

    `error_count` counts throttled and failed requests; `tokenless_count` those that were answered but whose log tells
    no tokens at all; `estimated_count` those that a sampled log stands for; `untold_count` those of which nobody knows
    how they ended: metrics count them, or their log does not say it. `name` is what to call the model where `model` is
    None: the provider's word for it, or None where no model was involved.
    """

    side: str
    group: Group
    provider: str
    source: str
    model: str | None
    name: str | None
    model_version: str | None
    account: str | None
    region: str | None
    scope: str | None
    tier: str | None
    prompt_band: int
    day: date
    requests: int
    error_count: int
    tokenless_count: int
    estimated_count: int
    untold_count: int
    tokens: dict[str, int | None]

    def rate_key(self, kind: str) -> RateKey:
        """The key of one token kind's price. `model` must be known."""
        return RateKey(
            self.provider,
            self.model or "",
            self.model_version,
            self.region,
            self.scope,
            self.tier,
            kind,
            self.prompt_band,
            self.day,
        )


@dataclass(frozen=True, slots=True)
class BillCell:
    """Lines of bills of one side and day that share a price, an account and a currency.

    `days` is how many days a line is for, from `day` on: 1, or more where somebody asked for sums of months.

    `prompt_band` is the length of prompt above which their meter applies. `kind` is a token column's name without
    `_tokens`; None where the lines sell no tokens, and `meter` says what they do sell. A cost is None where no line
    tells it. `tokens` are those that the costs are for: of the lines with a billed cost or, where only amortised
    lines tell of them, of those. `reduction_cost` is the part of billed cost that lines below zero bring, discounts
    above all; 0 where net cost tells all of them too, and they are counted there. `unmeasured_count` counts lines that
    cost something for tokens and do not say how many; taxes and purchases of them are for none. `mixed_count` counts
    lines that may hold credits, refunds and tax beside usage: their source adds them up, and does not say that it was
    asked to leave them out.
    """

    side: str
    provider: str
    source: str
    account: str | None
    region: str | None
    model: str | None
    kind: str | None
    scope: str | None
    tier: str | None
    day: date
    days: int
    category: str
    currency: str | None
    meter: str | None
    tokens: int | None
    list_cost: Decimal | None
    contracted_cost: Decimal | None
    billed_cost: Decimal | None
    effective_cost: Decimal | None
    reduction_cost: Decimal | None
    lines: int
    unmeasured_count: int
    provisional_count: int
    mixed_count: int
    prompt_band: int

    @property
    def rate_key(self) -> RateKey | None:
        """The key of its tokens' price; None where the line sells no tokens of a model that is known.

        A bill tells no version: a price that depends on it is that of the usual.
        """
        if self.model is None or self.kind is None:
            return None
        return RateKey(
            self.provider, self.model, None, self.region, self.scope, self.tier, self.kind, self.prompt_band, self.day
        )


@dataclass(frozen=True, slots=True)
class BillPresence:
    """That a source has lines of an account's month: what `ledger.choose` decides by.

    Of lines of usage, `last_start` is the day on which the last one begins, `last_day` the last that any is for.
    `first_start` is the day on which the first one does; the first of the month where there are lines of other things.
    `first_day` is the first day that any line of usage is for, `first_end` the last day of the one that ends first.
    """

    provider: str
    account: str | None
    billing_period: date
    source: str
    lines: int
    first_start: date
    last_start: date | None
    last_day: date | None
    first_day: date | None = None
    first_end: date | None = None


@dataclass(frozen=True, slots=True)
class BillExclusion:
    """Lines of bills that are left out, because `better` tells the same: those that begin until `through`, or all.

    With `since` only those of usage that begin after it: the better bill counts from there, and no other tells before.
    `is_any` says that there are such lines: else the source only goes on where the better one stops.
    `goes_on` is the last day that the source has usage of, where that is later; `is_counted` says that it has lines for
    these days alone, so that they count. `begins` is the day on which the better bill begins, where the source has
    lines for days before it alone: these are left out all the same.
    """

    provider: str
    account: str | None
    billing_period: date
    source: str
    better: str
    since: date | None = None
    through: date | None = None
    is_any: bool = True
    goes_on: date | None = None
    is_counted: bool = False
    begins: date | None = None


@dataclass(frozen=True, slots=True)
class LatencyCell:
    """Durations of one side and group, over successful requests: type 7 quantiles (linear interpolation), exact.

    Times in milliseconds; `tpot_p50_ms` is the median of (latency - first token) / (output tokens - 1) and
    `tokens_per_s_p50` the median of its inverse. `vantages` are the places where latency was measured.
    """

    side: str
    group: Group
    latency_n: int
    latency_p50_ms: float | None
    latency_p95_ms: float | None
    latency_p99_ms: float | None
    first_token_n: int
    first_token_p50_ms: float | None
    first_token_p95_ms: float | None
    tpot_p50_ms: float | None
    output_tokens_per_s_p50: float | None
    vantages: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Presence:
    """That a source has requests of a model on a day: what `ledger.choose` decides by. `account` may be unknown."""

    provider: str
    account: str | None
    model: str | None
    day: date
    source: str
    requests: int
    tokens: int | None
    """All priced kinds together; None where no request tells any."""

    @property
    def tells_tokens(self) -> bool:
        """Whether the source tells tokens at all."""
        return self.tokens is not None


@dataclass(frozen=True, slots=True)
class SourceObject:
    """How many rows of an answer came from one object, and how many tokens they tell."""

    uri: str
    source: str
    rows: int
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Rows that are left out of a report, because another source tells the same requests better.

    With `keeps_latency` their durations still count: the other source tells tokens and no durations.
    """

    provider: str
    account: str | None
    model: str | None
    day: date
    source: str
    keeps_latency: bool = False
