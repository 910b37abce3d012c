"""Times of log records, many at once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokenaudit.providers.aws.timestamps import parse_timestamps

EIGHT = datetime(2026, 10, 1, 8, tzinfo=UTC)


def parsed(*texts: str | None) -> list[datetime | None]:
    column = parse_timestamps(pa.array(texts, pa.string()))
    assert column.type == pa.timestamp("us", tz="UTC")
    return [None if at is None else at.astimezone(UTC) for at in column.to_pylist()]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-10-01T08:00:00Z", EIGHT),
        ("2026-10-01 08:00:00Z", EIGHT),
        ("2026-10-01 08:00:00", EIGHT),
        ("2026-10-01T08:00:00", EIGHT),
        ("2026-10-01 08:00:00.000000000", EIGHT),
        ("2026-10-01T08:00:00.123456789Z", EIGHT + timedelta(microseconds=123456)),
        ("2026-10-01T08:00:00.5Z", EIGHT + timedelta(milliseconds=500)),
        ("2026-10-01T10:00:00+02:00", EIGHT),
        ("2026-10-01T02:30:00.000000000-0530", EIGHT),
        (" 2026-10-01T08:00:00Z ", EIGHT),
        ("9999-12-31T23:59:59.999999Z", datetime.max.replace(tzinfo=UTC)),
    ],
)
def test_times(text: str, expected: datetime) -> None:
    assert parsed(text) == [expected]
    assert parsed(text, "no time", None) == [expected, None, None]


@pytest.mark.parametrize(
    "text",
    [
        None,
        "",
        " ",
        "Z",
        "yesterday",
        "1790841600000",
        "2026-13-01T00:00:00Z",
        "2026-02-30T00:00:00Z",
        "2026-10-01T08:00:00.Zulu",
        "0000-01-01T00:00:00Z",
        "-2026-10-01T08:00:00Z",
        "0001-01-01T00:00:00+05:00",
        "9999-12-31T23:59:59-05:00",
        "12026-10-01T08:00:00Z",
    ],
)
def test_what_is_no_time_is_null(text: str | None) -> None:
    assert parsed(text) == [None]
    assert parsed("2026-10-01T08:00:00Z", text) == [EIGHT, None]


def test_none_at_all() -> None:
    assert parsed() == []


@given(st.lists(st.datetimes(timezones=st.sampled_from((UTC, timezone(timedelta(hours=5, minutes=30))))), max_size=5))
def test_times_written_out_are_themselves(moments: list[datetime]) -> None:
    texts = [moment.isoformat() for moment in moments]
    expected: list[datetime | None] = []
    for moment in moments:
        try:
            expected.append(moment.astimezone(UTC))
        except OverflowError:
            expected.append(None)
    assert parsed(*texts) == expected


@given(st.lists(st.none() | st.text(alphabet="0123456789-:.TZ+ W", max_size=30), max_size=4))
def test_nothing_raises(texts: list[str | None]) -> None:
    assert len(parsed(*texts)) == len(texts)
