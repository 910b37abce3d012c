"""`baseline diff`: two files, judged and spoken of as a check would."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cli.weeks import SPLIT, Kind, write

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Done


@pytest.fixture
def diff(inside: Callable[..., Done], here: Path) -> Callable[..., Done]:
    """`baseline diff` of two weeks of thirty cases, saved with these options."""
    write(here / "logs", (Kind(30, spread=0.9),), (Kind(30, fresh=1_300, spread=0.9),))
    inside("ingest", "logs", "--quiet")

    def run(first: tuple[str, ...] = (), second: tuple[str, ...] = ()) -> Done:
        inside("baseline", "save", "--until", SPLIT, "-o", "first.json", "--quiet", *first)
        inside("baseline", "save", "--since", SPLIT, "-o", "second.json", "--quiet", *second)
        return inside("baseline", "diff", "first.json", "second.json", "--format", "json")

    return run


def test_cases_are_compared_one_by_one(diff: Callable[..., Done]) -> None:
    unpaired = {row["metric"]: row["status"] for row in diff().rows("check")}
    assert unpaired["usd_per_success"] == "insufficient-data"
    pair = ("--pair-by", "tag:case")
    paired = {row["metric"]: row["status"] for row in diff(pair, pair).rows("check")}
    assert (paired["usd_per_success"], paired["latency_mean_ms"]) == ("regression", "pass")


def test_two_runs_in_one_window_are_said_to_be_no_run(diff: Callable[..., Done], inside: Callable[..., Done]) -> None:
    pair = ("--pair-by", "tag:case")
    assert "cases_repeated" not in diff(pair, pair).caveats
    inside("baseline", "save", "-o", "both.json", "--quiet", *pair)
    caveats = inside("baseline", "diff", "first.json", "both.json", "--format", "json").caveats
    assert caveats["cases_repeated"].startswith("30 of 30 cases have twice as many requests in one window or more")


def test_what_makes_them_unlike_is_said(diff: Callable[..., Done], here: Path) -> None:
    assert diff().report["caveats"] == []
    assert "not_paired" in diff(("--pair-by", "tag:case")).caveats
    assert diff((), ("--provider", "bedrock")).caveats["other_filters"].endswith("everything and provider=bedrock")
    diff()
    header = "provider,model,scope,tier,token_kind,usd_per_mtok,valid_from"
    (here / "prices.csv").write_text(f"{header}\nbedrock,acme/other,regional,standard,input,1,2026-01-01\n", "utf-8")
    (here / "other.toml").write_text('[prices]\noverrides = "prices.csv"\n', encoding="utf-8")
    books = diff((), ("--config", "other.toml")).caveats["price_book_changed"]
    first, second = books.split(", this window with ")
    assert first.split(" the book ")[1] != second.partition(":")[0]


def test_an_end_that_is_still_to_come_is_not_the_end_of_what_was_saved(
    diff: Callable[..., Done], inside: Callable[..., Done], here: Path
) -> None:
    diff()
    done = inside("baseline", "save", "--since", SPLIT, "--until", "2999-01-01", "-o", "future.json")
    assert "2999-01-01 00:00 UTC is still to come" in done.err
    assert (here / "future.json").read_bytes() == (here / "second.json").read_bytes()
    assert "still to come" not in inside("baseline", "save", "--until", SPLIT, "-o", "past.json").err
