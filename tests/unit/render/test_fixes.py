"""What `doctor` prints to be copied: exactly as it is, but for what a terminal or a page would obey."""

from __future__ import annotations

from tokenaudit.model.report import Field, Provenance, Report, Section
from tokenaudit.render import Terminal, render

COLUMNS = tuple(map(Field, ("source", "check", "fix")))


def shown(fix: str, fmt: str, width: int | None = 40) -> str:
    row = {"source": "logs", "check": "switched on", "fix": fix}
    report = Report("doctor", (Section("fixes", "What mends it", COLUMNS, (row,)),), Provenance("1"))  # type: ignore[arg-type]
    return render(report, fmt, terminal=Terminal(width))


def test_a_command_is_copied_from_the_terminal_as_it_is() -> None:
    fix = "cloud logging put --a-long-option-without-an-end \\\n  --config '{\"one\": [1, 2]}'\n"
    lines = shown(fix, "table").splitlines()
    start = lines.index("logs, switched on:")
    assert lines[start + 1 : start + 3] == fix.splitlines()


def test_in_markdown_it_is_a_block_that_its_text_cannot_end() -> None:
    text = shown("a ``` b\n| c", "markdown")
    assert "````\na ``` b\n| c\n````" in text


def test_nothing_in_it_acts() -> None:
    for fmt in ("table", "markdown"):
        text = shown("go\x1b[2J\x07 on\u202e\r", fmt)
        assert "go\\x1b[2J\\x07 on\\u202e\\r" in text
