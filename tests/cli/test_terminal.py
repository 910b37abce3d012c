"""On a real terminal: nothing wider than the screen, at any usual width, and progress that leaves nothing behind."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

import pexpect
import pytest
from tests.cli.conftest import COMMAND, environment

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done

CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")
COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def _shown(home: Path, columns: int, *arguments: str | Path, **variables: str) -> tuple[str, int]:
    """What a terminal of that width is sent, escape sequences included, and the exit code."""
    terminal = pexpect.spawn(
        COMMAND[0],
        [*COMMAND[1:], *map(str, arguments)],
        cwd=str(home),
        env=environment(home, TERM="xterm-256color", **variables),
        dimensions=(50, columns),
        encoding="utf-8",
        timeout=60,
    )
    sent: str = terminal.read()
    terminal.close()
    return sent, terminal.exitstatus


def _lines(sent: str) -> list[str]:
    return re.split(r"[\r\n]+", sent)


def _width(line: str) -> int:
    plain = CONTROL.sub("", line)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain
    )


@pytest.mark.parametrize("columns", [60, 80, 160])
def test_no_line_is_wider_than_the_terminal(home: Path, ledger: Path, columns: int) -> None:
    for arguments in (("compare", "--by", "model,day"), ("compare", "--by", "caller,tag:team"), ("ledger", "rejects")):
        sent, code = _shown(home, columns, *arguments, "--ledger", ledger)
        assert code == 0
        assert [line for line in _lines(sent) if _width(line) > columns] == []


def test_a_terminal_gets_colour_unless_it_asks_for_none(home: Path, ledger: Path, two_clouds: Path) -> None:
    assert COLOUR.search(_shown(home, 100, "compare", "--ledger", ledger)[0])
    for option, variables in (((), {"NO_COLOR": "1"}), (("--color", "never"), {})):
        assert not CONTROL.search(_shown(home, 100, "compare", "--ledger", ledger, *option, **variables)[0])
        assert not COLOUR.search(_shown(home, 100, "compare", two_clouds, *option, **variables)[0])


def test_nothing_is_said_of_reading_where_nothing_is_read(home: Path, ledger: Path) -> None:
    assert "reading" not in _shown(home, 100, "compare", "--ledger", ledger)[0]


@pytest.mark.parametrize("columns", [60, 100])
def test_progress_leaves_no_trace_and_quiet_shows_none(home: Path, two_clouds: Path, columns: int) -> None:
    sent, code = _shown(home, columns, "ingest", two_clouds, "--ledger", home / f"l{columns}")
    assert code == 0
    assert [line for line in _lines(sent) if _width(line) > columns] == []
    sent, code = _shown(home, columns, "ingest", two_clouds, "--ledger", home / f"q{columns}", "--quiet", NO_COLOR="1")
    assert code == 0
    assert "reading" not in sent
    assert not CONTROL.search(sent)


def test_the_same_figures_stand_on_a_terminal_and_in_a_pipe(
    tokenaudit: Callable[..., Done], home: Path, ledger: Path
) -> None:
    piped = tokenaudit("compare", "--ledger", ledger).out
    sent, _ = _shown(home, 200, "compare", "--ledger", ledger, "--color", "never")
    figures = re.compile(r"[\d,]+\.\d+|\d{2,}")
    assert sorted(figures.findall(sent)) == sorted(figures.findall(piped))
