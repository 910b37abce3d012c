"""A month in which usage and bill agree is all good, and a defect that is planted in it is named as what it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from itertools import cycle
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.analysis.measures import in_all, measured

from tokenaudit.analysis.reconcile import Reconciliation, reconcile
from tokenaudit.model.columns import AZURE, BEDROCK

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from tokenaudit.model.measured import Measured

DAYS = range(1, 9)
USD_PER_MTOK = {
    "input": Decimal(3),
    "cache_read": Decimal("0.3"),
    "cache_write": Decimal("3.75"),
    "output": Decimal(15),
}
PLACES = (
    {"provider": BEDROCK, "model": "acme/one", "region": "us-east-1", "account": "111122223333"},
    {"provider": BEDROCK, "model": "acme/two", "region": "eu-west-1", "account": "111122223333"},
    {
        "provider": AZURE,
        "model": "acme/one",
        "region": "swedencentral",
        "account": "00000000-0000-0000-0000-000000000001",
    },
)
volumes = st.lists(st.integers(5_000_000, 50_000_000), min_size=3, max_size=11)
CACHED = (("cache_read",), ("cache_read", "cache_write"))
ratios = st.fixed_dictionaries({BEDROCK: st.sampled_from(["1", "0.88"]), AZURE: st.sampled_from(["1", "0.93"])})
days = st.sampled_from(DAYS)
places = st.sampled_from(PLACES)


@dataclass(frozen=True)
class Month:
    """Measurements of the first days of a month in three places and four kinds."""

    rows: tuple[Measured, ...]

    def with_changed(self, change: Callable[[Measured], Measured]) -> Month:
        return Month(tuple(map(change, self.rows)))

    def classes(self, found: Reconciliation) -> dict[tuple[int, str, str | None, str], str]:
        for column in ("logs", "metrics", "bill"):
            seen = sum(getattr(judged.cell, column) or 0 for judged in found.cells)
            assert seen == in_all(self.rows, column), "no token is lost"
        return {
            (key.day.day, key.provider, key.model, key.kind): judged.status
            for judged in found.cells
            for key in (judged.cell.key,)
        }

    def odd(self, settle_until: date | None = None) -> dict[tuple[int, str, str | None, str], str]:
        """The class of every cell that is not good."""
        found = reconcile(self.rows, settle_until=settle_until)
        return {key: status for key, status in self.classes(found).items() if status not in ("ok", "discount")}


def month(drawn: list[int], ratio: dict[str, str], *, noise: float = 0) -> Month:
    """A month that agrees, of these volumes in turn: logs, metrics and bill differ by `noise` of the tokens at most."""
    rows: list[Measured] = []
    volume = cycle(drawn)
    missed = cycle((0, noise / 2, noise))
    for day in DAYS:
        for place in PLACES:
            for kind, usd in USD_PER_MTOK.items():
                tokens = next(volume)
                told = {**place, "kind": kind}
                listed = usd * Decimal(tokens) / 1_000_000
                billed = listed * Decimal(ratio[place["provider"]])
                seen = tokens - int(tokens * next(missed))
                rows += [
                    measured("logs", seen, day, list_cost=listed, **told),
                    measured("metrics", tokens, day, **told),
                    measured("bill", tokens, day, list_cost=listed, billed_cost=billed, **told),
                ]
    return Month(tuple(rows))


def at(row: Measured, column: str, place: dict[str, str], day: Iterable[int] = DAYS) -> bool:
    return (
        row.column == column and (row.provider, row.model) == (place["provider"], place["model"]) and row.day.day in day
    )


@given(volumes, ratios)
@settings(max_examples=40)
def test_a_month_that_agrees_is_all_good(drawn: list[int], ratio: dict[str, str]) -> None:
    agreed = month(drawn, ratio, noise=0.004)
    found = reconcile(agreed.rows)
    by_provider: dict[str, set[str]] = {}
    for (_, provider, *_), status in agreed.classes(found).items():
        by_provider.setdefault(provider, set()).add(status)
    assert by_provider == {name: {"ok" if ratio[name] == "1" else "discount"} for name in (AZURE, BEDROCK)}
    assert not found.is_outside
    assert {payer[0]: told.uniform_ratio for payer, told in found.discounts.items()} == {
        name: Decimal(told) for name, told in ratio.items()
    }


@given(volumes, ratios, days, places, st.integers(1, 24))
@settings(max_examples=40)
def test_missing_hours_in_the_logs(
    drawn: list[int], ratio: dict[str, str], day: int, place: dict[str, str], hours: int
) -> None:
    def lose(row: Measured) -> Measured:
        if not at(row, "logs", place, (day,)):
            return row
        return replace(row, tokens=(row.tokens or 0) * (24 - hours) // 24)

    assert month(drawn, ratio).with_changed(lose).odd() == {
        (day, place["provider"], place["model"], kind): "unlogged" if hours == 24 else "unlogged_excess"
        for kind in USD_PER_MTOK
    }


@given(volumes, ratios, st.sampled_from(DAYS[:-1]), places, st.sampled_from([-1, 1]))
@settings(max_examples=40)
def test_tokens_that_are_logged_on_one_side_of_midnight_and_billed_on_the_other(
    drawn: list[int], ratio: dict[str, str], day: int, place: dict[str, str], way: int
) -> None:
    agreed = month(drawn, ratio)
    small: Counter[str] = Counter()
    for row in agreed.rows:
        if at(row, "bill", place, (day, day + 1)):
            small[row.kind] = min(small[row.kind] or row.tokens or 0, row.tokens or 0)

    def shift(row: Measured) -> Measured:
        if not at(row, "logs", place, (day, day + 1)):
            return row
        moved = way * small[row.kind] // 20
        return replace(row, tokens=(row.tokens or 0) + (moved if row.day.day == day else -moved))

    odd = agreed.with_changed(shift).odd()
    assert set(odd.values()) == {"boundary_shift"}
    assert {key[0] for key in odd} <= {day, day + 1}
    assert {key[1:] for key in odd} == {(place["provider"], place["model"], kind) for kind in USD_PER_MTOK}


@given(volumes, ratios, places, st.sets(days, min_size=1), st.sampled_from(CACHED))
@settings(max_examples=40)
def test_cached_tokens_counted_as_uncached(
    drawn: list[int], ratio: dict[str, str], place: dict[str, str], when: set[int], moved: tuple[str, ...]
) -> None:
    agreed = month(drawn, ratio)
    cached: Counter[int] = Counter()
    for row in agreed.rows:
        if at(row, "logs", place, when) and row.kind in moved:
            cached[row.day.day] += row.tokens or 0

    def miscount(row: Measured) -> Measured:
        if not at(row, "logs", place, when) or row.kind not in (*moved, "input"):
            return row
        return replace(row, tokens=0 if row.kind in moved else (row.tokens or 0) + cached[row.day.day])

    assert agreed.with_changed(miscount).odd() == {
        (day, place["provider"], place["model"], kind): "kind_shift" for day in when for kind in ("input", *moved)
    }


@given(volumes, ratios, places, st.sampled_from([("logs",), ("logs", "metrics")]))
@settings(max_examples=40)
def test_a_model_with_another_name_in_the_logs(
    drawn: list[int], ratio: dict[str, str], place: dict[str, str], columns: tuple[str, ...]
) -> None:
    def rename(row: Measured) -> Measured:
        renamed = any(at(row, column, place) for column in columns)
        return replace(row, model=None, name="chat-prod", region=None) if renamed else row

    assert month(drawn, ratio).with_changed(rename).odd() == {
        (day, place["provider"], model, kind): "model_alias"
        for day in DAYS
        for model in (place["model"], "chat-prod")
        for kind in USD_PER_MTOK
    }


@given(
    volumes,
    ratios,
    places,
    st.sampled_from(sorted(USD_PER_MTOK)),
    st.sampled_from(DAYS[1:]),
    st.sampled_from(["0.8", "1.05", "2"]),
)
@settings(max_examples=40)
def test_a_rate_that_changes_within_the_month(
    drawn: list[int], ratio: dict[str, str], place: dict[str, str], kind: str, since: int, factor: str
) -> None:
    def reprice(row: Measured) -> Measured:
        if not at(row, "bill", place, range(since, 31)) or row.kind != kind or row.billed_cost is None:
            return row
        return replace(row, billed_cost=row.billed_cost * Decimal(factor))

    assert month(drawn, ratio).with_changed(reprice).odd() == {
        (day, place["provider"], place["model"], kind): "rate_mismatch" for day in range(since, DAYS[-1] + 1)
    }


@given(volumes, ratios, days, places, st.integers(2, 5))
@settings(max_examples=40)
def test_duplicates_in_the_logs(
    drawn: list[int], ratio: dict[str, str], day: int, place: dict[str, str], times: int
) -> None:
    def repeat(row: Measured) -> Measured:
        return replace(row, tokens=(row.tokens or 0) * times) if at(row, "logs", place, (day,)) else row

    assert month(drawn, ratio).with_changed(repeat).odd() == {
        (day, place["provider"], place["model"], kind): "overlogged" for kind in USD_PER_MTOK
    }


@given(volumes, ratios, st.sampled_from(DAYS[1:]), st.floats(0, 0.9))
@settings(max_examples=40)
def test_late_days(drawn: list[int], ratio: dict[str, str], since: int, share: float) -> None:
    def wait(row: Measured) -> Measured:
        late = row.column == "bill" and row.day.day >= since
        return replace(row, tokens=int((row.tokens or 0) * share)) if late else row

    odd = month(drawn, ratio).with_changed(wait).odd(settle_until=date(2026, 11, since))
    assert set(odd.values()) == {"late"}
    assert {key[0] for key in odd} == set(range(since, DAYS[-1] + 1))
    assert len(odd) == (DAYS[-1] + 1 - since) * len(PLACES) * len(USD_PER_MTOK)
