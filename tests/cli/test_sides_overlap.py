"""Sides that hold the same requests: said, and how many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.weeks import NOVA, SPLIT, Kind, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


@pytest.mark.parametrize(
    ("left", "right", "shared"),
    [
        ("2026-10", f"{SPLIT}..2026-10-15", 9),
        ("provider=bedrock", "provider=aws.bedrock", 14),
        ("model=nova-pro", "model=amazon/nova-pro", 4),
        ("model=amazon/*", "provider=bedrock", 4),
        ("provider=bedrock", "provider=azure", None),
        ("model=nova-pro", "model=claude-sonnet-4-5", None),
        (f"2026-10-01..{SPLIT}", f"{SPLIT}..2026-10-15", None),
        (f"2026-10-01..{SPLIT}", f"provider=bedrock,{SPLIT}..2026-10-15", None),
    ],
)
def test_what_is_on_both_sides_is_counted(
    inside: Callable[..., Done], here: Path, left: str, right: str, shared: int | None
) -> None:
    write(here / "logs", (Kind(5),), (Kind(5), Kind(4, cached=0, model=NOVA)))
    done = inside("compare", "logs", "--left", left, "--right", right, "--format", "json", "--quiet")
    found = {each["code"]: each["count"] for each in done.report["caveats"]}
    assert found.get("sides_overlap") == shared


@pytest.mark.parametrize("command", [("compare",), ("report", "-o", "a.md"), ("export", "compare", "-o", "a.csv")])
def test_one_side_twice_is_refused(inside: Callable[..., Done], here: Path, command: tuple[str, ...]) -> None:
    """All of it would be counted twice, under one name."""
    write(here / "logs", (Kind(5),), (Kind(5),))
    done = inside(*command, "logs", "--right", "provider=bedrock")
    assert done.code == 2
    assert "both sides are 'provider=bedrock'" in done.err
