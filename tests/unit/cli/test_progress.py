"""Bars on a terminal of any width: a long name does not push out what it is looked at for."""

from __future__ import annotations

import io
import re
import sys
import time
from typing import TYPE_CHECKING

from tokenaudit.cli.progress import shortened, watching_sources

if TYPE_CHECKING:
    import pytest

FEED = "aws.invocation_logs s3://example-llm-logs/AWSLogs/111122223333/BedrockModelInvocationLogs/us-east-1/"


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def bar(monkeypatch: pytest.MonkeyPatch, objects: int, size_bytes: int, done: int, done_bytes: int) -> str:
    """What the bar of a source shows on a terminal of 80 columns."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in (("COLUMNS", "80"), ("TERM", "xterm"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    with watching_sources(quiet=False, color=False) as watcher, watcher.source(FEED) as progress:
        progress.total(objects, size_bytes)
        progress.advance(done, done_bytes)
        time.sleep(0.5)  # bars are drawn ten times a second
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())


def test_a_long_name_leaves_room_for_objects_bytes_rate_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bar(monkeypatch, 10_000, 469_100_000, 32, 160_200_000)
    assert re.search(r"aws\..*….*us-east-1/ .* 32/10,000 160\.2/469\.1 MB (\?|[\d.]+ .B/s) (-|\d)", shown), shown


def test_answers_that_tell_no_size_are_counted_and_have_no_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    shown = bar(monkeypatch, 60, 0, 15, 0)
    assert "15/60" in shown
    assert "byte" not in shown
    assert "B/s" not in shown
    assert "\u2501" in shown  # a part of the bar is done


def test_both_ends_of_a_name_stay() -> None:
    assert shortened("aws.inventory", 20) == "aws.inventory"
    assert shortened(FEED, 24) == "aws.invocati…/us-east-1/"
    assert len(shortened(FEED, -5)) == 12
