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
