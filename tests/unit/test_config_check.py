"""`[check]` of tokenaudit.toml: what would let a gate pass whatever happens is refused, not kept."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.unit.test_config import refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[[check.budgets]]\nmetric = 'usd_per_month'\nmax = inf", "the budget of usd_per_month has no end"),
        ("[[check.budgets]]\nmetric = 'latency_p95_ms'\nmax = inf", "the budget of latency_p95_ms has no end"),
        ("[check.metrics.usd_per_success]\nfloor = inf", "no change of usd_per_success reaches a floor"),
    ],
)
def test_a_limit_without_an_end_holds_nobody_to_anything(tmp_path: Path, text: str, told: str) -> None:
    error = refused(tmp_path, text)
    assert told in str(error)
    assert 'level = "off"' in error.hint


def test_a_share_is_of_everything_and_not_kept_in_the_name_of_a_model(tmp_path: Path) -> None:
    text = "[[check.budgets]]\nmetric = 'priced_ratio'\nmin = '99%'\nmodel = 'anthropic/*'"
    assert "is of everything together, and of no model 'anthropic/*'" in str(refused(tmp_path, text))


@pytest.mark.parametrize("key", ["tg:case", "tag:", "modle", "", "input_tokens"])
def test_a_case_is_named_by_a_key_that_there_is(tmp_path: Path, key: str) -> None:
    error = refused(tmp_path, f"[check]\npair_by = '{key}'")
    assert f"[check] pair_by '{key}' names no case" in str(error)
    assert error.hint.startswith("known keys: day, week, month, tag:NAME, provider, ")


@pytest.mark.parametrize("text", ["[check]\nbaseline = ''", "[check.ratchet]\npinned = ''"])
def test_a_baseline_has_a_name(tmp_path: Path, text: str) -> None:
    assert f"$.{text[1 : text.index(']')]}." in str(refused(tmp_path, text))
