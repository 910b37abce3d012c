"""A reconciliation by day: sums of judged cells, the worst class, and no agreement where nothing was judged."""

from __future__ import annotations

from datetime import date

import pytest

from tokenaudit.analysis.reconcile_days import by_day
from tokenaudit.model.report import Section, Value

DAY = date(2026, 10, 5)
Row = dict[str, Value]


def cell(status: str, gap: int | None, bill: int | None, **changes: Value) -> Row:
    row: Row = {"provider": "p", "model": "m", "day": DAY, "status": status, "gap_tokens": gap, "bill_tokens": bill}
    return row | changes


def days(*cells: Row) -> tuple[Row, ...]:
    return by_day(Section("reconcile", "All cells", (), cells)).rows


def test_gaps_of_a_day_do_not_cancel_each_other() -> None:
    (row,) = days(cell("unlogged_excess", 100, 1_000), cell("overlogged", -100, 500), cell("ok", 0, 500))
    assert (row["gap_tokens"], row["bill_tokens"], row["usage_tokens"]) == (200, 2_000, 2_000)
    assert row["gap_ratio"] == pytest.approx(0.1)
    assert (row["agrees"], row["cells"]) == (False, 3)


def test_the_class_is_that_of_the_largest_gap_that_does_not_agree() -> None:
    (row,) = days(cell("boundary_shift", 900, 1_000), cell("unlogged", 40, 40), cell("overlogged", -10, 100))
    assert (row["status"], row["agrees"]) == ("unlogged", False)
    (row,) = days(cell("ok", 3, 10_000), cell("discount", 0, 50_000))
    assert (row["status"], row["agrees"]) == ("ok", True)


def test_a_day_of_which_nothing_was_judged_neither_agrees_nor_not() -> None:
    (row,) = days(cell("late", 500, 1_000), cell("no_bill", None, None))
    assert (row["agrees"], row["gap_tokens"], row["gap_ratio"], row["bill_tokens"]) == (None, None, None, None)
    (row,) = days(cell("late", 500, 1_000), cell("ok", 1, 10))
    assert (row["agrees"], row["gap_tokens"], row["bill_tokens"], row["status"]) == (True, 1, 10, "ok")


def test_a_gap_of_nothing_billed_has_no_ratio() -> None:
    (row,) = days(cell("overlogged", -70, 0))
    assert (row["gap_tokens"], row["usage_tokens"], row["gap_ratio"], row["agrees"]) == (70, 70, None, False)


def test_days_and_models_stand_apart_and_in_order() -> None:
    rows = days(cell("ok", 0, 1, model=None), cell("ok", 0, 1, day=date(2026, 10, 4)), cell("ok", 0, 1))
    assert [(row["model"], row["day"]) for row in rows] == [(None, DAY), ("m", date(2026, 10, 4)), ("m", DAY)]


def test_days_come_in_their_order_beyond_the_ninth() -> None:
    wanted = [date(2026, 9, 30), *(date(2026, 10, day) for day in (2, 9, 10, 11))]
    rows = days(*(cell("ok", 0, 10, day=each) for each in reversed(wanted)))
    assert [row["day"] for row in rows] == wanted
