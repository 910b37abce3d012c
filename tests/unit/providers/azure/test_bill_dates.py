"""A file's days are read one way, and it is the way in which they were written."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.azure.bills.dates import day, month_end, order_of

MONTHS = st.dates(date(2023, 1, 1), date(2028, 12, 31)).map(lambda each: each.replace(day=1))


@pytest.mark.parametrize(
    "text", ["2026-10-05", "2026-10-05T00:00:00Z", "2026-10-05 00:00:00.000", "2026/10/05", "20261005"]
)
def test_a_year_in_front_needs_no_order(text: str) -> None:
    assert day(text, "month_first") == day(text, "day_first") == date(2026, 10, 5)


@pytest.mark.parametrize(
    "text", ["", "never", "13/32/2026", "2026-13-01", "10/05/26", "1/1/0001", "202610051", "10-05"]
)
def test_what_is_no_day(text: str) -> None:
    assert day(text, "month_first") is None


@pytest.mark.parametrize(
    ("days", "starts", "ends", "order"),
    [
        ({"10/13/2026"}, (), (), "month_first"),
        ({"13/10/2026"}, (), (), "day_first"),
        ({"01/10/2026"}, {"01/10/2026"}, (), "day_first"),  # a period begins on the first of a month
        ({"10/02/2026"}, {"10/01/2026"}, (), "month_first"),
        ({"10/02/2026"}, (), {"10/31/2026"}, "month_first"),
        ({"02/10/2026"}, {"2026-10-01"}, {"2026-10-31"}, "month_first"),  # periods in another form help no further
        ({"10/02/2026"}, (), (), "month_first"),
        ({"2026-10-01", "20261001"}, (), (), "month_first"),
    ],
)
def test_the_order_of_a_file(days: set[str], starts: set[str], ends: set[str], order: str) -> None:
    assert order_of(days, starts, ends) == order


@given(MONTHS, st.sets(st.integers(1, 28), min_size=1), st.sampled_from(["%m/%d/%Y", "%d/%m/%Y"]))
def test_with_its_billing_period_every_file_reads_back(month: date, numbers: set[int], form: str) -> None:
    days = {month.replace(day=number).strftime(form): month.replace(day=number) for number in numbers}
    order = order_of(days, {month.strftime(form)}, {month_end(month).strftime(form)})
    assert {text: day(text, order) for text in days} == days
