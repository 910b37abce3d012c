from __future__ import annotations

from decimal import Decimal

import pytest

from tokenaudit.model.report import Field, Section, Value
from tokenaudit.render.figures import (
    Number,
    amounts,
    anything,
    change,
    compact,
    counts,
    durations,
    number,
    percent,
    points,
    prices,
    signed,
)
from tokenaudit.render.generic import table_of


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([Decimal("3.66"), Decimal(15)], ["3.66", "15.00"]),
        ([Decimal("0.0123"), None], ["0.0123", "-"]),
        ([3.6612, 0.1834], ["3.661", "0.183"]),
        ([75, Decimal("0.00002")], ["75.0000", "<0.0001"]),
        ([Decimal("0.0000001")], ["<0.000001"]),
        ([Decimal(0), 2], ["0.00", "2.00"]),
        ([], []),
    ],
)
def test_prices_share_decimals_and_are_never_nothing(values: list[Number | None], written: list[str]) -> None:
    assert prices(values) == written


def test_amounts_are_to_the_cent_unless_all_are_small() -> None:
    assert amounts([Decimal("1234567.891"), Decimal("0.004"), 0, None]) == ["1,234,567.89", "<0.01", "0.00", "-"]
    assert amounts([Decimal("0.0042"), None]) == ["0.0042", "-"]


def test_counts() -> None:
    assert counts([1_234_567, None]) == ["1,234,567", "-"]
    assert compact([0, 999, 1_000, 12_345_678, 999_600, 2_000_000_000, 5e15]) == [
        "0",
        "999",
        "1.00k",
        "12.3M",
        "1.00M",
        "2.00B",
        "5,000T",
    ]
    assert anything([12_044, 0.123456789, Decimal("1.50")]) == ["12,044", "0.123457", "1.5"]


def test_one_unit_for_a_family_of_durations() -> None:
    unit, written = durations([912.4, 9_999.0, None])
    assert (unit, written([912.4, 9_999.0, None])) == ("ms", ["912", "9,999", "-"])
    unit, written = durations([912.4, 10_000.0])
    assert (unit, written([912.4, 10_000.0])) == ("s", ["0.91", "10.00"])
    assert written([38.0, 10_000.0]) == ["0.038", "10.000"]
    assert durations([8.25, 14.6])[1]([8.25, 14.6]) == ["8.2", "14.6"]


def test_ratios() -> None:
    assert percent([0.6213, 0, -0.0, None]) == ["62.1%", "0.0%", "0.0%", "-"]


def test_a_share_that_is_not_quite_none_or_all_is_written_as_neither() -> None:
    assert percent([0.99998, 0.9994, 1, 1.0, Decimal("0.9999999"), 1.0003]) == [
        *(">99.9%", "99.9%", "100.0%", "100.0%", ">99.9%", "100.0%")
    ]
    assert percent([0.00002, 0.0006, 0, 0.0, Decimal("1e-9")]) == ["<0.1%", "0.1%", "0.0%", "0.0%", "<0.1%"]
    assert percent([-0.0003, -0.0006]) == ["<0.1%", "-0.1%"], "more logged than billed, though not by much"
    assert percent([1 - 2**-53, 0.1 + 0.2 - 0.3]) == ["100.0%", "0.0%"], "noise of floats is no missing token"


def test_change_is_of_the_first_side() -> None:
    assert change(Decimal(100), 112.0) == pytest.approx(12.0)
    assert change(0, 0) == 0.0
    assert change(0, 5) is None
    assert change(None, 5) is None
    assert change(5, None) is None
    assert points(0.5, 0.25) == -25.0
    assert points(None, 0.25) is None


@pytest.mark.parametrize(
    ("value", "text"),
    [(12.04, "+12.0%"), (-3.26, "-3.3%"), (0.04, "0.0%"), (-0.04, "0.0%"), (123_456.7, "+123,457%"), (None, "-")],
)
def test_a_difference_has_a_sign_and_nothing_has_none(value: float | None, text: str) -> None:
    assert signed(value, "%") == text


def test_what_is_no_number_is_not_known() -> None:
    unknown = (None, True, "1", float("nan"), float("inf"), Decimal("NaN"))
    assert [number(value) for value in unknown] == [None] * len(unknown)
    assert number(0) == 0


def test_prices_of_a_list_are_shown_to_their_last_digit() -> None:
    assert prices([Decimal("4.125"), Decimal("0.3"), None]) == ["4.125", "0.300", "-"]
    assert prices([Decimal("3.0712"), Decimal("0.30")]) == ["3.07", "0.30"], "a quotient is none"


def test_a_unit_is_not_said_twice_in_the_head_of_a_column() -> None:
    fields = (Field("objects", "objects"), Field("size_bytes", "bytes"), Field("gap_tokens", "tokens"))
    table = table_of(Section("s", "S", fields, ({"objects": 1, "size_bytes": 2, "gap_tokens": 3},)))
    assert [(column.name, column.unit) for column in table.columns] == [
        ("objects", ""),
        ("size", "bytes"),
        ("gap", "tokens"),
    ]


def test_words_of_ours_are_shown_as_words_and_names_as_they_are() -> None:
    fields = (Field("token_kind"), Field("status"), Field("model"))
    row: dict[str, Value] = {"token_kind": "cache_write_1h", "status": "unlogged_excess", "model": "my_model"}
    (group,) = table_of(Section("s", "S", fields, (row,))).groups
    assert [cell.text for cell in group.lines[0]] == ["cache write 1h", "unlogged excess", "my_model"]
