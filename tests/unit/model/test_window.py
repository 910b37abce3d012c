"""Instants and windows as people write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.errors import UsageError
from tokenaudit.model.question import Window
from tokenaudit.model.window import instant, is_window, whole, window

NOW = datetime(2026, 11, 24, 15, 30, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", "2026-10-01"),
        ("2026-10-03", "2026-10-03"),
        (" 2026-10-03 ", "2026-10-03"),
        ("2026-10-03T14:00", "2026-10-03T14:00"),
        ("2026-10-03 14:00:05", "2026-10-03T14:00:05"),
        ("2026-10-03T14:00Z", "2026-10-03T14:00"),
        ("2026-10-03T14:00+02:00", "2026-10-03T12:00"),
        ("2026-10-03T00:30+02:00", "2026-10-02T22:30"),
        ("30d", "2026-10-25T15:30"),
        ("12h", "2026-11-24T03:30"),
        ("2w", "2026-11-10T15:30"),
        ("0d", "2026-11-24T15:30"),
        ("0001-01", "0001-01-01"),
    ],
)
def test_instants(text: str, expected: str) -> None:
    assert instant(text, NOW) == at(expected)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "yesterday",
        "2026",
        "2026-13",
        "2026-00",
        "2026-02-30",
        "2026-10-03T25:00",
        "26-10-03",
        "10/03/2026",
        "-3d",
        "3 d",
        "3D",
        "3m",
        "1.5d",
        "2026-10..",
        "99999999999d",
        "1" * 5000 + "d",
        "٣d",
        "0001-01-01T00:00+05:00",
        "9999-12-31T23:59-05:00",
    ],
)
def test_what_is_no_time_is_an_error_that_says_what_to_write(text: str) -> None:
    with pytest.raises(UsageError) as caught:
        instant(text, NOW)
    assert "no time" in str(caught.value)
    assert caught.value.exit_code == 2
    assert "2026-10-03" in caught.value.hint
    assert "30d" in caught.value.hint


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        (None, None, Window()),
        ("2026-10", None, Window(at("2026-10-01"), None)),
        (None, "2026-10", Window(None, at("2026-10-01"))),
        ("2026-10", "2026-11", Window(at("2026-10-01"), at("2026-11-01"))),
        ("7d", "1d", Window(at("2026-11-17T15:30"), at("2026-11-23T15:30"))),
    ],
)
def test_windows_begin_where_both_begin(since: str | None, until: str | None, expected: Window) -> None:
    assert window(since, until, NOW) == expected


@pytest.mark.parametrize(("since", "until"), [("2026-10", "2026-10"), ("2026-11", "2026-10"), ("1d", "7d")])
def test_a_window_that_holds_nothing_is_an_error(since: str, until: str) -> None:
    with pytest.raises(UsageError, match=f"nothing lies between {since} and {until}") as caught:
        window(since, until, NOW)
    assert "exclusive" in caught.value.hint


@pytest.mark.parametrize(
    ("text", "begin", "end"),
    [
        ("2026-10", "2026-10-01", "2026-11-01"),
        ("2026-12", "2026-12-01", "2027-01-01"),
        ("2024-02", "2024-02-01", "2024-03-01"),
        ("2026-02", "2026-02-01", "2026-03-01"),
        ("2026-10-31", "2026-10-31", "2026-11-01"),
        ("2026-10-03T14:00Z", "2026-10-03T14:00", None),
        ("2026-10..2026-12", "2026-10-01", "2026-12-01"),
        ("2026-10-03..2026-10-05", "2026-10-03", "2026-10-05"),
        ("2026-10..", "2026-10-01", None),
    ],
)
def test_all_of_a_period(text: str, begin: str, end: str | None) -> None:
    assert whole(text, NOW) == Window(at(begin), at(end) if end else None)


def test_before_a_month() -> None:
    assert whole("..2026-10", NOW) == Window(None, at("2026-10-01"))


@pytest.mark.parametrize(
    "text", ["2026-10..2026-10", "2026-12..2026-10", "2026-10..x", "x..2026-10", "9999-12", "9999-12-31"]
)
def test_periods_that_are_none(text: str) -> None:
    with pytest.raises(UsageError):
        whole(text, NOW)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10", True),
        ("2026-10-03", True),
        ("2026-10..2026-11", True),
        ("2026-99", True),
        ("30d", False),
        ("model", False),
        ("", False),
    ],
)
def test_what_looks_like_a_window(text: str, expected: bool) -> None:  # noqa: FBT001 - a parameter
    assert is_window(text) is expected


@given(st.datetimes(timezones=st.just(UTC)))
def test_an_instant_written_out_is_itself(moment: datetime) -> None:
    assert instant(moment.isoformat(), NOW) == moment


@given(st.text())
def test_anything_else_is_a_usage_error(text: str) -> None:
    for parse in (lambda: instant(text, NOW), lambda: whole(text, NOW)):
        hint = "none needed"
        try:
            parse()
        except UsageError as error:
            hint = error.hint
        assert hint


@pytest.mark.parametrize(
    ("since", "until", "expected"),
    [
        ("2026-10-03T14:00", "2026-10-04T00:00:01", ("2026-10-03", "2026-10-05")),
        ("2026-10-03", "2026-10-04", ("2026-10-03", "2026-10-04")),
        (None, None, (None, None)),
        ("9999-12-31T01:00", "9999-12-31T02:00", ("9999-12-31", None)),
    ],
)
def test_the_days_of_a_window(since: str | None, until: str | None, expected: tuple[str | None, str | None]) -> None:
    cut = Window(*(None if text is None else at(text) for text in (since, until)))
    assert cut.in_days() == Window(*(None if text is None else at(text) for text in expected))
