"""What a ledger remembers of its pulls, through the file and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import pytest

from tokenaudit.errors import LedgerError
from tokenaudit.ledger import pulled
from tokenaudit.ledger.pulled import Passed, Pulled
from tokenaudit.model.question import Window
from tokenaudit.pipeline.pull.windows import Windows

if TYPE_CHECKING:
    from pathlib import Path

NOW = datetime(2026, 10, 20, 12, tzinfo=UTC)
DAY = timedelta(days=1)


def test_through_the_file_and_back(tmp_path: Path) -> None:
    before = Pulled(
        {"aws": {"a s3://b/\u2028": NOW}},
        {"s3://b/\ud800".encode("utf-8", "replace").decode(): Passed("1", "r", NOW)},
        {"aws": {"a s3://b/\u2028": "logs"}},
    )
    assert pulled.load(tmp_path) == Pulled()
    pulled.save(tmp_path, before)
    assert pulled.load(tmp_path) == before
    assert [path.name for path in tmp_path.iterdir()] == ["pull.json"]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        '{"watermarks": []}',
        '{"watermarks": {"aws": {"a": "soon"}}}',
        '{"passed": {"a": 1}}',
        '{"kinds": {"aws": 1}}',
    ],
)
def test_a_damaged_file_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "pull.json").write_text(text)
    with pytest.raises(LedgerError, match=r"pull\.json"):
        pulled.load(tmp_path)


@pytest.mark.parametrize(
    ("since", "until", "mark"),
    [
        (NOW - DAY, NOW + DAY, NOW + DAY),
        (NOW, NOW + DAY, NOW + DAY),
        (NOW + DAY, NOW + 2 * DAY, NOW),
        (NOW - 9 * DAY, NOW - 8 * DAY, NOW),
    ],
    ids=["over it", "from it", "beyond a gap", "before it"],
)
def test_a_watermark_moves_only_without_a_gap(since: datetime, until: datetime, mark: datetime) -> None:
    memory = Pulled({"aws": {"feed": NOW}})
    assert memory.reach("aws", "feed", "logs", since, until) == mark
    assert memory.reach("aws", "new", "costs", since, until) == until
    assert memory.kinds == {"aws": {"feed": "logs", "new": "costs"}}


def test_windows_begin_where_the_last_pull_was_whole_less_the_settle_time() -> None:
    memory = Pulled({"aws": {"old": NOW - 60 * DAY, "new": NOW - DAY}})
    windows = Windows(Window(), NOW, 3 * DAY, 30)
    assert windows.of_feed(memory, "aws", "old") == Window(NOW - 63 * DAY, NOW)
    assert windows.of_feed(memory, "aws", "new") == Window(NOW - 4 * DAY, NOW)
    assert windows.of_feed(memory, "aws", "first") == Window(NOW - 30 * DAY, NOW)
    assert windows.of_cloud(memory, "aws") == Window(NOW - 63 * DAY, NOW)
    assert windows.of_cloud(memory, "azure") == Window(NOW - 30 * DAY, NOW)


def test_a_window_of_the_user_holds_for_all_and_ends_now() -> None:
    memory = Pulled({"aws": {"old": NOW - 60 * DAY}})
    windows = Windows(Window(NOW - 2 * DAY, NOW + DAY), NOW, 3 * DAY, 30)
    assert windows.of_feed(memory, "aws", "old") == windows.of_cloud(memory, "aws") == Window(NOW - 2 * DAY, NOW)


def test_an_end_in_the_past_has_its_days_before_it() -> None:
    windows = Windows(Window(None, NOW - 100 * DAY), NOW, 3 * DAY, 30)
    assert windows.of_feed(Pulled(), "aws", "feed") == Window(NOW - 130 * DAY, NOW - 100 * DAY)
    marked = Pulled({"aws": {"feed": NOW}})
    assert windows.of_feed(marked, "aws", "feed") == Window(NOW - 103 * DAY, NOW - 100 * DAY)
