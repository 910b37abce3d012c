"""The picture of the README is what the script draws now, and fetches nothing when somebody looks at it."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
PICTURE = ROOT / "docs" / "images" / "compare.svg"


def test_the_picture_is_what_the_command_says() -> None:
    command = [sys.executable, str(ROOT / "scripts" / "draw_readme.py"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_picture_is_complete_in_itself() -> None:
    text = PICTURE.read_text(encoding="utf-8")
    assert re.findall(r"https?://[^\"']+", text) == ["http://www.w3.org/2000/svg"]
    assert re.findall(r"url\((?!#)|@font-face|@import|<script|<image", text) == []
    assert "$&#160;tokenaudit&#160;compare" in text
