"""The page in a real browser: Debian's Chromium, driven through playwright-core, as wide as a desk and a telephone.

`TOKENAUDIT_SHOTS` names a folder for pictures to look at.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from tests.live.node import NODE_MODULES
from tests.unit.render import audits
from tests.unit.render.conftest import SONNET, comparison, usage

from tokenaudit.model.report import Caveat
from tokenaudit.render import render

if TYPE_CHECKING:
    from tokenaudit.model.report import Report

ROOT = Path(__file__).resolve().parents[2]
NEEDED = ("playwright-core", "axe-core", "@axe-core/playwright")
CHROMIUM = shutil.which("chromium")
CHECKS = Path(__file__).with_name("page_checks.cjs")
NODE = shutil.which("node")
MISSING = [
    *(["chromium"] if CHROMIUM is None else []),
    *(["node"] if NODE is None else []),
    *(name for name in NEEDED if not (NODE_MODULES / name / "package.json").is_file()),
]
pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"needs {', '.join(MISSING)} (see CONTRIBUTING.md)")

HOSTILE = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(2)>',
    "</style><script>alert(3)</script>",
    "</title><svg onload=alert(4)>",
    "]]><script>alert(5)</script><![CDATA[",
    "{{ 7 * 7 }}{% raw %}",
    "javascript:alert(6)",
    "right\u202eto left\u2066",
    "\x1b[31mred\x1b[0m\x07",
    "\u05d0\u05d1\u05d2 azure \u05d3",
    "x" * 4000,
    "word " * 400,
)

# Width, colour scheme, and whether axe-core examines it: that takes long, and finds the same at every width. Between
# them the pages are seen at both widths in both schemes, and examined in both.
Looks = tuple[tuple[int, str, bool], ...]
OF_THE_EXAMPLE: Looks = ((1280, "light", True), (400, "dark", False))
OF_THE_INVENTED: Looks = ((1280, "dark", True), (400, "light", False))
OF_THE_HOSTILE: Looks = ((400, "light", False),)

Seen = dict[str, Any]


def look(path: Path, looks: Looks) -> list[Seen]:
    """What the browser saw."""
    shots = os.environ.get("TOKENAUDIT_SHOTS")
    done = subprocess.run(
        [
            str(NODE),
            str(CHECKS),
            str(path),
            json.dumps(looks),
            *filter(None, [shots]),
        ],
        env={**os.environ, "NODE_PATH": str(NODE_MODULES), "CHROMIUM": str(CHROMIUM)},
        capture_output=True,
        text=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    seen: list[Seen] = json.loads(done.stdout)
    assert [(each["width"], each["scheme"]) for each in seen] == [(width, scheme) for width, scheme, _ in looks]
    return seen


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pages")


@pytest.fixture(scope="session")
def example(folder: Path) -> list[Seen]:
    """The audit of the shipped example, as the README makes it."""
    path = folder / "audit.html"
    paths = [str(ROOT / "examples" / "two-clouds" / name) for name in ("logs", "bills", "metrics")]
    command = [sys.executable, "-m", "tokenaudit", "report", *paths, "-o", str(path), "--quiet"]
    subprocess.run(command, check=True, timeout=120)
    return look(path, OF_THE_EXAMPLE)


@pytest.fixture(scope="session")
def invented(folder: Path) -> list[Seen]:
    """An audit with every picture, over a month."""
    model = "anthropic/claude-sonnet-4-5"
    rows = [
        usage(side, 1_000, tokens, SONNET, latency, model=model)
        for side, tokens, latency in (
            ("bedrock", (9_000_000, 1_000_000, 50_000, 1_200_000), (3_100.0, 9_000.0, 9_800.0)),
            ("azure", (8_100_000, 900_000, None, 1_100_000), (2_900.0, 8_000.0, 9_000.0)),
        )
    ]
    return look(written(folder / "invented.html", whole(comparison(rows, "model"), 31)), OF_THE_INVENTED)


@pytest.fixture(scope="session")
def hostile(folder: Path) -> list[Seen]:
    """An audit in which everything that a log or a user can name is an attack."""
    rows = [
        usage(side, 10, (1_000, 100, 0, 10), SONNET, (100.0, 200.0, 300.0), model=name) | {"tag:<b>": name}
        for name in HOSTILE
        for side in HOSTILE[:2]
    ]
    report = comparison(rows, "model", "tag:<b>", totals=False, caveats=tuple(Caveat(text, text) for text in HOSTILE))
    sections = (
        audits.days(7, *HOSTILE[:2]),
        audits.mix(*HOSTILE[:2]),
        audits.histogram(*HOSTILE[:2]),
        *(replace(audits.heat(1, name), title=name) for name in HOSTILE),
    )
    return look(written(folder / "hostile.html", audits.audit_of(report, *sections)), OF_THE_HOSTILE)


def whole(report: Report, days: int) -> Report:
    sections = (audits.days(days), audits.mix(), audits.effects(), audits.histogram(), audits.heat(days))
    return audits.audit_of(report, *sections)


def written(path: Path, report: Report) -> Path:
    path.write_text(render(report, "html"), encoding="utf-8")
    return path


@pytest.fixture(params=["example", "invented", "hostile"])
def pages(request: pytest.FixtureRequest) -> list[Seen]:
    found: list[Seen] = request.getfixturevalue(request.param)
    return found


def test_nothing_leaves_the_page_and_nothing_complains(pages: list[Seen]) -> None:
    for seen in pages:
        assert [re.match(r"file:.*\.html$", url) is not None for url in seen["requests"]] == [True]
        assert (seen["complaints"], seen["dialogs"]) == ([], [])
        assert (seen["foreign"], seen["scripts"]) == (0, 1)


def test_it_can_be_used_by_everybody(example: list[Seen], invented: list[Seen]) -> None:
    seen = [(each["width"], each["scheme"], each["violations"]) for each in (*example, *invented)]
    assert [each for each in seen if each[2]] == []


def test_the_page_itself_never_scrolls_sideways(pages: list[Seen]) -> None:
    assert [seen["width"] for seen in pages if seen["scrolls"] or seen["scrollsUnfolded"]] == []


def test_dark_is_dark_and_light_is_light(pages: list[Seen]) -> None:
    for seen in pages:
        red, green, blue = map(int, re.findall(r"\d+", seen["paper"])[:3])
        assert (max(red, green, blue) < 64) == (seen["scheme"] == "dark")


def test_every_shape_of_a_picture_is_drawn(pages: list[Seen]) -> None:
    for seen in pages:
        assert seen["pictures"]
        for picture in seen["pictures"]:
            assert picture["drawn"] == picture["shapes"] > 0, picture["title"]
            assert picture["width"] > 300
            assert picture["height"] > 40


def test_all_pictures_are_there(invented: list[Seen]) -> None:
    titles = {"Cost by model", "Cost by day", "Token mix", "What moved the cost", "How long requests took"}
    for seen in invented:
        assert titles <= {picture["title"] for picture in seen["pictures"]}


def test_tables_are_sorted_with_the_keyboard(pages: list[Seen]) -> None:
    for seen in pages:
        assert seen["tables"] == len(seen["sorted"]) > 3
        for table in seen["sorted"]:
            (rising, up), (falling, down) = table["rising"], table["falling"]
            assert (rising, falling) == ("ascending", "descending")
            assert sorted(up) == sorted(down) == sorted(table["before"])
            assert table["outlined"] != "none"


def test_no_button_keeps_a_head_from_being_repeated_on_the_next_sheet_of_paper(pages: list[Seen]) -> None:
    """Chromium repeats no head that holds one; on paper their texts stand there without."""
    for seen in pages:
        assert seen["boxed"] > seen["boxedInPrint"] == 0


def test_sorting_sorts(invented: list[Seen]) -> None:
    (days,) = (table for table in invented[0]["sorted"] if len(table["before"]) == 31)
    unknown = days["before"].count("-")
    assert unknown > 0
    for order, falling in (("rising", False), ("falling", True)):
        texts = days[order][1]
        assert texts[-unknown:] == ["-"] * unknown
        costs = [float(text) for text in texts[:-unknown]]
        assert costs == sorted(costs, reverse=falling)


def test_hostile_text_is_shown_as_it_is(hostile: list[Seen]) -> None:
    text = hostile[0]["text"]
    for name in HOSTILE:
        if name.isprintable() and name.isascii():
            assert name.strip() in text
    assert "right\\u202eto left\\u2066" in text
    assert "\\x1b[31mred\\x1b[0m\\x07" in text
    assert "49" not in text.replace("4,900", "")
