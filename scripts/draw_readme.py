#!/usr/bin/env python3
"""Draws the picture of the README: what `tokenaudit compare` shows of the shipped example, as an SVG of a terminal.

With --check, only says whether the picture is up to date. It names no font on another machine and loads nothing.
"""

from __future__ import annotations

import io
import sys
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console
from rich.terminal_theme import MONOKAI
from rich.text import Text

from tokenaudit.config import load
from tokenaudit.model.expressions import DEFAULT_SIDES, side
from tokenaudit.model.ports import Silent
from tokenaudit.model.question import Question
from tokenaudit.pipeline.compare import Comparison, compare, ledger_of
from tokenaudit.render import Terminal, render

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs" / "images" / "compare.svg"
COMMAND = "tokenaudit compare examples/two-clouds/{logs,bills,metrics}"
WIDTH = 110
NAME = "compare"

# rich's own form without its @font-face: that would fetch a font from the network.
FORM = """\
<svg class="rich-terminal" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" role="img">
<title>{command}</title>
<style>
.{unique_id}-matrix {{
  font-family: "DejaVu Sans Mono", Menlo, Consolas, monospace;
  font-size: {char_height}px;
  line-height: {line_height}px;
}}
{styles}
</style>
<defs>
<clipPath id="{unique_id}-clip-terminal">
<rect x="0" y="0" width="{terminal_width}" height="{terminal_height}" />
</clipPath>
{lines}
</defs>
<rect width="{width}" height="{height}" rx="8" fill="#0c0c0c" />
<g transform="translate({terminal_x}, {terminal_y})" clip-path="url(#{unique_id}-clip-terminal)">
{backgrounds}
<g class="{unique_id}-matrix">
{matrix}
</g>
</g>
</svg>
"""


def shown() -> str:
    """The comparison of the example in a wide window, with its colours."""
    folders = [ROOT / "examples" / "two-clouds" / name for name in ("logs", "bills", "metrics")]
    question = Question(tuple(side(text, datetime.now(UTC)) for text in DEFAULT_SIDES))
    with ledger_of(folders, ROOT, 1, Silent()) as (ledger, said):
        report = compare(ledger, load(near=folders[0]), Comparison(question), said)
    return render(report, "table", terminal=Terminal(width=WIDTH, color=True))


def picture() -> str:
    """The SVG; the same comparison makes the same picture."""
    console = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, legacy_windows=False)
    console.print(f"$ {COMMAND}", markup=False, highlight=False)
    console.print(Text.from_ansi(shown()))
    form = FORM.replace("{command}", COMMAND.replace("{", "{{").replace("}", "}}"))
    drawn = console.export_svg(title="", theme=MONOKAI, code_format=form, unique_id=NAME)
    return "\n".join(line.rstrip() for line in drawn.splitlines()) + "\n"


def main() -> int:
    """Exit code 1 when `--check` finds the picture out of date."""
    drawn = picture()
    if "--check" not in sys.argv[1:]:
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_text(drawn, encoding="utf-8")
        return 0
    if PICTURE.is_file() and PICTURE.read_text(encoding="utf-8") == drawn:
        return 0
    sys.stderr.write(f"{PICTURE.relative_to(ROOT)} is out of date: run scripts/draw_readme.py\n")
    return 1


if __name__ == "__main__":
    sys.exit(main())
