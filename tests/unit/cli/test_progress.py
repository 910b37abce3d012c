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


def test_a_long_name_leaves_room_for_objects_bytes_rate_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    for name, value in (("COLUMNS", "80"), ("TERM", "xterm"), ("FORCE_COLOR", "1")):
        monkeypatch.setenv(name, value)
    with watching_sources(quiet=False, color=False) as watcher, watcher.source(FEED) as progress:
        progress.total(10_000, 469_100_000)
        progress.advance(32, 160_200_000)
        time.sleep(0.5)  # bars are drawn ten times a second
    shown = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", terminal.getvalue())
    assert re.search(r"aws\..*….*us-east-1/ .* 32/10,000 160\.2/469\.1 MB (\?|[\d.]+ .B/s) (-|\d)", shown), shown


def test_both_ends_of_a_name_stay() -> None:
    assert shortened("aws.inventory", 20) == "aws.inventory"
    assert shortened(FEED, 24) == "aws.invocati…/us-east-1/"
    assert len(shortened(FEED, -5)) == 12
