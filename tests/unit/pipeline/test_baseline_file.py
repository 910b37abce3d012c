"""The baseline as a file: what is written is read again, floats do not depend on the order of adding."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import pytest
from tests.unit.analysis.windows import COST, p95, ratio, share, spread, usage, window

from tokenaudit.errors import DataError
from tokenaudit.model.baseline import Baseline, Case
from tokenaudit.pipeline.baseline_file import encoded, read_baseline, write_baseline

if TYPE_CHECKING:
    from pathlib import Path

WINDOW = window(
    ratio(COST, spread(0.01, 100, 0.003)),
    ratio("error_ratio", share(3, 100)),
    p95(912.5, 10.25),
    cells=(usage({"input": 1_000, "output": 10}, {"input": "3", "output": "15.123456789"}),),
    since=datetime(2026, 10, 5, tzinfo=UTC),
    pair_by="tag:case",
    cases=(Case("aws.bedrock", None, "0123456789abcdef", 0.25, 10, None, None),),
)


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    write_baseline(tmp_path / "b.json", WINDOW)
    again = read_baseline(tmp_path / "b.json")
    assert again == WINDOW
    assert encoded(again) == encoded(WINDOW)


def test_an_older_file_is_replaced(tmp_path: Path) -> None:
    write_baseline(tmp_path / "b.json", window())
    write_baseline(tmp_path / "b.json", WINDOW)
    assert read_baseline(tmp_path / "b.json") == WINDOW


def test_one_figure_is_one_line_and_the_schema_comes_first() -> None:
    lines = encoded(WINDOW).splitlines()
    assert lines[1] == '  "schema": "tokenaudit.baseline/1",'
    assert sum('"metric"' in line for line in lines) == 3
    assert json.loads(encoded(WINDOW))["cells"][0]["cost_usd"]["output_tokens"] == "0.00015123456789"


def test_the_last_digits_of_a_sum_are_not_kept() -> None:
    """0.1 + 0.2 and 0.3: what an engine adds up in another order gives the same bytes."""
    one, other = (replace(spread(0.01, 100, 0.0), sum_y=value) for value in (0.1 + 0.2, 0.3))
    assert encoded(window(ratio(COST, one))) == encoded(window(ratio(COST, other)))


@pytest.mark.parametrize("gone", ["ratios", "cells", "first_day"])
def test_a_file_without_a_part_is_damaged(tmp_path: Path, gone: str) -> None:
    document = json.loads(encoded(WINDOW))
    del document[gone]
    (tmp_path / "b.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match="is damaged") as found:
        read_baseline(tmp_path / "b.json")
    assert gone in str(found.value)


def test_a_file_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="cannot be read"):
        read_baseline(tmp_path / "b.json")


def test_a_field_of_a_later_minor_version_is_passed_over(tmp_path: Path) -> None:
    document = json.loads(encoded(WINDOW)) | {"later": [1]}
    (tmp_path / "b.json").write_text(json.dumps(document), encoding="utf-8")
    assert isinstance(read_baseline(tmp_path / "b.json"), Baseline)


@pytest.mark.parametrize(
    ("place", "value", "said"),
    [
        (("until",), "2026-10-12T00:00:00", "a time without its zone"),
        (("last_day",), "2026-10-01", "its last day is before its first"),
        (("ratios", 1, "metric"), COST, f"{COST} is there 2 times"),
        (("ratios", 1, "metric"), "latency_p50_ms", "latency_p50_ms is no ratio"),
        (("ratios", 0, "moments", "sum_yy"), -1.0, f"{COST} has sums that nothing has"),
        (("ratios", 0, "moments", "sum_x"), 1e300, f"{COST} has sums that nothing has"),
        (("ratios", 0, "moments", "clusters"), 0, f"{COST} has sums that nothing has"),
        (("quantiles", 0, "metric"), "usd_per_mtok", "usd_per_mtok is no quantile"),
        (("quantiles", 0, "upper"), 1.0, "latency_p95_ms is outside its interval"),
        (("cells", 0, "answered"), -1, "cell 0: fewer than none"),
        (("cells", 0, "tokens", "input_tokens"), 0, "cell 0: a cost of no tokens"),
        (("cells", 0, "cost_usd", "input_tokens"), "NaN", "cell 0: a cost or a price that nothing has"),
        (("cells", 0, "cost_usd", "input_tokens"), "1e400", "cell 0: a cost or a price that nothing has"),
    ],
)
def test_figures_that_no_window_has_are_damage_and_no_mistake_of_ours(
    tmp_path: Path, place: tuple[str | int, ...], value: object, said: str
) -> None:
    """A merge or a hand leaves such: the file is JSON, and of the right form."""
    document = json.loads(encoded(WINDOW))
    *way, last = place
    holder: Any = document
    for step in way:
        holder = holder[step]
    holder[last] = value
    (tmp_path / "b.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(DataError, match=f"is damaged: {re.escape(said)}$"):
        read_baseline(tmp_path / "b.json")
