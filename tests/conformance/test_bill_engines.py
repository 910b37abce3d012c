"""What every engine owes about bills: the sums of a naive computation with pandas, on lines drawn at random."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.ledger.charged import charge

from tokenaudit import schema
from tokenaudit.engines.duck import DuckEngine
from tokenaudit.model.cells import BillExclusion
from tokenaudit.model.question import Condition, Filter, Question, Side, Window
from tokenaudit.schema import RowBuffer

if TYPE_CHECKING:
    from pathlib import Path

    from tokenaudit.model.cells import BillCell

BEGIN = datetime(2026, 9, 20, tzinfo=UTC)
SIDES = (
    Side("nova", Filter((Condition("model", ("nova*",)),))),
    Side("late", Filter((), Window(datetime(2026, 10, 1, tzinfo=UTC)))),
)
COSTS = ("list_cost", "contracted_cost", "billed_cost", "effective_cost")


def engine_over(folder: Path, rows: list[dict[str, Any]]) -> DuckEngine:
    files = []
    for month in sorted({row["billing_period"] for row in rows}):
        buffer = RowBuffer(schema.charges())
        for row in rows:
            if row["billing_period"] == month:
                buffer.add(row)
        path = folder / f"billing_period={month}" / "rows.parquet"
        path.parent.mkdir(parents=True)
        pq.write_table(pa.Table.from_batches([buffer.take()]).drop_columns(["billing_period"]), path)
        files.append(path)
    return DuckEngine([], charges=files)


def lines(seed: int, count: int = 300) -> list[dict[str, Any]]:
    draw = random.Random(seed)  # noqa: S311  # no secret: a test's lines
    rows = []
    for number in range(count):
        at = BEGIN + timedelta(hours=draw.randint(0, 24 * 20))
        actual = draw.random() < 0.6
        cost = Decimal(draw.randint(-500, 10_000)) / 1000
        rows.append(
            charge(
                number,
                charge_period_start=at,
                charge_period_end=at + timedelta(hours=1),
                billing_period=at.date().replace(day=1),
                sub_account_id=draw.choice(("111122223333", "444455556666", None)),
                charge_category=draw.choice(("Usage", "Usage", "Usage", "Credit", "Tax")),
                model=draw.choice(("amazon/nova-pro", "amazon/nova-lite", "anthropic/claude-opus-5", None)),
                token_kind=draw.choice(("input", "output", None)),
                tokens=draw.choice((None, draw.randint(0, 10**9))),
                sku_meter=draw.choice(("meter-1", "meter-2")),
                list_cost=draw.choice((None, cost * 2)),
                billed_cost=cost if actual else None,
                effective_cost=None if actual and draw.random() < 0.5 else cost,
                provisional=draw.random() < 0.3,
            )
        )
    return rows


@pytest.mark.parametrize("seed", range(3))
def test_sums_are_those_of_a_naive_computation(tmp_path: Path, seed: int) -> None:
    rows = lines(seed)
    cells = engine_over(tmp_path, rows).bills(Question(SIDES))
    frame = pd.DataFrame(rows)
    start = pd.to_datetime(frame["charge_period_start"])
    chosen = {
        "nova": frame[frame["model"].fillna("").str.contains("/nova")],
        "late": frame[start >= pd.Timestamp("2026-10-01", tz="UTC")],
    }
    for side, mine in chosen.items():
        found = [cell for cell in cells if cell.side == side]
        assert sum(cell.lines for cell in found) == len(mine)
        assert sum(cell.provisional_count for cell in found) == int(mine["provisional"].sum())
        below = [value for value in mine["billed_cost"] if value is not None and value < 0]
        assert total(found, "reduction_cost") == sum(below, Decimal(0))
        for name in ("billed_cost", "effective_cost"):
            assert total(found, name) == sum((value for value in mine[name] if value is not None), Decimal(0))


def total(cells: list[BillCell], name: str) -> Decimal:
    return sum((value for cell in cells if (value := getattr(cell, name)) is not None), Decimal(0))


@pytest.mark.parametrize("seed", range(3))
def test_lines_that_a_window_cuts_are_those_of_a_naive_computation(tmp_path: Path, seed: int) -> None:
    rows = lines(seed)
    for row in rows[::3]:
        row["charge_period_end"] = row["charge_period_start"] + timedelta(days=5)
    since, until = datetime(2026, 9, 25, 0, 30, tzinfo=UTC), datetime(2026, 9, 28, tzinfo=UTC)
    question = Question((Side("all", Filter((), Window(since))), *SIDES[1:]), (), Filter((), Window(None, until)))
    before = beyond = 0
    for row in rows:
        start, end = row["charge_period_start"], row["charge_period_end"]
        if row["charge_category"] == "Usage":
            before += start < since < end
            beyond += since <= start < until < end
    assert min(before, beyond) > 0
    assert list(engine_over(tmp_path, rows).bills_cut(question)) == [("all", before, beyond), ("late", 0, 0)]


def test_the_same_tokens_in_an_actual_and_an_amortised_export_count_once(tmp_path: Path) -> None:
    actual = charge(1, billed_cost=Decimal(5), effective_cost=None, list_cost=Decimal(6), tokens=100)
    amortised = charge(2, billed_cost=None, effective_cost=Decimal(4), list_cost=Decimal(6), tokens=100)
    (cell,) = engine_over(tmp_path, [actual, amortised]).bills(Question((Side("all", Filter()),)))
    assert (cell.tokens, cell.list_cost, cell.billed_cost, cell.effective_cost) == (
        100,
        Decimal(6),
        Decimal(5),
        Decimal(4),
    )


def test_an_amortised_export_alone_tells_its_tokens(tmp_path: Path) -> None:
    (cell,) = engine_over(tmp_path, [charge(1, billed_cost=None, effective_cost=Decimal(4), tokens=100)]).bills(
        Question((Side("all", Filter()),))
    )
    assert (cell.tokens, cell.billed_cost, cell.effective_cost) == (100, None, Decimal(4))


def test_a_day_is_a_day_of_utc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    row = charge(1, charge_period_start=datetime(2026, 10, 3, 1, tzinfo=UTC))
    (cell,) = engine_over(tmp_path, [row]).bills(Question((Side("all", Filter()),)))
    assert cell.day == date(2026, 10, 3)


def test_conditions_that_a_bill_does_not_know_are_not_heeded(tmp_path: Path) -> None:
    side = Side("mine", Filter((Condition("caller", ("alice",)), Condition("provider", ("bedrock",)))))
    assert len(engine_over(tmp_path, [charge(1)]).bills(Question((side,)))) == 1


def test_bills_can_be_left_out_by_source_and_month(tmp_path: Path) -> None:
    engine = engine_over(tmp_path, [charge(1), charge(2, source="focus", billed_cost=Decimal(9))])
    assert {each.source for each in engine.bill_presence(Filter())} == {"aws.cur", "focus"}
    engine.leave_out_bills([BillExclusion("aws.bedrock", "111122223333", date(2026, 10, 1), "focus", "aws.cur")])
    assert [each.billed_cost for each in engine.bills(Question((Side("all", Filter()),)))] == [1]
    assert len(engine.bill_presence(Filter())) == 2, "who is there does not depend on who is left out"


def test_days_in_the_middle_of_a_bill_can_be_left_out(tmp_path: Path) -> None:
    begins = [datetime(2026, 10, day, tzinfo=UTC) for day in (14, 15, 16, 17)]
    rows = [
        *(charge(each.day, charge_period_start=each, charge_period_end=each + timedelta(days=1)) for each in begins),
        charge(20, charge_period_start=begins[1], charge_category="Credit", billed_cost=Decimal(-1)),
    ]
    engine = engine_over(tmp_path, rows)
    who = ("aws.bedrock", "111122223333", date(2026, 10, 1), "aws.cur", "focus")
    engine.leave_out_bills([BillExclusion(*who, since=date(2026, 10, 14), through=date(2026, 10, 16))])
    left = {(each.day.day, each.category) for each in engine.bills(Question((Side("all", Filter()),)))}
    assert left == {(14, "Usage"), (17, "Usage"), (15, "Credit")}


def test_a_line_that_costs_something_for_unknown_tokens_is_counted(tmp_path: Path) -> None:
    rows = [charge(1, tokens=None), charge(2, tokens=None, billed_cost=Decimal(-1)), charge(3)]
    (cell,) = engine_over(tmp_path, rows).bills(Question((Side("all", Filter()),)))
    assert (cell.unmeasured_count, cell.tokens) == (1, 1000)


def test_without_bills_there_are_none() -> None:
    engine = DuckEngine([])
    assert engine.bills(Question(SIDES)) == []
    assert engine.bill_presence(Filter()) == []


@pytest.mark.parametrize(("hours", "days"), [(0, 1), (1, 1), (24, 1), (25, 2), (24 * 31, 31)])
def test_a_line_says_how_many_days_it_is_for(tmp_path: Path, hours: int, days: int) -> None:
    begin = datetime(2026, 10, 1, 23, tzinfo=UTC)
    of_hours = charge(1, charge_period_start=begin, charge_period_end=begin + timedelta(hours=hours))
    (cell,) = engine_over(tmp_path, [of_hours]).bills(Question((Side("all", Filter()),)))
    assert (cell.day, cell.days) == (begin.date(), days)


@pytest.mark.parametrize(("category", "count"), [("Usage", 1), ("Tax", 0), ("Purchase", 0)])
def test_only_usage_can_be_unmeasured(tmp_path: Path, category: str, count: int) -> None:
    """AWS names the usage type of what it taxes."""
    taxed = charge(1, charge_category=category, token_kind="input", tokens=None, billed_cost=Decimal(1))  # noqa: S106
    (cell,) = engine_over(tmp_path, [taxed]).bills(Question((Side("all", Filter()),)))
    assert cell.unmeasured_count == count


def test_the_meters_of_long_prompts_are_cells_of_their_own(tmp_path: Path) -> None:
    """They have list prices of their own."""
    meters = [f"USE1-openai.gpt-5.6-sol-mantle-input-tokens{words}-global-standard" for words in ("", "-long-ctx")]
    rows = [charge(at, sku_meter=meter, model="openai/gpt-5.6-sol") for at, meter in enumerate(meters)]
    cells = engine_over(tmp_path, rows).bills(Question((Side("all", Filter()),)))
    assert sorted(cell.rate_key.prompt_band for cell in cells if cell.rate_key) == [0, 272_000]


def test_a_currency_is_one_however_it_is_spelled(tmp_path: Path) -> None:
    rows = [charge(at, billing_currency=spelled) for at, spelled in enumerate(("USD", "usd", "Usd "))]
    (cell,) = engine_over(tmp_path, rows).bills(Question((Side("all", Filter()),)))
    assert (cell.currency, cell.lines) == ("USD", 3)
